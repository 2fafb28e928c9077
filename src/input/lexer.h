/*
 * lexer: blanks, quotes and backslashes as POSIX has them for the input of xargs,
 * a byte after the other.
 */
#include <stdbool.h>
#include <stddef.h>

enum lexer_state { LEXER_BETWEEN, LEXER_WORD, LEXER_QUOTES, LEXER_BACKSLASH };

struct lexer {
	bool			 lines;		/* blanks do not end a word, newlines do */
	enum lexer_state	 state;
	char			 quote;
	bool			 after_blank;	/* the last byte of the word was one */
};

enum lexed {
	LEXED_MORE,		/* all was read, no word is complete */
	LEXED_WORD,		/* a blank ended it */
	LEXED_LINE,		/* a newline did, not after a blank */
	LEXED_BAD,		/* a newline within quotes */
};

/*
 * Reads the bytes at data from *at to `end`, and puts those of the word, without
 * its quotes, to *out, which is not after *at.  Both are moved on.
 */
enum lexed	lexer_read(struct lexer *, char *data, size_t *at, size_t end, size_t *out);

/* The input is at its end: LEXED_MORE if there is no word, else as above. */
enum lexed	lexer_end(struct lexer *, bool empty);
