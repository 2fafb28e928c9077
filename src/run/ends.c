/*
 * ends: of an attempt, which gives a result; of a job, with which the books are kept;
 * and of the run.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
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
#include "run/slot.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/history.h"
#include "run/summary.h"
#include "run/state.h"

const struct result engine_never_ran = { .ending = ENDED_WITH_US };

/* The result of an attempt that is over. */
static struct result
engine_result(const struct engine *e, const struct slot *s)
{
	int error = spawn_error(e->spawner, s->index);

	switch (s->cut) {
	case CUT_TIME:
		return (struct result){ .ending = ENDED_TIME };
	case CUT_RUN:
		return (struct result){ .ending = ENDED_RUN };
	case CUT_TERMINAL:
		return (struct result){ .ending = ENDED_TERMINAL, .code = s->stop_signal };
	case CUT_WITH_US:
		return (struct result){ .ending = ENDED_WITH_US };
	case CUT_NONE:
		break;
	}
	if (error != 0)
		return (struct result){ .ending = ENDED_NO_EXEC, .code = error };
	if (WIFSIGNALED(s->status))
		return (struct result){
			.ending = slot_overran(s, e->plan->caps.cpu_time) ?
			    ENDED_CPU : ENDED_SIGNAL,
			.code = WTERMSIG(s->status),
		};
	if (WEXITSTATUS(s->status) != 0)
		return (struct result){ .ending = ENDED_STATUS,
		    .code = WEXITSTATUS(s->status) };
	return (struct result){ .ending = ENDED_WELL };
}

/* What is to be said of a job that failed. */
static void
engine_report(struct engine *e, struct slot *s, const struct result *r, bool stops)
{
	struct buf line = {0}, detail = {0};
	const char *command = r->ending != ENDED_FLAW ?
	    words_at(&s->command, 0, NULL) : NULL;

	if (r->ending == ENDED_NO_EXEC && r->code == E2BIG)
		argvec_explain(&s->command, spawn_environment(e->spawner), &detail);
	if (e->plan->report == REPORT_JOBS || (e->plan->report == REPORT_OURS &&
	    r->ending != ENDED_STATUS && r->ending != ENDED_SIGNAL))
		report_job(&line, &s->batch, r, command, &detail, e->plan);
	else if (e->plan->report == REPORT_STOPS && stops)
		report_stop(&line, &s->batch, r, command, &detail, e->plan);
	if (line.length > 0)
		sink_add(e->sink, s->turn, 2, line.data, line.length);
	buf_release(&line);
	buf_release(&detail);
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
	if (r->ending != ENDED_WELL && r->ending != ENDED_WITH_US)
		engine_report(e, s, r, stopped);
	if (stopped && s->state == SLOT_RUNNING && r->ending != ENDED_NO_EXEC)
		e->verdict.last = engine_was_last(e, s);
	if (e->verdict.stopped)
		e->input_ended = true;
	sink_leave(e->sink, s->turn);
	s->turn = NULL;
	if (s->state == SLOT_READY)
		e->ready--;
	if (e->asking == s) {
		/* Nobody needs to answer any more. */
		e->asking = NULL;
		sink_cry(e->sink, "\n", 1);
	}
	s->state = SLOT_IDLE;
}

void
engine_end(struct engine *e, enum cut why, int sig, bool keep)
{
	int64_t kill_at = clock_now() + e->plan->kill_after;
	struct slot *s;
	size_t i;

	e->ending = true;
	sink_cut(e->sink, keep);
	for (i = 0; i < e->slot_count; i++) {
		s = &e->slots[i];
		if (s->state == SLOT_RUNNING && (s->cut == CUT_NONE || why == CUT_WITH_US))
			slot_cut(s, why, sig, kill_at);
		if (s->state == SLOT_RUNNING)
			slot_hurry(s);
		if (s->state == SLOT_READY)
			engine_settle(e, s, &engine_never_ran);
	}
	leftovers_signal(e->leftovers, sig);
	leftovers_signal(e->leftovers, SIGCONT);
	leftovers_end(e->leftovers, sig, 0, kill_at);
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
engine_finish(struct engine *e, struct slot *s)
{
	struct result r = engine_result(e, s);
	bool logged = e->history == NULL || history_add(e->history, s, &r) == 0;
	char thing[FILENAME_MAX];
	int error = errno;

	engine_settle(e, s, &r);
	e->running--;
	e->starved = false;
	if (logged)
		return;
	(void)snprintf(thing, sizeof thing, "--joblog %s", e->plan->joblog);
	errno = error;
	engine_fail(e, thing);
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
		engine_say(e, "halt: %zu job%s %s", halt->count, halt->count == 1 ? "" : "s",
		    halt->why == HALT_SUCCESS ? "succeeded" : "done");
}
