/*
 * clock: absolute, monotonic time in nanoseconds.  A moment of 0 is never.
 */
#include <stdint.h>

#define CLOCK_MS	INT64_C(1000000)
#define CLOCK_S		(1000 * CLOCK_MS)

struct rusage;
struct timespec;

int64_t	clock_now(void);

/* The time of day instead: since the Epoch. */
int64_t	clock_epoch(void);

/* The moment it will be that time of day, as that is set now; all of the past is now. */
int64_t	clock_at(int64_t epoch, int64_t now);

/* CPU time that was used, for user and system. */
int64_t	clock_used(const struct rusage *);

/* The sooner of two moments, one of which may be never. */
int64_t	clock_sooner(int64_t, int64_t);

/* How long it is to that moment, at least 0, for ppoll(2): NULL if never. */
struct timespec	*clock_until(int64_t, struct timespec *);
