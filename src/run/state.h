/*
 * state: all state of a run, and what its steps ask of each other.  Nobody else
 * includes this.  Include base/buf.h, base/words.h, input/source.h, input/assemble.h,
 * run/spawn.h, run/terminal.h, run/verdict.h and run/slot.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct assemble;
struct gate;
struct history;
struct leftovers;
struct plan;
struct pollfd;
struct records;
struct sink;
struct spawner;
struct summary;
struct template;

/* Polled besides the pipes: the source, the terminal, the log, tokens, the sink's two. */
#define GUESTS	6
#define POLLED	(PIPES + 1)	/* and of each slot: what it writes, and its stdin */

struct engine {
	const struct plan	*plan;
	const struct template	*template;
	const struct template	*tag;		/* or NULL */
	struct records		*records;
	struct assemble		*assemble;
	struct sink		*sink;
	struct spawner		*spawner;
	struct leftovers	*leftovers;
	struct history		*history;	/* or NULL */
	struct summary		*summary;	/* or NULL */
	struct gate		*gate;
	struct terminal		 terminal;
	struct slot		*slots;
	size_t			 slot_room;
	size_t			 slot_count;	/* that were used so far */
	size_t			 running;	/* or are recalled, ... */
	size_t			 recalling;	/* as are so many of them */
	size_t			 ready;		/* slots whose job is to be started */
	struct slot		*asking;	/* the one of them that is asked about, or NULL */
	char			**argv;		/* reused for each start */
	size_t			 argv_room;
	struct pollfd		*fds;

	bool			 ending;	/* nothing new starts */
	bool			 halt_told;
	bool			 cut_off;	/* output was, see plan->max_output */
	int64_t			 pass_until;	/* see engine_passes_over; or 0 */
	bool			 input_ended;
	bool			 input_read;	/* to its end */
	bool			 input_waits;	/* it has to be polled */
	bool			 counts;	/* jobs, ahead of their time */
	bool			 count_waits;	/* so that has to be polled all the more */
	bool			 starved;	/* no start before something ends, ... */
	int64_t			 retry_at;	/* or, if nothing runs, this moment; */
	int64_t			 retry_until;	/* and then no more */
	int64_t			 gate_at;	/* no start before this moment, or 0 */
	bool			 tokenless;	/* none before a jobserver has a token */
	bool			 leaving;	/* leftovers are being ended */
	bool			 summed_up;	/* all is said */
	bool			 abandoned;	/* nobody waits for our output any more */
	int			 signal;	/* that we die of in the end, or 0 */
	int64_t			 signal_at;	/* when it came */
	uint64_t		 sequence;
	int64_t			 run_limit_at;
	int64_t			 next;		/* moment something is due, or 0 */
	int64_t			 patience_until;
	unsigned long long	 progress;	/* the sink's, when we looked last */
	struct verdict		 verdict;
};

/* say: in our own name. */

/* A line on standard error in our own name, after all that jobs said so far. */
void	engine_say(struct engine *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* The same when nothing else will be said; warnx(3) might wait for a reader. */
void	engine_cry(struct engine *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));

/* fill: while there are a slot and work, start it. */
void	engine_fill(struct engine *);
bool	engine_open(const struct engine *);	/* may another job be asked for? */

/*
 * All jobs are over, as the run's time is: in JSON, records that are there, for which there
 * was no time, have a place as well.  Are there more of them?
 */
bool	engine_passes_over(struct engine *);

/* Has an idle slot take over the jobs that the slot's worker did not begin: is there one? */
bool	engine_relieve(struct engine *, struct slot *);

/* crew: the workers of the slots. */

/* Gives the jobs of the slot's batch that are left to its worker: 0, or -1 and errno. */
int	engine_give(struct engine *, struct slot *);

/* Has the slot a worker that is being ended?  Then nothing can begin there. */
bool	engine_doomed(const struct slot *);

/* Does what the worker said. */
void	engine_hear(struct engine *, struct slot *);

/* Of what it wrote beside that there is something to be read: first does what it said. */
void	engine_hear_first(struct engine *, struct slot *);

/* The worker is dead: the same of what it had no time to say. */
void	engine_mourn(struct engine *, struct slot *);

/* The worker of a slot in which nothing runs is dead. */
void	engine_bury(struct engine *, struct slot *);

/* What becomes of a job whose worker said what was no answer. */
struct result	engine_babble(const struct slot *);

/* The job that the worker was on has that result; is the rest of its batch to be run? */
bool	engine_goes_on(struct engine *, struct slot *, const struct result *);

/* Has the worker died at none of its jobs? */
bool	engine_blameless(const struct slot *);

/* The attempt is about to be cut: the worker is to begin no other job of its batch. */
void	engine_stop_at_job(struct engine *, struct slot *);

/* Are jobs waiting behind one that takes long, which others could do? */
bool	engine_lags(const struct slot *, int64_t now);

/* Sees what a worker does that says nothing: when to look again, or 0. */
int64_t	engine_look_after(struct engine *, struct slot *, int64_t now);

/* No more jobs come: workers are to end.  When to come back, or 0 if none is left. */
int64_t	engine_dismiss(struct engine *, int64_t now);

/* books: what is said and counted of a job that is over. */

/* Of a job that was not started when the run ended. */
extern const struct result engine_never_ran;

/* The job that the slot's worker is on has failed; others of its batch follow. */
void	engine_count_failure(struct engine *, struct slot *, const struct result *);

/* The job is done with: the books, the line if it failed, the turn, the slot. */
void	engine_settle(struct engine *, struct slot *, const struct result *);

/* ends: of attempts, jobs and the run. */

/* Fewer jobs run than before: what they had is for others, of ours or not. */
void	engine_return(struct engine *);

/* The attempt is over. */
void	engine_finish(struct engine *, struct slot *);

/* The job that waits in that slot will not be started, or not again. */
void	engine_withdraw(struct engine *, struct slot *);

/*
 * Cut all that runs, and start nothing more.  Of the output behind a job that is
 * cut, keep what is complete?
 */
void	engine_end(struct engine *, enum cut, int sig, bool keep);

/* Something of our own went wrong with a thing, errno: the run ends, 125. */
void	engine_fail(struct engine *, const char *thing);

/* The same of a pipe of the job of that slot, its stdin or output. */
void	engine_fail_pipe(struct engine *, const struct slot *, const char *what);

/* What became of jobs may be the end of the others. */
void	engine_halt(struct engine *);

/* front: whoever is there, with signals and at the terminal. */

/* Adds the line that shows the job. */
void	engine_command_line(const struct engine *, const struct slot *, struct buf *);

void	engine_signals(struct engine *);
void	engine_ask(struct engine *, struct slot *);	/* about that job */
void	engine_answer(struct engine *);			/* if one has come */

/* A job that may have the terminal was stopped by that signal. */
void	engine_stopped(struct engine *, struct slot *, int sig);

/* A process has ended, with that wait status; if it had the terminal that is free now. */
void	engine_take_back(struct engine *, struct slot *, int status);
