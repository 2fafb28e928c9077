/*
 * retry: exponential backoff with jitter.
 */
#include <stdint.h>
#include <stdlib.h>

#include "plan.h"
#include "run/clock.h"
#include "run/verdict.h"
#include "run/retry.h"

#define PAUSE_MOST	(3600 * CLOCK_S)

bool
retry_wanted(const struct retry *retry, const struct result *r)
{
	if (r->tries >= retry->tries)
		return false;
	switch (r->ending) {
	case ENDED_STATUS:
		return !retry->listed || retry->statuses[r->code];
	case ENDED_SIGNAL:
	case ENDED_CPU:
		return !retry->listed || retry->signals[r->code];
	case ENDED_TIME:
		return !retry->listed || retry->times;
	case ENDED_LEFT:
		return !retry->listed || retry->statuses[r->code];
	case ENDED_BABBLE:
	case ENDED_MUTE:
		return !retry->listed;
	default:
		return false;
	}
}

int64_t
retry_pause(const struct retry *retry, size_t tries)
{
	int64_t pause = retry->delay, most = pause > PAUSE_MOST ? pause : PAUSE_MOST;

	while (--tries > 0 && pause > 0 && pause < most)
		pause = pause < most / 2 ? 2 * pause : most;
	/* A millisecond is fine enough, and lets arc4random_uniform(3) do it. */
	return pause - (int64_t)arc4random_uniform((uint32_t)(pause / CLOCK_MS / 2 %
	    UINT32_MAX) + 1) * CLOCK_MS;
}
