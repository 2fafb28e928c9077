/*
 * quote: bytes made safe in a POSIX shell.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Where in a shell line a string is to be put. */
enum quote_context {
	QUOTE_PLAIN,		/* outside of quotes */
	QUOTE_SINGLE,		/* within '...' */
	QUOTE_DOUBLE,		/* within "..." */
};

/* Would a shell take the word for anything but itself? */
bool	quote_needed(const char *, size_t);

/* Is it a reserved word of shells, special where a command may begin? */
bool	quote_reserved(const char *, size_t);

/* Adds the string so that the shell sees exactly its bytes there. */
void	quote_add(struct buf *, enum quote_context, const char *, size_t);

/* How many bytes that adds outside of quotes. */
size_t	quote_size(const char *, size_t);

/* The same for an argument outside of quotes: as it is, if it is nothing special. */
void	quote_add_bare(struct buf *, const char *, size_t);
size_t	quote_bare_size(const char *, size_t);
