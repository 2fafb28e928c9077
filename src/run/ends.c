/*
 * ends: of an attempt, which gives a result; of a job; and of the run.
 */
#include <sys/wait.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/sink.h"
#include "plan.h"
#include "run/clock.h"
#include "run/gate.h"
#include "run/leftover.h"
#include "run/report.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/history.h"
#include "run/retry.h"
#include "run/summary.h"
#include "run/state.h"

/* How an attempt ended. */
static struct result
engine_ending(const struct engine *e, const struct slot *s)
{
	int error;

	switch (s->cut) {
	case CUT_TIME:
		return (struct result){ .ending = ENDED_TIME, .limit = e->plan->job_limit,
		    .code = WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0 };
	case CUT_RUN:
		return (struct result){ .ending = ENDED_RUN };
	case CUT_TERMINAL:
		return (struct result){ .ending = ENDED_TERMINAL, .code = s->stop_signal };
	case CUT_WITH_US:
		return (struct result){ .ending = ENDED_WITH_US };
	case CUT_NONE:
		break;
	}
	if (s->recalled)
		return s->past;
	if (s->closed != -1 && s->killed)
		return (struct result){ .ending = ENDED_MUTE, .code = s->closed };
	error = s->answered ? 0 : spawn_error(e->spawner, s->index);
	if (s->babbled)
		return engine_babble(s);
	if (error != 0)
		return (struct result){ .ending = ENDED_NO_EXEC, .code = error };
	if (WIFSIGNALED(s->status))
		return (struct result){
			.ending = slot_overran(s, e->plan->caps.cpu_time) ?
			    ENDED_CPU : ENDED_SIGNAL,
			.code = WTERMSIG(s->status), .limit = e->plan->caps.cpu_time,
		};
	if (s->worker != NULL && !s->answered)
		return (struct result){ .ending = ENDED_LEFT,
		    .code = WEXITSTATUS(s->status) };
	if (WEXITSTATUS(s->status) != 0)
		return (struct result){ .ending = ENDED_STATUS,
		    .code = WEXITSTATUS(s->status) };
	return (struct result){ .ending = ENDED_WELL };
}

/* The result of an attempt that is over. */
static struct result
engine_result(const struct engine *e, const struct slot *s)
{
	struct result r = engine_ending(e, s);

	if (!s->recalled)
		r.tries = s->tries;
	return r;
}

/* The job waits for an attempt that the end of the run forestalls. */
static void
engine_forgo(struct engine *e, struct slot *s, enum cut why)
{
	struct result r = engine_never_ran;

	sink_drop(e->sink, s->turn);
	if (why == CUT_RUN && s->tries > 0)
		r = (struct result){ .ending = ENDED_RUN, .tries = s->tries };
	engine_settle(e, s, &r);
}

void
engine_end(struct engine *e, enum cut why, int sig, bool keep)
{
	int64_t kill_at = clock_now() + e->plan->kill_after;
	struct slot *s;
	size_t i;

	e->ending = true;
	leftovers_end(e->leftovers, sig, 0, kill_at);
	for (i = 0; i < e->slot_count; i++)
		engine_stop_at_job(e, &e->slots[i]);
	sink_cut(e->sink, keep);
	for (i = 0; i < e->slot_count; i++) {
		s = &e->slots[i];
		if (s->state == SLOT_RUNNING && (s->cut == CUT_NONE || why == CUT_WITH_US))
			slot_cut(s, why, sig, kill_at);
		else if (s->state != SLOT_RUNNING && slot_alive(s))
			slot_cut(s, why, sig, kill_at);
		if (s->state == SLOT_RUNNING)
			slot_hurry(s);
		if (s->state == SLOT_READY)
			engine_forgo(e, s, why);
	}
	e->next = clock_now();		/* something may be over by this */
}

void
engine_fail(struct engine *e, const char *thing)
{
	int error = errno;

	e->verdict.internal = true;
	if (!e->ending)
		engine_end(e, CUT_WITH_US, e->plan->signal, false);
	/* Not before, as what is behind a job that is cut short is not said. */
	engine_say(e, "%s: %s", thing, strerror(error));
}

void
engine_fail_pipe(struct engine *e, const struct slot *s, const char *what)
{
	char thing[64];

	(void)snprintf(thing, sizeof thing, "%s of %s %ju", what, report_noun(e->plan),
	    (uintmax_t)s->batch.first);
	engine_fail(e, thing);
}

void
engine_return(struct engine *e)
{
	e->tokenless = false;
	gate_keep(e->gate, e->running - e->recalling);
}

/* The job is over, with that result. */
static void
engine_conclude(struct engine *e, struct slot *s, const struct result *r)
{
	bool noted = history_add(e->history, s, r) == 0;
	int error = errno;

	engine_settle(e, s, r);
	if (noted)
		return;
	errno = error;
	engine_fail(e, history_thing(e->history));
}

/* The job waits in its slot for another attempt; of this one nothing is said. */
static void
engine_retry(struct engine *e, struct slot *s)
{
	sink_drop(e->sink, s->turn);
	history_rewind(s);
	s->state = SLOT_READY;
	s->due_at = clock_now() + retry_pause(&e->plan->retry, s->tries);
	e->ready++;
	summary_retry(e->summary, s);
}

void
engine_finish(struct engine *e, struct slot *s)
{
	struct result r;
	bool again;

	if (s->worker != NULL && s->reaped && !s->recalled)
		engine_mourn(e, s);
	if (s->pipe_error != 0) {
		errno = s->pipe_error;
		engine_fail_pipe(e, s, "output");
	}
	r = engine_result(e, s);
	again = !s->recalled && retry_wanted(&e->plan->retry, &r);
	e->running--;
	if (s->recalled)
		e->recalling--;
	e->starved = false;
	engine_return(e);
	if (engine_goes_on(e, s, &r))
		return;
	/* The run ended before the next one of its jobs began. */
	if (e->ending && engine_blameless(s))
		r = engine_never_ran;
	if (again && !e->ending && !e->verdict.stopped) {
		engine_retry(e, s);
		return;
	}
	/* Had the run gone on, this would not have been the end of it. */
	if (again && e->ending)
		r.ending = e->verdict.run_timed_out ? ENDED_RUN : ENDED_WITH_US;
	engine_conclude(e, s, &r);
}

void
engine_withdraw(struct engine *e, struct slot *s)
{
	struct result r = engine_never_ran;

	if (s->tries == 0) {
		engine_settle(e, s, &r);
		return;
	}
	/* What it could still have become does not count. */
	r = engine_result(e, s);
	engine_conclude(e, s, &r);
}

void
engine_halt(struct engine *e)
{
	const struct halt *halt = &e->plan->halt;

	if (!e->verdict.halted || e->halt_told)
		return;
	e->halt_told = true;
	/* Complete output is kept: it may be of the job that is the reason. */
	if (halt->when == HALT_NOW && !e->ending)
		engine_end(e, CUT_WITH_US, e->plan->signal, true);
	/* Of one that failed there is a line. */
	if (halt->why != HALT_FAIL && e->plan->report != REPORT_NOTHING)
		engine_say(e, "halt: %zu%s%s %s", halt->count, halt->percent ? "% of the" : "",
		    halt->count == 1 && !halt->percent ? " job" : " jobs",
		    halt->why == HALT_SUCCESS ? "succeeded" : "done");
}
