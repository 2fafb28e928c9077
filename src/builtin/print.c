/*
 * print: what --dry-run does in place of a program.
 */
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "builtin/print.h"
#include "base/quote.h"

/* Would a shell take it, as the first word, for anything but a command?  Or for an option? */
static bool
is_special(const char *word, size_t length)
{
	return word[0] == '-' || word[0] == '+' || quote_reserved(word, length) ||
	    memchr(word, '=', length) != NULL;
}

void
print_command(const struct words *command, bool is_line, struct buf *b)
{
	const char *word;
	size_t i, length;

	for (i = is_line ? command->count - 1 : 0; i < command->count; i++) {
		word = words_at(command, i, &length);
		if (!is_line && (quote_needed(word, length) ||
		    (i == 0 && is_special(word, length))))
			quote_add(b, QUOTE_PLAIN, word, length);
		else
			buf_add(b, word, length);
		buf_add_byte(b, i + 1 < command->count ? ' ' : '\n');
	}
}

void
print_asked(const struct words *fields, struct buf *b)
{
	struct buf line = {0};
	const char *field;
	size_t i, length;

	for (i = 0; i < fields->count; i++) {
		field = words_at(fields, i, &length);
		if (i > 0)
			buf_add_byte(&line, ' ');
		buf_add(&line, field, length);
	}
	b->length--;		/* its newline */
	buf_add_string(b, " <<<");
	if (quote_needed(line.data, line.length))
		quote_add(b, QUOTE_PLAIN, line.data, line.length);
	else
		buf_add(b, line.data, line.length);
	buf_add_byte(b, '\n');
	buf_release(&line);
}
