/*
 * clock: for LD_PRELOAD, a time of day that is set, an hour on, as soon as there is the
 * file that $CLOCK_SET names.  The other clocks go on as they were.
 */
#include <sys/syscall.h>

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int
clock_gettime(clockid_t clock, struct timespec *now)
{
	const char *file = getenv("CLOCK_SET");
	long error = syscall(SYS_clock_gettime, clock, now);

	if (clock == CLOCK_REALTIME && file != NULL && access(file, F_OK) == 0)
		now->tv_sec += 3600;
	return (int)error;
}
