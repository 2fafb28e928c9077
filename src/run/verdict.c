/*
 * verdict: what became of the jobs, kept as facts; a plan's exit map says which
 * number stands for which.
 */
#include <errno.h>
#include <stdint.h>

#include "plan.h"
#include "run/verdict.h"

/* No job is started after this one, if there is a status for it. */
static void
verdict_stop(struct verdict *v, int status)
{
	if (v->stopped == 0)
		v->stopped = status;
}

static void
verdict_note(struct verdict *v, const struct result *r, const struct exit_map *exits)
{
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_WITH_US:
		break;
	case ENDED_STATUS:
		v->failed = true;
		if (r->code == 255)
			verdict_stop(v, exits->stop_255);
		break;
	case ENDED_SIGNAL:
	case ENDED_TERMINAL:
		v->failed = true;
		verdict_stop(v, exits->stop_killed);
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

void
verdict_add(struct verdict *v, const struct result *r, const struct exit_map *exits)
{
	verdict_note(v, r, exits);
	if (v->first == 0)
		v->first = verdict_status(v, exits);
}

int
verdict_status(const struct verdict *v, const struct exit_map *exits)
{
	if (exits->first_counts && v->first != 0)
		return v->first;
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
