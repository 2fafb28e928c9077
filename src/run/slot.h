/*
 * slot: a place where a job can run, and the attempt that occupies it.  Include
 * base/buf.h, base/words.h, input/source.h, input/assemble.h, run/spawn.h and
 * run/verdict.h first.
 */
#include <stdbool.h>
#include <stdint.h>

struct kept;
struct leftovers;
struct pollfd;
struct sink;
struct turn;
struct worker;

/*
 * An attempt is over when its process was reaped and its pipes are closed, in
 * either order; of a slot that is SLOT_RUNNING, this is
 *
 *	event ->   both pipes closed   process reaped       limit or end
 *	running    drained             reaped, linger       signal, later SIGKILL
 *	drained    -                   over                 signal, later SIGKILL
 *	reaped     over                -                    the linger goes on
 *
 * After the linger, what is left in the pipes is read and they are closed, though
 * someone still has their other ends.  An attempt by a worker is over, too, when that has
 * answered; the worker then stays, in a slot that is idle.
 */
enum slot_state {
	SLOT_IDLE,
	SLOT_READY,		/* has a job that is not started yet, or not again */
	SLOT_RUNNING,
};

/* Why an attempt was cut short, by us. */
enum cut { CUT_NONE, CUT_TIME, CUT_RUN, CUT_TERMINAL, CUT_WITH_US };

struct slot {
	size_t		 index;
	struct leftovers *leftovers;	/* the engine's */
	enum slot_state	 state;
	struct batch	 batch;
	struct words	 command;	/* expanded for this attempt */
	uint64_t	 sequence;
	uint64_t	 digest;	/* of its records, if there is a history, ... */
	bool		 has_digest;	/* and that knows it */
	bool		 logged;	/* what became of it in an earlier run was */
	struct buf	 place;		/* of its result, if there are any: its path, */
	bool		 folder;	/* which is a folder */
	struct kept	*kept;		/* the one in the making, or NULL */
	bool		 recalled;	/* what the job said is read from its result, */
	struct result	 past;		/* and this is how it ended */
	size_t		 tries;		/* attempts of its job that began */
	int64_t		 due_at;	/* SLOT_READY: not before this moment, or 0 */
	int64_t		 began_at;
	int64_t		 ended_at;	/* its process */
	uint64_t	 sent;		/* bytes to its stdin */
	uint64_t	 received;	/* from its stdout */
	struct turn	*turn;		/* the sink's, until sink_leave */
	struct child	 child;		/* of the attempt, or a worker that stays */
	struct child	 aside;		/* the worker, while a result is recalled */
	struct worker	*worker;	/* our end of it, the engine's; or NULL */
	size_t		 jobs;		/* of the batch, one with each record; 1 without worker, */
	size_t		 on;		/* and the one of them that is not over yet */
	size_t		 spared;	/* workers that died before they began that one */
	bool		 singly;	/* they are given one at a time, to see which is at fault */
	bool		 answered;	/* the worker has done them all, */
	bool		 babbled;	/* or said what is no answer, */
	int		 closed;	/* or closed that descriptor and did not exit; or -1 */
	int64_t		 given_at;	/* when it was given them */
	bool		 held_up;	/* nobody wanted what it had said, when we looked last */
	int64_t		 hear_at;	/* its answers are not read before that, or 0 */
	int64_t		 peeked_at;	/* what it had done was looked at then */
	int64_t		 peek_after;	/* and is to be after so long, or 0 */
	const char	*feed;		/* for its stdin; the batch's */
	size_t		 feed_left;
	size_t		 unread;	/* of the feed, when it closed its stdin */
	int		 polled[PIPES + 1];	/* places in the poll set, or -1; the last: stdin */
	bool		 reaped;
	int		 status;	/* as wait(2) gave it */
	int64_t		 cpu_time;	/* of its process and those that waited for */
	enum cut	 cut;
	int		 stop_signal;	/* CUT_TERMINAL */
	bool		 wants_terminal;	/* it was stopped for want of it */
	int64_t		 limit_at;	/* the moment its time is over, or 0 */
	int64_t		 kill_at;	/* the moment SIGKILL is due, or 0 */
	bool		 killed;	/* it was sent */
	int64_t		 linger_until;	/* 0: not lingering */
	bool		 hurried;	/* the run is over: no reader is waited for */
	bool		 closing;	/* the linger is over */
	bool		 torn;		/* not all that it said was read */
	int		 pipe_error;	/* errno of a read that failed once it had answered, or 0 */
	size_t		 remains[PIPES];	/* bytes still to be read then */
};

void	slot_init(struct slot *, size_t, struct leftovers *, struct worker *);
void	slot_release(struct slot *);

/* The attempt began then: the child runs, until the other moment if it is not 0. */
void	slot_began(struct slot *, int64_t now, int64_t limit_at);

/* The job that waits in the one slot waits in the other, which is idle, from now on. */
void	slot_move(struct slot *, struct slot *);

/*
 * The job is not run but recalled: what it said is read from these descriptors, which are
 * the slot's from now on, and how it ended is known.
 */
void	slot_recall(struct slot *, const int fds[2]);

/* The job is done with. */
void	slot_leave(struct slot *);

/*
 * Has the records of the batch for the job's stdin, each with that byte after it, or
 * as they are if it is -1.
 */
void	slot_feeds(struct slot *, int delimiter);

/* Puts what is to be polled of the pipes at that place of the set: how many. */
size_t	slot_poll(struct slot *, const struct sink *, struct pollfd *, size_t at);

/* Writes what poll(2) said of that set its stdin takes: -1 and errno if the pipe fails. */
int	slot_supply(struct slot *, const struct pollfd *);
void	slot_supply_end(struct slot *);		/* it gets no more */

/* Reads what poll(2) said of that set is there: -1 and errno if a pipe fails. */
int	slot_drain(struct slot *, struct sink *, const struct pollfd *);

/* Is there a process, of an attempt or of a worker?  Is it that one? */
bool	slot_alive(const struct slot *);
bool	slot_is(const struct slot *, pid_t);

/*
 * Is there output that its worker did not say, but wrote itself?  It is read by slot_drain,
 * unless that is put off, until poll(2) has been asked again.
 */
bool	slot_bypassed(const struct slot *, const struct pollfd *);
void	slot_put_off(struct slot *);

/* Reads what the worker's pipes have by now, as it has said that the jobs are over. */
int	slot_drain_answered(struct slot *, struct sink *);

/*
 * The worker of an idle slot is dead.  Others may still have its pipes, which are read until
 * slot_mourned says that nobody has, or that they had their time: as after a job.
 */
void	slot_mourn(struct slot *, int64_t now);
bool	slot_mourns(const struct slot *);
bool	slot_mourned(const struct slot *, int64_t now);

/* What the pipes of a dead worker have by now is read, and they are closed. */
void	slot_bury(struct slot *, struct sink *);

/* Has its worker closed the pipe that its answers came from? */
bool	slot_silent(const struct slot *);

/* Has its worker said what we have not read? */
bool	slot_unread(const struct slot *);

/* The process ended, or was stopped, with that wait status. */
void	slot_waited(struct slot *, int status, int64_t cpu_time, int64_t now);

/* Did its process die of using so much CPU time? */
bool	slot_overran(const struct slot *, int64_t);

/* Is the attempt over? */
bool	slot_over(const struct slot *);

/* Signal its group; to a group that is stopped the signal gets through as well. */
void	slot_signal(const struct slot *, int);

/*
 * Cut it short, with those who left its group: that signal now, SIGKILL at that
 * moment.
 */
void	slot_cut(struct slot *, enum cut, int sig, int64_t kill_at);

/* SIGKILL to the same, now. */
void	slot_kill(struct slot *);

/* The run is over: what nobody reads now is not waited for. */
void	slot_hurry(struct slot *);

/* Does what is due by now; gives the moment to come back, or 0. */
int64_t	slot_tick(struct slot *, const struct sink *, int64_t now);
