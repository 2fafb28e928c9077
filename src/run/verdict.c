/*
 * verdict: what became of the jobs, kept as facts; a plan's exit map says which
 * number stands for which.
 */
#include <errno.h>
#include <stdint.h>

#include "plan.h"
#include "run/verdict.h"

/* No job is started after this one. */
static void
verdict_stop(struct verdict *v, int status)
{
	if (v->stopped == 0)
		v->stopped = status;
}

/* A job failed, unless there is a status for the run that this ends. */
static void
verdict_fail(struct verdict *v, int stop)
{
	if (stop != 0)
		verdict_stop(v, stop);
	else
		v->failed = true;
}

void
verdict_add(struct verdict *v, const struct result *r, const struct exit_map *exits)
{
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_WITH_US:
		break;
	case ENDED_STATUS:
		verdict_fail(v, r->code == 255 ? exits->stop_255 : 0);
		break;
	case ENDED_SIGNAL:
	case ENDED_TERMINAL:
		verdict_fail(v, exits->stop_killed);
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
		if (exits->stop_no_exec)
			verdict_stop(v, r->code == ENOENT ? exits->not_found :
			    exits->not_executable);
		break;
	case ENDED_FLAW:
		v->flawed = true;
		if (exits->stop_flaw)
			verdict_stop(v, exits->flaw);
		break;
	}
}

int
verdict_status(const struct verdict *v, const struct exit_map *exits)
{
	if (exits->failed_first && v->failed && !v->last && !v->run_timed_out)
		return exits->failed;
	if (v->internal)
		return exits->own;
	if (v->run_timed_out)
		return exits->run_time;
	if (v->stopped != 0)
		return v->stopped;
	if (v->not_found)
		return exits->not_found;
	if (v->not_executable)
		return exits->not_executable;
	if (v->flawed)
		return exits->flaw;
	if (v->failed)
		return exits->failed;
	if (v->timed_out)
		return exits->job_time;
	return 0;
}
