/*
 * verdict: what became of the jobs, kept as facts; a plan's exit map says which
 * number stands for which.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "plan.h"
#include "run/verdict.h"

#define SIGNALLED	128	/* and the signal: the status shells give */
#define COUNT_MOST	101	/* GNU parallel's */

/* No job is started after this one. */
static void
verdict_stop(struct verdict *v, int status)
{
	if (v->stopped)
		return;
	v->stopped = true;
	v->stop_status = status;
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

static void
verdict_note(struct verdict *v, const struct result *r, const struct exit_map *exits)
{
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_WITH_US:
		break;
	case ENDED_STATUS:
		verdict_fail(v, r->code == 255 ? exits->stop_255 : 0);
		break;
	case ENDED_LEFT:
	case ENDED_BABBLE:
	case ENDED_MUTE:
		verdict_fail(v, 0);
		break;
	case ENDED_SIGNAL:
	case ENDED_CPU:
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
result_status(const struct result *r, const struct exit_map *exits)
{
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_WITH_US:
		return 0;
	case ENDED_STATUS:
		return r->code;
	case ENDED_LEFT:
		return r->code != 0 ? r->code : EXIT_FAILURE;
	case ENDED_BABBLE:
	case ENDED_MUTE:
		return EXIT_FAILURE;
	case ENDED_SIGNAL:
	case ENDED_CPU:
	case ENDED_TERMINAL:
		return SIGNALLED + r->code;
	case ENDED_TIME:
	case ENDED_RUN:
		return exits->halt_time;
	case ENDED_NO_EXEC:
		return r->code == ENOENT ? exits->not_found : exits->not_executable;
	case ENDED_FLAW:
		return exits->flaw;
	}
	return exits->own;
}

/* How many failed, as far as that can be said; or with percentages, what part of those. */
static int
verdict_count(const struct verdict *v, const struct exit_map *exits,
    const struct halt *halt, size_t jobs)
{
	int most = exits->count_most != 0 ? exits->count_most : COUNT_MOST;

	if (halt->when != HALT_NEVER && halt->percent)
		return jobs != 0 ? (int)((v->failures * 100 + jobs - 1) / jobs) : 0;
	return v->failures < (size_t)most ? (int)v->failures : most;
}

/* Has what the plan halts at come about? */
static bool
verdict_halts(const struct verdict *v, const struct halt *halt)
{
	const size_t counts[] = {
		[HALT_FAIL] = v->failures, [HALT_SUCCESS] = v->done - v->failures,
		[HALT_DONE] = v->done,
	};

	if (v->stopped || halt->when == HALT_NEVER)
		return false;
	if (!halt->percent)
		return counts[halt->why] >= halt->count;
	return v->total != 0 && counts[halt->why] * 100 >= halt->count * v->total;
}

/*
 * As GNU parallel has it: one job that halts the run gives it its own status, and
 * several give the number of those that failed; 0 if it took successes.
 */
static void
verdict_halt(struct verdict *v, const struct exit_map *exits, const struct halt *halt)
{
	bool one = halt->percent ? halt->count * v->total == 100 : halt->count == 1;

	if (!verdict_halts(v, halt))
		return;
	v->halted = true;
	if (halt->why == HALT_SUCCESS)
		verdict_stop(v, 0);
	else
		verdict_stop(v, one ? v->latest : verdict_count(v, exits, halt, v->total));
}

void
verdict_add(struct verdict *v, const struct result *r, const struct exit_map *exits,
    const struct halt *halt)
{
	verdict_note(v, r, exits);
	if (r->ending == ENDED_WITH_US || r->ending == ENDED_RUN)
		return;
	v->done++;
	v->failures += r->ending != ENDED_WELL;
	if (halt->why == HALT_DONE || r->ending != ENDED_WELL)
		v->latest = result_status(r, exits);
	verdict_halt(v, exits, halt);
}

void
verdict_regret(struct verdict *v, const struct result *r, const struct exit_map *exits,
    const struct halt *halt)
{
	v->done--;
	verdict_add(v, r, exits, halt);
}

void
verdict_add_well(struct verdict *v, size_t jobs)
{
	v->done += jobs;
}

void
verdict_total(struct verdict *v, size_t total, const struct exit_map *exits,
    const struct halt *halt)
{
	v->total = total;
	verdict_halt(v, exits, halt);
}

int
verdict_status(const struct verdict *v, const struct exit_map *exits,
    const struct halt *halt)
{
	if (exits->failed_first && v->failed && !v->last && !v->run_timed_out)
		return exits->failed;
	if (v->internal)
		return exits->own;
	if (v->run_timed_out)
		return exits->run_time;
	if (v->stopped)
		return v->stop_status;
	if (exits->count_most != 0)
		return verdict_count(v, exits, halt, v->done);
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
