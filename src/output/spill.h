/*
 * spill: one unlinked temporary file, given out in extents of SPILL_EXTENT
 * bytes.  It exists from the first extent taken; where it cannot exist, or
 * would take the last of the disk, there is just no extent to be had.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#define SPILL_EXTENT	(1024 * 1024)

struct spill;

struct spill	*spill_new(void);
void		 spill_free(struct spill *);

/* Is it worth asking for an extent? */
bool		 spill_usable(const struct spill *);

/* The place of a free extent, or -1: none, and spill_usable says false for now. */
off_t		 spill_take(struct spill *);
void		 spill_give(struct spill *, off_t);

/* Things may have changed: whoever found the disk full may try again. */
void		 spill_retry(struct spill *);

/* All of the bytes at that place: 0, or -1 and errno. */
int		 spill_write(struct spill *, off_t, const void *, size_t);
int		 spill_read(struct spill *, off_t, void *, size_t);

/*
 * Moves at most so many bytes from a pipe to that place without waiting for
 * any: how many, 0 at the pipe's end, or -1 and errno; ENOTSUP where this does
 * not work, and reading and writing has to do.
 */
ssize_t		 spill_splice(struct spill *, off_t, int, size_t);
