/*
 * hole: the grammar of replacement strings, and what they take of a field.
 */
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/words.h"
#include "command/hole.h"
#include "command/plus.h"

#define DIGITS_MOST	6

/* What may stand between braces, after the number of a field if that is allowed. */
static const struct {
	const char	*text;
	enum part	 part;
	bool		 numbered;
} parts[] = {
	{ "", PART_ALL, true },
	{ ".", PART_STEM, true },
	{ "/", PART_BASE, true },
	{ "//", PART_DIR, true },
	{ "/.", PART_BASE_STEM, true },
	{ "#", PART_SEQUENCE, false },
	{ "%", PART_SLOT, false },
};

int
hole_field(const char *text, size_t length, size_t *size)
{
	size_t minus = length > 0 && text[0] == '-', i;
	int n = 0;

	for (i = minus; i < length && text[i] >= '0' && text[i] <= '9' &&
	    i < minus + DIGITS_MOST; i++)
		n = 10 * n + (text[i] - '0');
	*size = n != 0 ? i : 0;
	return minus ? -n : n;
}

/* What is between two braces: is it one of ours? */
static bool
hole_parse(const char *text, size_t length, struct hole *hole)
{
	size_t i, digits;
	int n = hole_field(text, length, &digits);

	for (i = 0; i < countof(parts); i++)
		if (strlen(parts[i].text) == length - digits &&
		    memcmp(parts[i].text, text + digits, length - digits) == 0)
			break;
	if (i == countof(parts) || (digits > 0 && !parts[i].numbered))
		return false;
	*hole = (struct hole){ parts[i].part, n };
	return true;
}

static bool
hole_is_plus(const char *text, size_t length, struct hole *hole)
{
	size_t digits;
	int n = hole_field(text, length, &digits);
	struct plus *plus = plus_new(text + digits, length - digits);

	if (plus == NULL)
		return false;
	plus_free(plus);
	*hole = (struct hole){ PART_PLUS, n };
	return true;
}

/* Could it be the name of a field? */
static bool
hole_is_name(const char *text, size_t length, bool shell)
{
	static const char odd[] = " \t\n'\"\\`$!*?~&|;<>()[],";
	size_t i;

	for (i = 0; i < length; i++)
		if (text[i] == '{' || (shell && strchr(odd, text[i]) != NULL))
			return false;
	return length > 0 && !(shell && memmem(text, length, "..", 2) != NULL);
}

static bool
syntax_has(const struct hole_syntax *syntax, enum part part)
{
	if (part == PART_SLOT && syntax->slot)
		return true;
	return part == PART_SEQUENCE || part == PART_SLOT ? syntax->numbers : syntax->parts;
}

const char *
hole_find(const char *text, size_t length, const struct hole_syntax *syntax,
    struct hole *hole, size_t *size)
{
	const char *end = text + length, *p, *close;
	size_t all_length = syntax->all != NULL ? strlen(syntax->all) : 0, inside;

	for (p = text; p < end; p++) {
		if (all_length > 0 && (size_t)(end - p) >= all_length &&
		    memcmp(p, syntax->all, all_length) == 0) {
			*hole = (struct hole){ PART_ALL, 0 };
			*size = all_length;
			return p;
		}
		if (*p != '{' || (close = memchr(p, '}', (size_t)(end - p))) == NULL)
			continue;
		inside = (size_t)(close - p) - 1;
		*size = inside + 2;
		/* {} itself is text if something else is written for it. */
		if (inside > 0 && hole_parse(p + 1, inside, hole)) {
			if (syntax_has(syntax, hole->part))
				return p;
			continue;
		}
		if (syntax->plus && hole_is_plus(p + 1, inside, hole))
			return p;
		if (!syntax->names || !hole_is_name(p + 1, inside, syntax->shell) ||
		    (syntax->shell && p > text && p[-1] == '$'))
			continue;
		*hole = (struct hole){ PART_NAMED, 0 };
		return p;
	}
	return NULL;
}

bool
hole_look_up(const char *text, size_t length, const struct words *names,
    struct hole *hole)
{
	const char *name;
	size_t i, j, n, size;

	for (i = 0; i < countof(parts); i++) {
		size = strlen(parts[i].text);
		if (!parts[i].numbered || size > length ||
		    memcmp(text + length - size, parts[i].text, size) != 0)
			continue;
		for (j = 0; j < names->count; j++) {
			name = words_at(names, j, &n);
			if (n != length - size || memcmp(name, text, n) != 0)
				continue;
			*hole = (struct hole){ parts[i].part, (int)j + 1 };
			return true;
		}
	}
	return false;
}

/* Where the extension begins, or the end. */
static size_t
stem_length(const char *s, size_t length)
{
	size_t i;

	for (i = length; i > 0 && s[i - 1] != '/'; i--)
		if (s[i - 1] == '.')
			return i - 1;
	return length;
}

static const char *
base_of(const char *s, size_t length)
{
	const char *slash = memrchr(s, '/', length);

	return slash != NULL ? slash + 1 : s;
}

/* As dirname(3) of POSIX, which would need a copy. */
static void
add_directory(struct buf *b, const char *s, size_t length)
{
	while (length > 1 && s[length - 1] == '/')
		length--;
	while (length > 0 && s[length - 1] != '/')
		length--;
	while (length > 1 && s[length - 1] == '/')
		length--;
	buf_add(b, length > 0 ? s : ".", length > 0 ? length : 1);
}

void
hole_add(struct buf *b, enum part part, const char *s, size_t length)
{
	const char *base;
	size_t rest;

	if (part == PART_ALL) {
		buf_add(b, s, length);
		return;
	}
	base = length > 0 ? base_of(s, length) : s;
	rest = length - (size_t)(base - s);
	switch (part) {
	case PART_ALL:
		break;
	case PART_STEM:
		buf_add(b, s, stem_length(s, length));
		break;
	case PART_BASE:
		buf_add(b, base, rest);
		break;
	case PART_DIR:
		add_directory(b, s, length);
		break;
	case PART_BASE_STEM:
		buf_add(b, base, stem_length(base, rest));
		break;
	case PART_SEQUENCE:
	case PART_SLOT:
	case PART_NAMED:
	case PART_PLUS:
		break;		/* not of a field */
	}
}
