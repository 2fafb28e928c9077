/*
 * worker: our end of a child that takes many jobs.  It puts jobs into what the child
 * is to read, and makes events of what comes back.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct desk;
struct plan;
struct words;
struct worker;

struct worker	*worker_new(const struct plan *);
void		 worker_free(struct worker *);	/* or NULL */

/* A new child will be its other end. */
void		 worker_reset(struct worker *);

/* The memory that a forked child and we share; NULL if it is none. */
struct desk	*worker_desk(const struct worker *);

/* How many jobs, and bytes of these, to give it at most. */
size_t		 worker_jobs(const struct worker *);
size_t		 worker_bytes(const struct worker *);

/*
 * Gives it so many jobs, the first of that number, with these records: one each, or all if
 * it is one job; of one that is alone the command is there, expanded.  What is to be
 * written to it, so many bytes, which stay the worker's.
 */
const char	*worker_ask(struct worker *, uint64_t number, const struct batch *,
		    size_t jobs, const struct words *command, size_t *);

/* Is what it is given what a job reads, and nothing else? */
bool		 worker_passes(const struct worker *);

/* It did not read so many bytes, the last of what it was asked: was it at none of these? */
bool		 worker_missed(const struct worker *, size_t bytes);

/* Has it said anything, ever? */
bool		 worker_spoke(const struct worker *);

/* Does it read that pipe of the child itself? */
bool		 worker_reads(const struct worker *, int pipe);

/* Reads once, at most so many bytes: how many, 0 at the end, -1 and errno. */
ssize_t		 worker_read(struct worker *, int fd, size_t);

/*
 * Takes what the child has not written yet from its desk: 1 if anything came, 0 if not, -1
 * if the child is at the desk.
 */
int		 worker_peek(struct worker *, int fd);

/* The child is dead: the same, and what it had done. */
void		 worker_bury(struct worker *);

/*
 * It is being ended, for the job it is on: what it says is of that one, but it ends no
 * more of them.
 */
void		 worker_cut(struct worker *);

/* It was asked for nothing: did it say something new all the same? */
bool		 worker_overheard(struct worker *);

/* Bytes that it said beyond its answers so far, and the number of the last record. */
size_t		 worker_excess(const struct worker *, uint64_t *last);

/*
 * When to read again what it says, so that many answers are read at once though each
 * is written for itself: when half of them should be there; or 0, at any time.
 */
int64_t		 worker_hear_at(const struct worker *, int64_t now);

/* Is that the pipe that is not read before? */
bool		 worker_hushes(const struct worker *, int pipe);

/* Takes back jobs that it has not begun, all but so many that have not ended: how many. */
size_t		 worker_recall(struct worker *, size_t least);

/* Was it, which is dead, at none of the jobs it was given, as far as can be known? */
bool		 worker_idle(const struct worker *);

enum heard_what {
	HEARD_NOTHING,		/* more has to be read */
	HEARD_SAID,		/* output */
	HEARD_DONE,		/* jobs have ended */
	HEARD_BAD,		/* what comes is not what can come */
};

struct heard {
	enum heard_what	 what;
	int		 stream;	/* HEARD_SAID: 1 or 2, */
	const char	*bytes;		/* good until the next read */
	size_t		 length;
	size_t		 jobs;		/* HEARD_DONE: how many, all well but the last: */
	int		 status;	/* as wait(2) gives it */
};

/* The next event. */
void		 worker_hear(struct worker *, struct heard *);
