/*
 * books: what is said and counted of a job that is over.
 */
#include <errno.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/words.h"
#include "command/argvec.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/sink.h"
#include "plan.h"
#include "run/report.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/history.h"
#include "run/summary.h"
#include "run/tell.h"
#include "run/state.h"

const struct result engine_never_ran = { .ending = ENDED_WITH_US };

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
