/*
 * columns: one value in, its fields out.  A value of which not all was kept gives
 * a last field that says so.
 */
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "plan.h"
#include "input/split.h"
#include "input/columns.h"

struct columns {
	char	byte;
	bool	csv;
	bool	has_regex;
	regex_t	regex;
};

void
row_add(struct row *r, const struct value *v)
{
	if (r->count == r->room) {
		r->room = r->room != 0 ? 2 * r->room : 4;
		r->values = mem_resize(r->values, r->room, sizeof *r->values);
	}
	r->values[r->count++] = *v;
}

struct columns *
columns_byte(char byte, bool csv)
{
	struct columns *c = mem_array(1, sizeof *c);

	c->byte = byte;
	c->csv = csv;
	return c;
}

/* The expression as regcomp(3) wants it: escapes that only Perl knows are written out. */
static void
add_posix(struct buf *b, const char *s)
{
	static const char letters[] = "tnrfdD";
	static const char *const meanings[] = {
		"\t", "\n", "\r", "\f", "[0-9]", "[^0-9]",
	};
	const char *letter;

	for (; *s != '\0'; s++) {
		letter = *s == '\\' && s[1] != '\0' ? strchr(letters, s[1]) : NULL;
		if (letter != NULL) {
			buf_add_string(b, meanings[letter - letters]);
			s++;
		} else {
			buf_add_byte(b, *s);
			if (*s == '\\' && s[1] != '\0')
				buf_add_byte(b, *++s);
		}
	}
}

struct columns *
columns_regex(const char *expression, const char **why)
{
	static char text[128];
	struct columns *c = mem_array(1, sizeof *c);
	struct buf posix = {0};
	int error;

	add_posix(&posix, expression);
	error = regcomp(&c->regex, buf_string(&posix), REG_EXTENDED);
	buf_release(&posix);
	if (error != 0) {
		(void)regerror(error, &c->regex, text, sizeof text);
		*why = text;
		free(c);
		return NULL;
	}
	c->has_regex = true;
	return c;
}

void
columns_free(struct columns *c)
{
	if (c == NULL)
		return;
	if (c->has_regex)
		regfree(&c->regex);
	free(c);
}

static void
row_add_bytes(struct row *r, const char *bytes, size_t length)
{
	row_add(r, &(struct value){ bytes, length, length, true });
}

/*
 * Where the next field of those bytes, from p on, ends, and in *size how much is
 * between it and the one after.
 */
static const char *
columns_end(const struct columns *c, const char *bytes, const char *p, const char *end,
    size_t *size)
{
	regmatch_t match;
	const char *at;

	if (!c->has_regex) {
		*size = 1;
		return p < end ? memchr(p, c->byte, (size_t)(end - p)) : NULL;
	}
	for (at = p; at < end; at++) {
		match = (regmatch_t){ .rm_so = at - bytes, .rm_eo = end - bytes };
		if (regexec(&c->regex, bytes, 1, &match, REG_STARTEND |
		    (at > bytes ? REG_NOTBOL : 0)) != 0)
			return NULL;
		*size = (size_t)(match.rm_eo - match.rm_so);
		at = bytes + match.rm_so;
		if (*size > 0)
			return at;
	}
	return NULL;
}

/* A field that begins with a quote: its text goes to b; gives where it ends, or NULL. */
static const char *
unquote(struct buf *b, const char *p, const char *end, char separator)
{
	const char *quote;

	for (;;) {
		quote = memchr(p, '"', (size_t)(end - p));
		if (quote == NULL) {
			buf_add(b, p, (size_t)(end - p));
			return NULL;
		}
		buf_add(b, p, (size_t)(quote - p));
		p = quote + 1;
		if (p == end || *p != '"')
			break;
		buf_add_byte(b, '"');
		p++;
	}
	/* What follows the quote should be nothing; it is not dropped. */
	for (; p < end && *p != separator; p++)
		buf_add_byte(b, *p);
	return p;
}

static bool
columns_cut_csv(const struct columns *c, const struct value *v, struct row *r,
    struct buf *unquoted)
{
	const char *p = v->bytes, *end = p + v->length, *start;
	size_t at;

	unquoted->length = 0;
	buf_reserve(unquoted, v->length);	/* so that it does not move */
	for (;; p++) {
		start = p;
		if (p < end && *p == '"') {
			at = unquoted->length;
			p = unquote(unquoted, p + 1, end, c->byte);
			row_add_bytes(r, unquoted->data + at, unquoted->length - at);
			if (p == NULL)
				return false;
		} else {
			p = p < end ? memchr(p, c->byte, (size_t)(end - p)) : NULL;
			if (p == NULL)
				p = end;
			row_add_bytes(r, start, (size_t)(p - start));
		}
		if (p == end)
			return true;
	}
}

bool
columns_cut(const struct columns *c, const struct value *v, struct row *r,
    struct buf *unquoted)
{
	const char *p = v->bytes, *end = p + v->length, *stop;
	size_t size;
	bool whole = true;

	if (c->csv) {
		whole = columns_cut_csv(c, v, r, unquoted);
	} else {
		for (; (stop = columns_end(c, v->bytes, p, end, &size)) != NULL; p = stop + size)
			row_add_bytes(r, p, (size_t)(stop - p));
		row_add_bytes(r, p, (size_t)(end - p));
	}
	if (v->size > v->length)
		r->values[r->count - 1].size = v->size;
	return whole;
}
