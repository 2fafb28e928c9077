/*
 * quote: what stands between '...' is nothing special to any POSIX shell, but for
 * the end of it; and a ' is nothing special between "...".  Within other quotes,
 * these are left and entered again around it.
 */
#include <string.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/quote.h"

static bool
has_only(const char *s, size_t length, const char *odd)
{
	static const char usual[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-./_";
	size_t i;

	for (i = 0; i < length; i++)
		if (s[i] == '\0' || (strchr(usual, s[i]) == NULL && strchr(odd, s[i]) == NULL))
			return false;
	return true;
}

bool
quote_needed(const char *s, size_t length)
{
	/* VAR=value and =command (zsh) are words of another kind. */
	return length == 0 || s[0] == '=' || s[0] == '^' || !has_only(s, length, "%,:@^=");
}

bool
quote_reserved(const char *s, size_t length)
{
	static const char *const words[] = {
		"case", "coproc", "do", "done", "elif", "else", "esac", "fi", "for",
		"function", "if", "in", "select", "then", "time", "until", "while",
	};
	size_t i;

	for (i = 0; i < countof(words); i++)
		if (strlen(words[i]) == length && memcmp(words[i], s, length) == 0)
			return true;
	return false;
}

size_t
quote_size(const char *s, size_t length)
{
	size_t i, size = length == 0 ? 2 : length;

	/* A pair of quotes for each run of one kind. */
	for (i = 0; i < length; i++)
		if (i == 0 || (s[i] == '\'') != (s[i - 1] == '\''))
			size += 2;
	return size;
}

size_t
quote_bare_size(const char *s, size_t length)
{
	return length > 0 && has_only(s, length, "") ? length : quote_size(s, length);
}

void
quote_add_bare(struct buf *b, const char *s, size_t length)
{
	if (length > 0 && has_only(s, length, ""))
		buf_add(b, s, length);
	else
		quote_add(b, QUOTE_PLAIN, s, length);
}

void
quote_add(struct buf *b, enum quote_context context, const char *s, size_t length)
{
	static const char *const leave[] = {
		[QUOTE_PLAIN] = "", [QUOTE_SINGLE] = "'", [QUOTE_DOUBLE] = "\"",
	};
	const char *end = s + length, *next;
	char quote;

	buf_add_string(b, leave[context]);
	if (length == 0)
		buf_add_string(b, "''");
	for (; s < end; s = next) {
		quote = *s == '\'' ? '"' : '\'';
		for (next = s; next < end && (*next == '\'') == (*s == '\''); next++)
			;
		buf_add_byte(b, quote);
		buf_add(b, s, (size_t)(next - s));
		buf_add_byte(b, quote);
	}
	buf_add_string(b, leave[context]);
}
