/*
 * split: bytes in, values out.  Whoever reads asks split_room where to put
 * bytes, says with split_fed how many came, and takes values until there is
 * none left in what has come so far.
 */
#include <stdbool.h>
#include <stddef.h>

/* One item of a source.  The bytes are the splitter's: good until the next pull. */
struct value {
	const char	*bytes;
	size_t		 length;	/* bytes kept */
	size_t		 size;		/* bytes it has; more than kept if too long */
};

struct split;

/*
 * Values end in that byte; of one that is longer than the limit only the
 * beginning is kept, so memory stays bounded whatever comes.
 */
struct split	*split_new(char, size_t);

/*
 * The values are lines of CSV: a newline within "..." belongs to its field, which
 * begins with a quote; fields are separated by that byte.  A carriage return
 * before the newline is dropped.
 */
void		 split_csv(struct split *, char);
void		 split_free(struct split *);

char		*split_room(struct split *, size_t *);	/* at least a few KiB */
void		 split_fed(struct split *, size_t);	/* that many were put there */
void		 split_end(struct split *);		/* no more will come */
bool		 split_take(struct split *, struct value *);
