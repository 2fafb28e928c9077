/*
 * lexer: the states of a word.  As in GNU xargs '' is one; blanks are those of the
 * C locale.
 */
#include "input/lexer.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

enum lexed
lexer_read(struct lexer *l, char *data, size_t *at, size_t end, size_t *out)
{
	char c;

	while (*at < end) {
		c = data[(*at)++];
		switch (l->state) {
		case LEXER_BETWEEN:
			if (is_space(c))
				continue;
			l->state = LEXER_WORD;
			/* FALLTHROUGH */
		case LEXER_WORD:
			if (c == '\n' || (is_space(c) && !l->lines)) {
				l->state = LEXER_BETWEEN;
				return c == '\n' ? LEXED_LINE : LEXED_WORD;
			}
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
				continue;
			}
			break;
		case LEXER_BACKSLASH:
			l->state = LEXER_WORD;
			break;
		}
		data[(*out)++] = c;
	}
	return LEXED_MORE;
}

enum lexed
lexer_end(struct lexer *l)
{
	enum lexer_state state = l->state;

	l->state = LEXER_BETWEEN;
	if (state == LEXER_QUOTES)
		return LEXED_BAD;
	return state == LEXER_BETWEEN ? LEXED_MORE : LEXED_LINE;
}
