/*
 * words: a list of byte strings in one block of memory, such as the records
 * of a job or the arguments of a command.  Each is followed by a NUL, so that
 * those without one inside are C strings.  A zeroed struct words is an empty
 * list; include base/buf.h first.
 */
#include <stddef.h>

/* They come in all sizes: what is kept for the next is at most so many bytes. */
#define WORDS_KEEP	(64 * 1024)

struct words {
	struct buf	 bytes;
	size_t		*starts;	/* where each begins in bytes */
	size_t		 count;
	size_t		 room;		/* of starts */
};

/*
 * Adds strings that each end in that byte: at most so many, and none with a NUL in it
 * or from there on.  Gives how many bytes they took.
 */
size_t		 words_cut(struct words *, const char *, size_t, char end, size_t most);

void		 words_more(struct words *);	/* room for more starts */
void		 words_release(struct words *);	/* empty, memory freed */

/*
 * The argv of the list: pointers into it and a final NULL.  The array belongs
 * to the caller, who passes it and its length in again to have it reused.
 */
char		**words_argv(const struct words *, char **, size_t *);

/* What follows is inline, as it is called for each field of each record. */

/* The bytes from that place on are a word; for those that are made in their place. */
static inline void
words_end(struct words *w, size_t start)
{
	buf_add_byte(&w->bytes, '\0');
	if (w->count == w->room)
		words_more(w);
	w->starts[w->count++] = start;
}

static inline void
words_add(struct words *w, const void *data, size_t length)
{
	size_t start = w->bytes.length;

	buf_add(&w->bytes, data, length);
	words_end(w, start);
}

/* The word of that index, and its length if wanted: good until the next add. */
static inline const char *
words_at(const struct words *w, size_t i, size_t *length)
{
	size_t end = i + 1 < w->count ? w->starts[i + 1] : w->bytes.length;

	if (length != NULL)
		*length = end - w->starts[i] - 1;
	return w->bytes.data + w->starts[i];
}

/* Empty, and no more than so many bytes of memory kept. */
static inline void
words_empty(struct words *w, size_t keep)
{
	if (w->bytes.size > keep)
		words_release(w);
	w->count = 0;
	w->bytes.length = 0;
}

/* Empty, little memory kept. */
static inline void
words_clear(struct words *w)
{
	words_empty(w, WORDS_KEEP);
}
