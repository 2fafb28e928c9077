/*
 * quote: a string that was quoted, and is read as POSIX has a shell do it (2.2 of
 * its shell language), is the same string, and nothing in it was special.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "base/quote.h"
#include "input.h"

/* Removes the quotes of one word.  Nothing may stand outside of them. */
static void
unquote(struct buf *out, const char *s, const char *end)
{
	char quote = '\0';

	for (; s < end; s++) {
		if (quote == '\0' && (*s == '\'' || *s == '"')) {
			quote = *s;
		} else if (quote == *s && quote != '\0') {
			quote = '\0';
		} else if (quote == '\'') {
			buf_add_byte(out, *s);
		} else {
			/* Within "..." there is just ', and outside nothing. */
			claim(quote == '"' && *s == '\'');
			buf_add_byte(out, *s);
		}
	}
	claim(quote == '\0');
}

static void
try_context(enum quote_context context, const char *around, const char *s, size_t length)
{
	struct buf line = {0}, out = {0};

	buf_add_string(&line, around);
	quote_add(&line, context, s, length);
	if (context == QUOTE_PLAIN)
		claim(line.length == quote_size(s, length));
	buf_add_string(&line, around);
	unquote(&out, line.data, line.data + line.length);
	claim(out.length == length && (length == 0 || memcmp(out.data, s, length) == 0));
	buf_release(&line);
	buf_release(&out);
}

/* A word that is said to need no quotes has none of these. */
static void
try_needed(const char *s, size_t length)
{
	static const char special[] = "|&;<>()$`\\\"' \t\n*?[]#~!{}\r\v\f";
	size_t i;

	if (quote_needed(s, length))
		return;
	claim(length > 0 && s[0] != '=');
	for (i = 0; i < length; i++)
		claim(s[i] > ' ' && s[i] < 0x7f && strchr(special, s[i]) == NULL);
}

/* The same of one that is added as it is; else it is as always. */
static void
try_bare(const char *s, size_t length)
{
	struct buf bare = {0}, quoted = {0};

	quote_add_bare(&bare, s, length);
	quote_add(&quoted, QUOTE_PLAIN, s, length);
	claim(bare.length == quote_bare_size(s, length));
	if (bare.length == length)
		claim(!quote_needed(s, length) && memcmp(bare.data, s, length) == 0);
	else
		claim(bare.length == quoted.length &&
		    memcmp(bare.data, quoted.data, bare.length) == 0);
	buf_release(&bare);
	buf_release(&quoted);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;

	try_context(QUOTE_PLAIN, "", s, size);
	try_context(QUOTE_SINGLE, "'", s, size);
	try_context(QUOTE_DOUBLE, "\"", s, size);
	try_needed(s, size);
	try_bare(s, size);
	return 0;
}
