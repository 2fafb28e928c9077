/*
 * quote: the one kind of quoting every POSIX shell reads alike, '...', in
 * which nothing is special but its end.  Within other quotes, these are left
 * and entered again around it.
 */
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"

bool
quote_needed(const char *s, size_t length)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:@_^=";
	size_t i;

	/* VAR=value and =command (zsh) are words of another kind. */
	if (length == 0 || s[0] == '=' || s[0] == '^')
		return true;
	for (i = 0; i < length; i++)
		if (s[i] == '\0' || strchr(plain, s[i]) == NULL)
			return true;
	return false;
}

void
quote_add(struct buf *b, enum quote_context context, const char *s, size_t length)
{
	static const char *const leave[] = {
		[QUOTE_PLAIN] = "", [QUOTE_SINGLE] = "'", [QUOTE_DOUBLE] = "\"",
	};
	const char *end = s + length, *p;

	buf_add_string(b, leave[context]);
	buf_add_byte(b, '\'');
	for (; (p = memchr(s, '\'', (size_t)(end - s))) != NULL; s = p + 1) {
		buf_add(b, s, (size_t)(p - s));
		buf_add_string(b, "'\\''");
	}
	buf_add(b, s, (size_t)(end - s));
	buf_add_byte(b, '\'');
	buf_add_string(b, leave[context]);
}
