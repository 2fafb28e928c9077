/*
 * text: see text.h.  Names are quoted as gnulib's shell-escape does it, so that they can
 * be typed in a shell; bytes above 127 are taken for letters, as in UTF-8.
 */
#include <ctype.h>
#include <inttypes.h>

#include "parmap.h"
#include "builtin/text.h"

void
text_add_more(struct text *t, const void *data, size_t length)
{
	text_end(t);
	if (length >= sizeof t->room)
		t->io->write(t->io, t->stream, data, length);
	else
		text_add(t, data, length);
}

void
text_number(struct text *t, uintmax_t n, int width)
{
	char s[64];
	int length = snprintf(s, sizeof s, "%*" PRIuMAX, width, n);

	text_add(t, s, (size_t)length);
}

static bool
is_control(char c)
{
	return (unsigned char)c < ' ' || c == '\177';
}

/* Nothing to a shell, wherever it stands. */
static bool
is_usual(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 128 ||
	    (c != '\0' && strchr("%+,-./_]", c) != NULL);
}

/* Nothing to a shell where it stands in the name. */
static bool
is_plain(const char *name, const char *p)
{
	switch (*p) {
	case '~': case '#':
		return p > name;
	case '{': case '}':
		return p > name || p[1] != '\0';
	case '@':
		return true;
	default:
		return is_usual(*p);
	}
}

/* Is there a ', and nothing that is special between "..."? */
static bool
wants_double(const char *name)
{
	const char *p;

	for (p = name; *p != '\0'; p++)
		if (!is_usual(*p) && strchr(" ':", *p) == NULL &&
		    (p > name || strchr("~#", *p) == NULL))
			return false;
	return strchr(name, '\'') != NULL;
}

/* A control character as it is written between $'...'. */
static void
add_escape(struct text *t, char c)
{
	static const char letters[] = "abtnvfr";
	char octal[5];

	if (c >= '\a' && c <= '\r') {
		text_byte(t, '\\');
		text_byte(t, letters[c - '\a']);
		return;
	}
	(void)snprintf(octal, sizeof octal, "\\%03o", (unsigned char)c);
	text_string(t, octal);
}

static void
add_single(struct text *t, const char *name)
{
	const char *p;
	bool escaped = false;

	text_byte(t, '\'');
	for (p = name; *p != '\0'; p++) {
		if (is_control(*p) && !escaped)
			text_string(t, "'$'");
		else if (!is_control(*p) && escaped && *p != '\'')
			text_string(t, "''");
		escaped = is_control(*p);
		if (escaped)
			add_escape(t, *p);
		else if (*p == '\'')
			text_string(t, "'\\''");
		else
			text_byte(t, *p);
	}
	text_byte(t, '\'');
}

void
text_name(struct text *t, const char *name, bool always)
{
	const char *p = name;

	while (*p != '\0' && is_plain(name, p))
		p++;
	if (*p == '\0' && p > name && !always) {
		text_string(t, name);
	} else if (wants_double(name)) {
		text_byte(t, '"');
		text_string(t, name);
		text_byte(t, '"');
	} else {
		add_single(t, name);
	}
}

void
text_word(struct text *t, const char *word)
{
	text_byte(t, '\'');
	for (; *word != '\0'; word++) {
		if (*word == '\'' || *word == '\\')
			text_byte(t, '\\');
		if (is_control(*word))
			add_escape(t, *word);
		else
			text_byte(t, *word);
	}
	text_byte(t, '\'');
}
