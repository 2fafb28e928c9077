/*
 * sleep: passes time.
 */
#include <ctype.h>
#include <errno.h>
#include <strings.h>
#include <time.h>

#include "parmap.h"
#include "base/num.h"
#include "builtin/builtin.h"
#include "builtin/text.h"
#include "builtin/call.h"

#define SECOND	INT64_C(1000000000)

static int
take_duration(const char *word, int64_t *duration)
{
	const char *why;

	/* As strtod(3) does. */
	while (isspace((unsigned char)*word))
		word++;
	if (*word == '+')
		word++;
	*duration = DURATION_MAX;
	if (strcasecmp(word, "inf") == 0 || strcasecmp(word, "infinity") == 0)
		return 0;
	return num_duration(word, duration, &why);
}

/* To a moment, as signals may come before it. */
static void
pass(int64_t duration)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	duration += t.tv_nsec;
	t.tv_sec += duration / SECOND;
	t.tv_nsec = duration % SECOND;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

int
builtin_sleep(int argc, char **argv, struct io *io)
{
	struct call c;
	int64_t duration, sum = 0;
	int i, status = 0;

	call_start(&c, argc, argv, io);
	if (call_option(&c, "") == -1 || call_operands(&c) == -1)
		return 1;
	for (i = 0; i < c.count; i++) {
		if (take_duration(c.operands[i], &duration) == 0) {
			sum = duration < DURATION_MAX - sum ? sum + duration : DURATION_MAX;
		} else {
			call_refuse(&c, "invalid time interval ", c.operands[i], 0);
			status = 1;
		}
	}
	if (status == 0)
		pass(sum);
	return status;
}
