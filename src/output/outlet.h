/*
 * outlet: our standard output or standard error.  It is written to without
 * ever waiting for a reader, and without changing the flags of a descriptor that
 * others share.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

enum outlet_kind {
	OUTLET_PLAIN,		/* a file: a write takes everything */
	OUTLET_OWN,		/* opened again by us, non-blocking */
	OUTLET_SOCKET,
	OUTLET_CAREFUL,		/* after POLLOUT, PIPE_BUF bytes do not block */
};

struct outlet {
	const char		*name;		/* for messages */
	int			 fd;
	enum outlet_kind	 kind;
	bool			 blocked;	/* to be polled for output first */
	bool			 no_splice;
	bool			 used;		/* something was written */
	bool			 permitted;	/* CAREFUL: polled, may write once */
	int			 error;		/* errno of the write that failed */
};

void	outlet_init(struct outlet *, int, const char *);
void	outlet_release(struct outlet *);

/*
 * How many of the bytes were taken, maybe 0: then it is blocked.  After an
 * error, which is kept, it takes everything and writes nothing.
 */
size_t	outlet_write(struct outlet *, const void *, size_t);

/*
 * Moves at most so many bytes from a pipe without copying them: how many, 0 at
 * the pipe's end, or -1 and errno; EAGAIN with blocked set if nobody reads,
 * ENOTSUP for "read and write".
 */
ssize_t	outlet_splice(struct outlet *, int, size_t);

/*
 * Should poll(2) watch for its reader to leave?  Not before anything was written:
 * who writes nothing need not be read.
 */
bool	outlet_watched(const struct outlet *);

/* Asks poll(2) itself, without waiting: for what cannot be said later. */
void	outlet_ask(struct outlet *);

/*
 * Nothing more will be written: asks the file system, of which some tell only at a
 * close(2), whether all has arrived.  If not, that is an error of a write.
 */
void	outlet_settle(struct outlet *);

/* What poll(2) said. */
void	outlet_polled(struct outlet *, int);
