/*
 * worker-kind: how a worker is asked and heard, a row for each kind of work.  For the
 * files of worker alone; include base/buf.h, run/clock.h, run/spawn.h and run/worker.h
 * first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct desk;
struct frame_done;
struct plan;
struct words;

#define WORKER_TARGET	CLOCK_MS		/* that a batch takes */
#define WORKER_KEEP	(1024 * 1024)	/* of memory that a large record took */

/* Whatever is optional is NULL where there is nothing to do, or nothing to say. */
struct worker_kind {
	/* The pipe of the child that has what it says, ... */
	enum pipe pipe;

	/* and those that are not read before hear_at. */
	bool	 hushed[PIPES];

	/* Is what it is given what a job reads, and nothing else? */
	bool	 passes;

	/* Bytes of a batch, in which records are whole. */
	size_t	 bytes;

	/* Bytes of its struct, of which a struct worker is the first member. */
	size_t	 size;

	/* Of a struct that is zero, and where it is no more. */
	void	(*init)(struct worker *, const struct plan *);
	void	(*release)(struct worker *);		/* optional */

	/* A new child will be its other end. */
	void	(*reset)(struct worker *);		/* optional */

	/* Puts the jobs into what is to be written to it. */
	void	(*ask)(struct worker *, uint64_t number, const struct batch *,
		    const struct words *command);

	/* Makes of what was read the next event, if there is one. */
	void	(*hear)(struct worker *, struct heard *);

	/* As the functions of that name in worker.h say; all are optional. */
	bool	(*missed)(const struct worker *, size_t bytes);
	int64_t	(*hear_at)(const struct worker *, int64_t now);
	size_t	(*excess)(const struct worker *);
	struct desk *(*desk)(const struct worker *);
	ssize_t	(*peek)(struct worker *, int fd);	/* how many bytes; or -1 */
	size_t	(*recall)(struct worker *, size_t least);
	bool	(*idle)(const struct worker *);
	void	(*bury)(struct worker *);
};

extern const struct worker_kind worker_frames;
extern const struct worker_kind worker_lines;
extern const struct worker_kind worker_shell;

/* What there is of every kind. */
struct worker {
	const struct worker_kind *kind;
	bool		 together;	/* it may be given more than one job */
	size_t		 batch;		/* jobs to be given next */
	size_t		 given;		/* jobs that it was given, ... */
	size_t		 owed;		/* and has not ended */
	uint64_t	 last;		/* number of the last record it was given */
	int64_t		 asked_at;	/* when it was asked */
	struct buf	 asked;
	struct buf	 heard;		/* of which so many bytes have become events: */
	size_t		 taken;
	size_t		 latest;	/* bytes that were read last, ... */
	uint64_t	 received;	/* and ever */
	bool		 cut;		/* it is being ended: see worker_cut */
};

/* Jobs have ended, if so many are owed; for the hear of a kind. */
void	worker_done(struct worker *, struct heard *, const struct frame_done *);

/* What has become events is forgotten; for who reads. */
void	worker_forget(struct worker *);
