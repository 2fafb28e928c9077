/*
 * place: where in a shell line a hole is, beyond its quotes: in what word, and what
 * that word may be to the shell.
 */
#include <stdbool.h>
#include <stddef.h>

/* A hole in its line, with the shell's word that it is in. */
struct place {
	const char	*line;
	size_t		 start;		/* of the word, if it is of usual bytes and holes */
	size_t		 end;		/* of the word */
	size_t		 length;	/* of the line */
};

void	place_find(struct place *, const char *line, size_t length, size_t at);

/* Is the hole in a word of usual bytes and holes, as far as one can see? */
bool	place_is_word(const struct place *);

/* Is that an argument for certain, and not where a command may begin? */
bool	place_is_argument(const struct place *);

/*
 * May the hole become several words?  It may if it is a word itself, and not one of
 * which there has to be just one: x={} would run the second, and >{} make it an
 * argument.  Else what it stands for is one word with blanks in it.  If fields are
 * to be words, it may be a part of a word too, though not of one that could be an
 * assignment.
 */
bool	place_spreads(const struct place *, bool words);

/* Does a shell take just one word after that text: a redirection, or case? */
bool	place_wants_one_word(const char *, size_t);
