/*
 * clock: the time nobody can set.
 */
#include <sys/resource.h>

#include <stddef.h>
#include <time.h>

#include "run/clock.h"

int64_t
clock_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * CLOCK_S + now.tv_nsec;
}

int64_t
clock_epoch(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * CLOCK_S + now.tv_nsec;
}

int64_t
clock_at(int64_t epoch, int64_t now)
{
	int64_t today = clock_epoch();

	if (epoch <= today)
		return now;
	/* The sum may be more than there is room for: then nobody lives to see it. */
	if (today < 0 || epoch - today > INT64_MAX / 2)
		return INT64_MAX / 2;
	return now + (epoch - today);
}

int64_t
clock_used(const struct rusage *u)
{
	return (u->ru_utime.tv_sec + u->ru_stime.tv_sec) * CLOCK_S +
	    (u->ru_utime.tv_usec + u->ru_stime.tv_usec) * (CLOCK_MS / 1000);
}

int64_t
clock_sooner(int64_t a, int64_t b)
{
	if (a == 0 || b == 0)
		return a + b;
	return a < b ? a : b;
}

struct timespec *
clock_until(int64_t moment, struct timespec *rest)
{
	int64_t left;

	if (moment == 0)
		return NULL;
	left = moment - clock_now();
	if (left < 0)
		left = 0;
	rest->tv_sec = left / CLOCK_S;
	rest->tv_nsec = left % CLOCK_S;
	return rest;
}
