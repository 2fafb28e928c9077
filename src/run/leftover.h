/*
 * leftover: processes that outlived their job's process, or left its group: what
 * it put into the background.  They may go on for as long as the run does, not longer,
 * and if jobs have a time limit no longer than that.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct kins;
struct leftovers;
struct plan;

/*
 * From here on orphans of jobs become our children.  Those we have by now are
 * strangers, and stay alone.  The function says whether a process is that of a job
 * that runs.
 */
struct leftovers	*leftovers_new(const struct plan *, bool (*)(const void *, pid_t),
			    const void *);
void			 leftovers_free(struct leftovers *);

/*
 * The job of that group is over, now, and its limit would have been then, or 0.
 * SIGKILL is due to what is left at the other moment: LEFTOVER_KILLED if it had it, 0
 * if it was not signalled.
 */
#define LEFTOVER_KILLED	(-1)
void	leftovers_add(struct leftovers *, pid_t, int64_t limit_at, int64_t kill_at,
	    int64_t now);

/*
 * Signals those that are not of that group; SIGKILL is due to them at the moment.  What
 * the list holds is released.
 */
void	leftovers_take(struct leftovers *, struct kins *, pid_t group, int sig,
	    int64_t kill_at);

/* A new job has that pid: whatever was known by it is gone. */
void	leftovers_reused(struct leftovers *, pid_t);

void	leftovers_signal(struct leftovers *, int);

/*
 * The run is over: signal at the first moment, or at once if it is 0, SIGKILL at the
 * second.
 */
void	leftovers_end(struct leftovers *, int sig, int64_t signal_at, int64_t kill_at);

/* Does what is due; gives the moment to come back, 0 for never. */
int64_t	leftovers_tick(struct leftovers *, int64_t now);

/* No job runs any more: the same, 0 if nobody is left. */
int64_t	leftovers_last(struct leftovers *, int64_t now);
