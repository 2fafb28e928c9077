/*
 * plus: a row for each form.  Their patterns are extended regular expressions of the
 * C library, where GNU parallel has those of Perl.
 */
#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/mem.h"
#include "command/plus.h"

#define LEAST_MOST	4096	/* bytes of a match of which the least is looked for */

enum form {
	FORM_DIR,		/* {+/}		what comes before the last slash */
	FORM_EXTENSION,		/* {+.} {+..}	the last n extensions */
	FORM_STEM,		/* {..} {...}	without them */
	FORM_BASE_STEM,		/* {/..}	of what follows the last slash */
	FORM_DEFAULT,		/* {:-text}	text, if it is empty */
	FORM_PART,		/* {:from} {:from:count} */
	FORM_NO_PREFIX,		/* {#re} {##re}	without the shortest, the longest */
	FORM_NO_SUFFIX,		/* {%re} {%%re} */
	FORM_UPPER,		/* {^re} {^^re}	of the first bytes, of all */
	FORM_LOWER,		/* {,re} {,,re} */
	FORM_REPLACE,		/* {/re/text} {//re/text} */
};

struct plus {
	enum form	 form;
	bool		 all;		/* the longest, or all of them */
	size_t		 from;		/* FORM_PART; or how many extensions */
	size_t		 count;
	regex_t		 regex;
	bool		 has_regex;
	struct buf	 text;
};

/* Those without anything of the user's in them. */
static const struct {
	const char	*text;
	enum form	 form;
	size_t		 count;
} fixed[] = {
	{ "+/", FORM_DIR, 0 },
	{ "+.", FORM_EXTENSION, 1 },
	{ "+..", FORM_EXTENSION, 2 },
	{ "+...", FORM_EXTENSION, 3 },
	{ "..", FORM_STEM, 2 },
	{ "...", FORM_STEM, 3 },
	{ "/..", FORM_BASE_STEM, 2 },
	{ "/...", FORM_BASE_STEM, 3 },
};

/* Those with a pattern after one byte, or two for all. */
static const struct {
	char		byte;
	enum form	form;
} patterns[] = {
	{ '#', FORM_NO_PREFIX },
	{ '%', FORM_NO_SUFFIX },
	{ '^', FORM_UPPER },
	{ ',', FORM_LOWER },
	{ '/', FORM_REPLACE },
};

static bool
plus_compile(struct plus *p, const char *pattern, size_t length)
{
	struct buf b = {0};

	buf_add_string(&b, p->form == FORM_NO_PREFIX ? "^(" : "(");
	buf_add(&b, pattern, length);
	buf_add_string(&b, p->form == FORM_NO_SUFFIX ? ")$" : ")");
	p->has_regex = length > 0 && regcomp(&p->regex, buf_string(&b), REG_EXTENDED) == 0;
	buf_release(&b);
	return p->has_regex;
}

static bool
plus_parse_pattern(struct plus *p, const char *text, size_t length)
{
	const char *slash;
	size_t i;

	for (i = 0; i < countof(patterns); i++)
		if (length > 1 && text[0] == patterns[i].byte)
			break;
	if (i == countof(patterns))
		return false;
	p->form = patterns[i].form;
	p->all = text[1] == text[0];
	text += 1 + p->all;
	length -= 1 + p->all;
	if (p->form == FORM_REPLACE) {
		slash = memchr(text, '/', length);
		if (slash == NULL)
			return false;
		buf_add(&p->text, slash + 1, length - (size_t)(slash + 1 - text));
		length = (size_t)(slash - text);
	}
	return plus_compile(p, text, length);
}

static size_t
plus_number(const char **text, const char *end)
{
	size_t n = 0;

	while (*text < end && isdigit((unsigned char)**text) && n < SIZE_MAX / 100)
		n = 10 * n + (size_t)(*(*text)++ - '0');
	return n;
}

/* {:-text} {:from} {:from:count} */
static bool
plus_parse_colon(struct plus *p, const char *text, size_t length)
{
	const char *end = text + length;

	if (length < 2 || *text++ != ':')
		return false;
	p->form = *text == '-' ? FORM_DEFAULT : FORM_PART;
	if (p->form == FORM_DEFAULT) {
		buf_add(&p->text, text + 1, (size_t)(end - text) - 1);
		return true;
	}
	if (!isdigit((unsigned char)*text))
		return false;
	p->from = plus_number(&text, end);
	p->count = SIZE_MAX;
	if (end - text > 1 && *text == ':' && isdigit((unsigned char)text[1])) {
		text++;
		p->count = plus_number(&text, end);
	}
	return text == end;
}

static bool
plus_parse(struct plus *p, const char *text, size_t length)
{
	size_t i;

	for (i = 0; i < countof(fixed); i++) {
		if (strlen(fixed[i].text) != length || memcmp(fixed[i].text, text, length) != 0)
			continue;
		p->form = fixed[i].form;
		p->from = fixed[i].count;
		return true;
	}
	return plus_parse_colon(p, text, length) || plus_parse_pattern(p, text, length);
}

struct plus *
plus_new(const char *text, size_t length)
{
	struct plus *p = mem_array(1, sizeof *p);

	if (plus_parse(p, text, length))
		return p;
	plus_free(p);
	return NULL;
}

void
plus_free(struct plus *p)
{
	if (p->has_regex)
		regfree(&p->regex);
	buf_release(&p->text);
	free(p);
}

/* Where the last n extensions begin: the end, if there are less. */
static size_t
extensions_at(const char *s, size_t length, size_t n)
{
	size_t i;

	for (i = length; i > 0 && s[i - 1] != '/'; i--)
		if (s[i - 1] == '.' && --n == 0)
			return i - 1;
	return length;
}

static size_t
base_at(const char *s, size_t length)
{
	while (length > 0 && s[length - 1] != '/')
		length--;
	return length;
}

/* The pattern's first match in those bytes: false if there is none. */
static bool
plus_match(const struct plus *p, const char *s, size_t from, size_t to, regmatch_t *match)
{
	match->rm_so = (regoff_t)from;
	match->rm_eo = (regoff_t)to;
	return regexec(&p->regex, s, 1, match, REG_STARTEND | (from > 0 ? REG_NOTBOL : 0)) == 0;
}

/*
 * Without what the pattern matches at one end: the most, which is what it matches
 * there at all, or else the least.
 */
static void
plus_strip(const struct plus *p, struct buf *out, const char *s, size_t length)
{
	bool prefix = p->form == FORM_NO_PREFIX;
	size_t n, least;
	regmatch_t m;

	if (!plus_match(p, s, 0, length, &m)) {
		buf_add(out, s, length);
		return;
	}
	n = prefix ? (size_t)m.rm_eo : length - (size_t)m.rm_so;
	for (least = 0; !p->all && n <= LEAST_MOST && least < n; least++)
		if (plus_match(p, s, prefix ? 0 : length - least, prefix ? least : length, &m) &&
		    (size_t)m.rm_eo - (size_t)m.rm_so == least)
			n = least;
	buf_add(out, prefix ? s + n : s, length - n);
}

static void
plus_add_changed(const struct plus *p, struct buf *out, const char *s, size_t length)
{
	size_t i;

	if (p->form == FORM_REPLACE) {
		buf_add(out, p->text.data, p->text.length);
		return;
	}
	for (i = 0; i < length; i++)
		buf_add_byte(out, (char)(p->form == FORM_UPPER ? toupper((unsigned char)s[i]) :
		    tolower((unsigned char)s[i])));
}

/* What the pattern matches is changed. */
static void
plus_change(const struct plus *p, struct buf *out, const char *s, size_t length)
{
	regmatch_t m;
	size_t at = 0, start, end;

	while (at <= length && plus_match(p, s, at, length, &m)) {
		start = (size_t)m.rm_so;
		end = (size_t)m.rm_eo;
		if (p->form != FORM_REPLACE && !p->all && start > 0)
			break;
		buf_add(out, s + at, start - at);
		plus_add_changed(p, out, s + start, end - start);
		/* After nothing, a byte has to follow. */
		if (end == start && end < length)
			buf_add_byte(out, s[end]);
		at = end > start ? end : end + 1;
		if (!p->all)
			break;
	}
	if (at < length)
		buf_add(out, s + at, length - at);
}

void
plus_add(const struct plus *p, struct buf *out, const char *s, size_t length)
{
	size_t base = base_at(s, length), at;

	switch (p->form) {
	case FORM_DIR:
		buf_add(out, s, base > 0 ? base - 1 : 0);
		break;
	case FORM_EXTENSION:
		at = extensions_at(s, length, p->from);
		if (at < length)
			buf_add(out, s + at + 1, length - at - 1);
		break;
	case FORM_STEM:
		buf_add(out, s, extensions_at(s, length, p->from));
		break;
	case FORM_BASE_STEM:
		buf_add(out, s + base, extensions_at(s, length, p->from) - base);
		break;
	case FORM_DEFAULT:
		buf_add(out, length > 0 ? s : p->text.data, length > 0 ? length : p->text.length);
		break;
	case FORM_PART:
		at = p->from < length ? p->from : length;
		buf_add(out, s + at, length - at < p->count ? length - at : p->count);
		break;
	case FORM_NO_PREFIX:
	case FORM_NO_SUFFIX:
		plus_strip(p, out, s, length);
		break;
	case FORM_UPPER:
	case FORM_LOWER:
	case FORM_REPLACE:
		plus_change(p, out, s, length);
		break;
	}
}

size_t
plus_cost(const struct plus *p, size_t length)
{
	return length + (length + 1) * p->text.length;
}
