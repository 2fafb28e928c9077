/*
 * words: a list of byte strings in one block of memory, such as the records
 * of a job or the arguments of a command.  Each is followed by a NUL, so that
 * those without one inside are C strings.  A zeroed struct words is an empty
 * list; include base/buf.h first.
 */
#include <stddef.h>

struct words {
	struct buf	 bytes;
	size_t		*starts;	/* where each begins in bytes */
	size_t		 count;
	size_t		 room;		/* of starts */
};

void		 words_add(struct words *, const void *, size_t);

/* The word of that index, and its length if wanted: good until the next add. */
const char	*words_at(const struct words *, size_t, size_t *);

void		 words_clear(struct words *);	/* empty, little memory kept */
void		 words_release(struct words *);	/* empty, memory freed */

/*
 * The argv of the list: pointers into it and a final NULL.  The array belongs
 * to the caller, who passes it and its length in again to have it reused.
 */
char		**words_argv(const struct words *, char **, size_t *);
