/*
 * lexer: the states of a word.  As in GNU xargs '' is one; blanks are those of the
 * C locale.
 */
#include "input/lexer.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

enum lexed
lexer_read(struct lexer *l, char *data, size_t *at, size_t end, size_t *out)
{
	char c;

	while (*at < end) {
		c = data[(*at)++];
		switch (l->state) {
		case LEXER_BETWEEN:
			/* GNU drops all white space here, but a word goes on after it. */
			if (is_blank(c) || (c >= '\n' && c <= '\r'))
				continue;
			l->state = LEXER_WORD;
			/* FALLTHROUGH */
		case LEXER_WORD:
			if (c == '\n' || (is_blank(c) && !l->lines)) {
				l->state = LEXER_BETWEEN;
				return c == '\n' && !l->after_blank ? LEXED_LINE : LEXED_WORD;
			}
			l->after_blank = is_blank(c);
			if (c == '\\') {
				l->state = LEXER_BACKSLASH;
				continue;
			}
			if (c == '\'' || c == '"') {
				l->state = LEXER_QUOTES;
				l->quote = c;
				continue;
			}
			break;
		case LEXER_QUOTES:
			if (c == '\n')
				return LEXED_BAD;
			if (c == l->quote) {
				l->state = LEXER_WORD;
				l->after_blank = false;
				continue;
			}
			break;
		case LEXER_BACKSLASH:
			l->state = LEXER_WORD;
			l->after_blank = is_blank(c);
			break;
		}
		data[(*out)++] = c;
	}
	return LEXED_MORE;
}

enum lexed
lexer_end(struct lexer *l, bool empty)
{
	enum lexer_state state = l->state;

	l->state = LEXER_BETWEEN;
	if (state == LEXER_QUOTES)
		return LEXED_BAD;
	/* A backslash before nothing is nothing. */
	if (state == LEXER_BETWEEN || (state == LEXER_BACKSLASH && empty))
		return LEXED_MORE;
	return LEXED_LINE;
}
