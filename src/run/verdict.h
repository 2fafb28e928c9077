/*
 * verdict: how a job ended, and what all of them make of the exit status.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ending {
	ENDED_WELL,
	ENDED_STATUS,		/* code: its exit status */
	ENDED_SIGNAL,		/* code: the signal */
	ENDED_CPU,		/* its CPU time was used up; code: the signal */
	ENDED_TIME,		/* its time limit; code: the signal that ended it, or 0 */
	ENDED_RUN,		/* the run's */
	ENDED_NO_EXEC,		/* code: errno */
	ENDED_LEFT,		/* its worker exited; code: its exit status */
	ENDED_BABBLE,		/* its worker said what was no answer; code: bytes too many, or 0 */
	ENDED_MUTE,		/* its worker closed that descriptor and stayed; code: 0 or 1 */
	ENDED_FLAW,		/* the batch's flaw */
	ENDED_TERMINAL,		/* code: the signal that stopped it */
	ENDED_WITH_US,		/* we were told to end, or could not go on */
};

struct result {
	enum ending	 ending;
	int		 code;
	size_t		 tries;		/* how many attempts the job has had */
	int64_t		 limit;		/* ENDED_TIME, ENDED_CPU: the limit it had */
};

struct exit_map;
struct halt;

struct verdict {
	bool	internal;	/* we failed */
	bool	run_timed_out;
	bool	stopped;	/* no more jobs are to be started, ... */
	int	stop_status;	/* which makes this the status */
	bool	halted;		/* the plan's halt was the reason */
	size_t	total;		/* of jobs there will have been; 0: not known yet */
	int	latest;		/* status of the last job that counted for a halt */
	bool	last;		/* it was the last job, so nothing was left to be run */
	size_t	done;		/* jobs that ended, but for those we ended */
	size_t	failures;	/* of them */
	bool	not_found;
	bool	not_executable;
	bool	flawed;
	bool	failed;
	bool	timed_out;
};

void	verdict_add(struct verdict *, const struct result *, const struct exit_map *,
	    const struct halt *);

/* One that counted as well was not, as it turns out. */
void	verdict_regret(struct verdict *, const struct result *, const struct exit_map *,
	    const struct halt *);

/* So many jobs are well that nothing but the exit status needs to know. */
void	verdict_add_well(struct verdict *, size_t);

/* So many jobs there will have been in all, if none is left out. */
void	verdict_total(struct verdict *, size_t, const struct exit_map *, const struct halt *);

/* That of the job alone, as a shell would give it. */
int	result_status(const struct result *, const struct exit_map *);

/* The exit status; what comes first in struct verdict goes before the others. */
int	verdict_status(const struct verdict *, const struct exit_map *, const struct halt *);
