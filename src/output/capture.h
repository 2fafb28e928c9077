/*
 * capture: output that is held, of both streams, in the order it came.  And
 * hold: the account of all memory that captures use, with the spill file for
 * what is beyond its limit.
 */
#include <sys/types.h>
#include <sys/queue.h>

#include <stdbool.h>
#include <stddef.h>

struct spill;
struct chunk;

enum stream { STREAM_OUT, STREAM_ERR };

struct hold {
	size_t		 limit;		/* bytes */
	size_t		 used;
	struct spill	*spill;
	bool		 flowing;	/* do not spill, it will soon be said */
	char		*scratch;	/* for reading back */
};

void	hold_init(struct hold *, size_t);
void	hold_release(struct hold *);

/* Nothing more should be read that would have to be held. */
bool	hold_full(const struct hold *);

/* Nothing should be started that might have something to say. */
bool	hold_overdrawn(const struct hold *);

/* Is there no room for one more, who has so many bytes, though it were the only one? */
bool	hold_spent(const struct hold *, size_t);

/* Contents: chunks, each a row of segments; see capture.c. */
struct capture {
	TAILQ_HEAD(chunk_list, chunk)	 chunks;
	size_t			 bytes;		/* held, without bookkeeping */
	size_t			 read;		/* of the first chunk */
	size_t			 left;		/* of the segment being read */
	enum stream		 stream;	/* of that segment */
};

void	capture_init(struct capture *);
void	capture_release(struct capture *, struct hold *);	/* empty again */
bool	capture_empty(const struct capture *);

/* Holds a copy of the bytes, beyond the limit if it must. */
void	capture_add(struct capture *, struct hold *, enum stream, const void *, size_t);

/*
 * Moves bytes from a pipe straight to the spill file, if memory is used up:
 * how many, 0 at the pipe's end, or -1 and errno; ENOTSUP for "read and add".
 */
ssize_t	capture_splice(struct capture *, struct hold *, enum stream, int);

/* Moves all of the second to the end of the first. */
void	capture_append(struct capture *, struct hold *, struct capture *);

/* Keeps of it what is of that stream: 0, or -1 and errno if that could not be read. */
int	capture_keep(struct capture *, struct hold *, enum stream);

/*
 * The next bytes, of one stream: good until the capture is changed.  NULL if
 * there are none; or with *length not 0, if they could not be read: errno.
 */
const char	*capture_peek(struct capture *, struct hold *, enum stream *, size_t *);
void		 capture_skip(struct capture *, struct hold *, size_t);
