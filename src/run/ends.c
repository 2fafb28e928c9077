/*
 * ends: of an attempt, which gives a result; of a job, with which the books are kept;
 * and of the run.
 */
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "command/argvec.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/sink.h"
#include "plan.h"
#include "run/clock.h"
#include "run/leftover.h"
#include "run/report.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/worker.h"
#include "run/slot.h"
#include "run/history.h"
#include "run/retry.h"
#include "run/summary.h"
#include "run/tell.h"
#include "run/state.h"

const struct result engine_never_ran = { .ending = ENDED_WITH_US };

/* How much it said beyond an answer, if it can be counted. */
static struct result
engine_babble(const struct slot *s)
{
	uint64_t last;
	size_t excess = worker_excess(s->worker, &last);

	return (struct result){ .ending = ENDED_BABBLE,
	    .code = excess < INT_MAX ? (int)excess : INT_MAX };
}

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

/* The name of the command that was to be run, or NULL. */
static const char *
engine_command(const struct engine *e, const struct slot *s, const struct result *r)
{
	if (r->ending == ENDED_FLAW)
		return NULL;
	return s->command.count > 0 ? words_at(&s->command, 0, NULL) : e->plan->command[0];
}

/* What is to be said of a job that failed. */
static void
engine_report(struct engine *e, struct slot *s, const struct result *r, bool stops)
{
	struct buf line = {0}, detail = {0};
	const struct batch about = batch_part(&s->batch, s->on,
	    s->jobs > 1 ? 1 : s->batch.count);
	const char *command = engine_command(e, s, r);

	if (r->ending == ENDED_NO_EXEC && r->code == E2BIG)
		argvec_explain(&s->command, spawn_environment(e->spawner), &detail);
	if (e->plan->report == REPORT_JOBS || (e->plan->report == REPORT_OURS &&
	    r->ending != ENDED_STATUS && r->ending != ENDED_SIGNAL))
		report_job(&line, &about, r, command, &detail, e->plan);
	else if (e->plan->report == REPORT_STOPS && stops)
		report_stop(&line, &about, r, command, &detail, e->plan);
	if (line.length > 0)
		sink_add(e->sink, s->turn, 2, line.data, line.length);
	buf_release(&line);
	buf_release(&detail);
}

void
engine_count_failure(struct engine *e, struct slot *s, const struct result *r)
{
	verdict_add(&e->verdict, r, &e->plan->exits, &e->plan->halt);
	engine_report(e, s, r, false);
}

/* The plan's words are said instead of what a job that failed did. */
static void
engine_fall_back(struct engine *e, struct slot *s)
{
	struct buf line = {0};

	buf_add_string(&line, e->plan->fallback);
	buf_add_byte(&line, '\n');
	sink_replace(e->sink, s->turn, line.data, line.length);
	buf_release(&line);
}

/* What is told of the job beside what it said. */
static void
engine_tell(struct engine *e, struct slot *s, const struct result *r)
{
	struct buf members = {0};

	/* It may have ended well, but that is not how its value ended. */
	if (s->torn || sink_muted(s->turn))
		r = &engine_never_ran;
	if (e->plan->format == FORMAT_JSON) {
		tell_members(e->plan, s, r, &members);
		sink_tell(s->turn, &members);
	} else if (r->ending == ENDED_WITH_US ||
	    (r->ending != ENDED_WELL && e->plan->fallback == NULL))
		sink_tell_null(e->sink, s->turn);
	buf_release(&members);
}

/*
 * The job of that slot has ended the run.  Was it the last one?  If that cannot be
 * told before more input comes, it was not.
 */
static bool
engine_was_last(struct engine *e, struct slot *s)
{
	enum pull pull;

	if (e->input_ended || !e->plan->exits.failed_first)
		return e->ready == 0;
	pull = assemble_next(e->assemble, &s->batch);
	return pull == PULL_END || pull == PULL_FAILED;
}

void
engine_settle(struct engine *e, struct slot *s, const struct result *r)
{
	bool stopped = e->verdict.stopped;

	summary_add(e->summary, s, r);
	verdict_add(&e->verdict, r, &e->plan->exits, &e->plan->halt);
	stopped = !stopped && e->verdict.stopped;
	if (r->ending != ENDED_WELL && r->ending != ENDED_WITH_US) {
		if (e->plan->fallback != NULL)
			engine_fall_back(e, s);
		engine_report(e, s, r, stopped);
	}
	if (stopped && s->state == SLOT_RUNNING && r->ending != ENDED_NO_EXEC)
		e->verdict.last = engine_was_last(e, s);
	if (e->verdict.stopped)
		e->input_ended = true;
	engine_tell(e, s, r);
	sink_leave(e->sink, s->turn);
	s->turn = NULL;
	history_drop(s);
	if (s->state == SLOT_READY)
		e->ready--;
	if (e->asking == s) {
		/* Nobody needs to answer any more. */
		e->asking = NULL;
		sink_cry(e->sink, "\n", 1);
	}
	slot_leave(s);
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
