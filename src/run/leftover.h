/*
 * leftover: process groups that outlived their job's process: what it put into
 * the background.  They may go on for as long as the run does, not longer.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

struct leftovers;

struct leftovers	*leftovers_new(void);
void			 leftovers_free(struct leftovers *);

/*
 * The job of that group is over, now.  SIGKILL is due to what is left at the first
 * of the two moments: LEFTOVER_KILLED if it had it, 0 for not before the run's end.
 */
#define LEFTOVER_KILLED	(-1)
void	leftovers_add(struct leftovers *, pid_t, int64_t kill_at, int64_t now);

/* A new job has that pid: whatever was known by it is gone. */
void	leftovers_reused(struct leftovers *, pid_t);

void	leftovers_signal(struct leftovers *, int);

/* The run is over: signal at the first moment, SIGKILL at the second. */
void	leftovers_end(struct leftovers *, int sig, int64_t signal_at, int64_t kill_at);

/* Does what is due; gives the moment to come back, 0 for never. */
int64_t	leftovers_tick(struct leftovers *, int64_t now);
bool	leftovers_any(const struct leftovers *);
