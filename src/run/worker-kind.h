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
extern const struct worker_kind worker_lines;
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
	bool		 buried;	/* what it had done is known, and was not asked yet */
	bool		 greeted;	/* it has said which version it speaks */
	char		 terminator;	/* WORK_LINES: what records and answers end in */
	int64_t		 asked_at;	/* when it was asked */
	int64_t		 pace;		/* WORK_LINES: nanoseconds for each job of the last batch */
	size_t		 latest;	/* bytes that were read last */
	size_t		 ended;		/* WORK_LINES: jobs whose end has come but is not told */
	size_t		 excess;	/* bytes that it said beyond what it was asked for, ... */
	bool		 refused;	/* which was told */
	uint64_t	 last;		/* number of the last record it was given */
	bool		 cut;		/* it is being ended: see worker_cut */
};

/* The hear of all that answer in frames. */
void	worker_hear_frames(struct worker *, struct heard *);

/* Jobs have ended, if so many are owed; for the hear of a kind. */
void	worker_done(struct worker *, struct heard *, const struct frame_done *);
