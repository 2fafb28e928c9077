/*
 * worker-kind: how a worker is asked and heard, a row for each kind of work.  For the
 * files of worker alone; include plan.h, base/buf.h and run/worker.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch;
struct frame_done;
struct words;

struct worker_kind {
	/* Puts the jobs into what is to be written to it. */
	void	(*ask)(struct worker *, uint64_t number, const struct batch *,
		    const struct words *command);

	/* Makes of what was read the next event, if there is one. */
	void	(*hear)(struct worker *, struct heard *);

	/* The pipe of the child that has what it says. */
	int	 pipe;
};

extern const struct worker_kind worker_frames;
extern const struct worker_kind worker_shell;

struct worker {
	const struct worker_kind *kind;
	struct desk	*desk;		/* or NULL */
	const char	*sequence_variable;	/* of jobs, with their number */
	bool		 together;	/* it may be given more than one job */
	size_t		 batch;		/* jobs to be given next */
	size_t		 given;		/* jobs that it was given, ... */
	size_t		 owed;		/* and has not ended */
	struct buf	 asked;
	struct buf	 heard;		/* of which so many bytes have become events: */
	size_t		 taken;
	uint64_t	 received;	/* bytes, ever */
	bool		 buried;	/* what it had done was not asked yet */
	bool		 greeted;	/* it has said which version it speaks */
};

/* The hear of all that answer in frames. */
void	worker_hear_frames(struct worker *, struct heard *);

/* Jobs have ended, if so many are owed; for the hear of a kind. */
void	worker_done(struct worker *, struct heard *, const struct frame_done *);
