/*
 * verdict: 123 to 127 as in GNU xargs, 124 also as in timeout(1), which has 125
 * for itself, as have env(1) and nohup(1).
 */
#include <errno.h>
#include <stdint.h>

#include "plan.h"
#include "run/verdict.h"

void
verdict_add(struct verdict *v, const struct result *r)
{
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_WITH_US:
		break;
	case ENDED_STATUS:
	case ENDED_SIGNAL:
	case ENDED_TERMINAL:
		v->failed = true;
		break;
	case ENDED_TIME:
		v->timed_out = true;
		break;
	case ENDED_RUN:
		v->run_timed_out = true;
		break;
	case ENDED_NO_EXEC:
		if (r->code == ENOENT)
			v->not_found = true;
		else
			v->not_executable = true;
		break;
	case ENDED_FLAW:
		v->not_executable = true;
		break;
	}
}

int
verdict_status(const struct verdict *v)
{
	if (v->internal)
		return EXIT_INTERNAL;
	if (v->run_timed_out)
		return EXIT_TIMED_OUT;
	if (v->not_found)
		return EXIT_NOT_FOUND;
	if (v->not_executable)
		return EXIT_NOT_EXECUTABLE;
	if (v->failed)
		return EXIT_JOB_FAILED;
	if (v->timed_out)
		return EXIT_TIMED_OUT;
	return 0;
}
