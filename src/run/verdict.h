/*
 * verdict: how a job ended, and what all of them make of the exit status.
 */
#include <stdbool.h>
#include <stddef.h>

enum ending {
	ENDED_WELL,
	ENDED_STATUS,		/* code: its exit status */
	ENDED_SIGNAL,		/* code: the signal */
	ENDED_CPU,		/* its CPU time was used up; code: the signal */
	ENDED_TIME,		/* its time limit */
	ENDED_RUN,		/* the run's */
	ENDED_NO_EXEC,		/* code: errno */
	ENDED_FLAW,		/* the batch's flaw */
	ENDED_TERMINAL,		/* code: the signal that stopped it */
	ENDED_WITH_US,		/* we were told to end, or could not go on */
};

struct result {
	enum ending	 ending;
	int		 code;
};

struct exit_map;
struct halt;

struct verdict {
	bool	internal;	/* we failed */
	bool	run_timed_out;
	bool	stopped;	/* no more jobs are to be started, ... */
	int	stop_status;	/* which makes this the status */
	bool	halted;		/* the plan's halt was the reason */
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

/* The exit status; what comes first in struct verdict goes before the others. */
int	verdict_status(const struct verdict *, const struct exit_map *);
