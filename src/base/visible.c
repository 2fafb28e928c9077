/*
 * visible: no locale is loaded for this, as one of another encoding would bring iconv
 * with it, and a shared library into a static program.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/visible.h"

bool
visible_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	const char *locale = NULL;
	size_t i;

	/* What is empty counts as unset. */
	for (i = 0; i < countof(names) && (locale == NULL || *locale == '\0'); i++)
		locale = getenv(names[i]);
	return locale != NULL &&
	    (strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL);
}

/* Is that character one that shows, or at least harms nothing? */
static bool
is_shown(uint32_t c)
{
	static const struct {
		uint32_t	first, last;
	} hidden[] = {
		{ 0x80, 0x9f },		/* control characters */
		{ 0x2028, 0x202e },	/* ends of lines, and changes of direction */
		{ 0x2066, 0x2069 },	/* more of those */
		{ 0xd800, 0xdfff },	/* surrogates, which are no UTF-8 */
		{ 0xfffe, 0xffff },
	};
	size_t i;

	for (i = 0; i < countof(hidden); i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return false;
	return c <= 0x10ffff;
}

/* The length of the character of several bytes that begins there, if it shows; or 0. */
static size_t
shown_length(const char *s, size_t most)
{
	static const uint32_t least[] = { [2] = 0x80, [3] = 0x800, [4] = 0x10000 };
	unsigned char first = (unsigned char)s[0];
	size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2, i;
	uint32_t c = first & (0x7fU >> length);

	if (first < 0xc0 || first >= 0xf8 || length > most)
		return 0;
	for (i = 1; i < length; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	return c >= least[length] && is_shown(c) ? length : 0;
}

/* A byte that does not show, with what follows it, if anything does. */
static void
add_encoded(struct buf *b, unsigned char c, char next)
{
	static const char letters[] = "\aa\bb\tt\nn\vv\ff\rr\\\\\"\"";
	const char *p;

	buf_add_byte(b, '\\');
	for (p = letters; *p != '\0'; p += 2)
		if ((unsigned char)*p == c) {
			buf_add_byte(b, p[1]);
			return;
		}
	if (c == '\0') {
		/* As octal digits may follow. */
		buf_add_string(b, next >= '0' && next <= '7' ? "000" : "0");
		return;
	}
	if (c == 0xa0) {
		buf_add_string(b, "240");
		return;
	}
	if (c >= 0x80) {
		buf_add_byte(b, 'M');
		c &= 0x7f;
		if (c > ' ' && c < 0x7f)
			buf_add_byte(b, '-');
	}
	if (c < ' ' || c == 0x7f) {
		buf_add_byte(b, '^');
		c ^= '@';
	}
	buf_add_byte(b, (char)c);
}

static bool
is_plain(char c)
{
	return c >= ' ' && c < 0x7f && c != '\\' && c != '"';
}

void
visible_add(struct buf *b, const char *s, size_t length, bool utf8)
{
	const char *end = s + length;
	size_t n;

	while (s < end) {
		n = is_plain(*s) ? 1 : utf8 ? shown_length(s, (size_t)(end - s)) : 0;
		if (n > 0) {
			buf_add(b, s, n);
			s += n;
		} else {
			add_encoded(b, (unsigned char)s[0], s + 1 < end ? s[1] : '\0');
			s++;
		}
	}
}
