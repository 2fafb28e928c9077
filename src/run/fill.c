/*
 * fill: a batch of records becomes a job, which gets a number, its turn, and a slot,
 * and is started when it may.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "builtin/print.h"
#include "command/template.h"
#include "input/source.h"
#include "input/assemble.h"
#include "input/records.h"
#include "output/sink.h"
#include "plan.h"
#include "run/clock.h"
#include "run/gate.h"
#include "run/leftover.h"
#include "run/report.h"
#include "run/spawn.h"
#include "run/slot.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/history.h"
#include "run/state.h"

#define RETRY_EVERY	(20 * CLOCK_MS)		/* a start that was refused */
#define RETRY_FOR	CLOCK_S
#define FILL_FOR	(10 * CLOCK_MS)		/* before others get their turn */

/* The job is not run but shown. */
static void
engine_show(struct engine *e, struct slot *s, int stream)
{
	struct buf line = {0};

	print_command(&s->command, template_is_line(e->template), &line);
	sink_show(e->sink, s->turn, stream, line.data, line.length);
	buf_release(&line);
}

/* What the job says is to be tagged with. */
static void
engine_tag(struct engine *e, struct slot *s, const struct attempt *attempt)
{
	struct words words = {0};
	const char *text;
	size_t length;

	if (e->tag == NULL)
		return;
	template_expand(e->tag, attempt, &words);
	text = words_at(&words, 0, &length);
	sink_tag(s->turn, text, length);
	words_release(&words);
}

/* A batch has become a job: it gets its number and its turn. */
static void
engine_enter(struct engine *e, struct slot *s)
{
	static const struct words nothing;
	struct result r = {0};
	struct attempt attempt;

	s->state = SLOT_READY;
	e->ready++;
	s->sequence = e->sequence;
	s->turn = sink_enter(e->sink);
	if (s->batch.flaw != FLAW_NONE) {
		r.ending = ENDED_FLAW;
		engine_settle(e, s, &r);
		return;
	}
	/* What it reads it does not get as arguments too. */
	attempt = (struct attempt){
		.fields = e->plan->job_stdin == STDIN_RECORDS ? &nothing : &s->batch.fields,
		.names = records_names(e->records),
		.sequence = s->sequence, .slot = s->index + 1,
	};
	template_expand(e->template, &attempt, &s->command);
	engine_tag(e, s, &attempt);
	if (e->plan->job_stdin == STDIN_RECORDS)
		slot_feeds(s, e->plan->framing == FRAMING_BLOCK ? -1 :
		    (unsigned char)e->plan->delimiter);
	if (e->plan->dry_run) {
		r.ending = ENDED_WELL;
		engine_show(e, s, 1);
		engine_settle(e, s, &r);
	} else if (e->plan->ask) {
		engine_ask(e, s);
	} else if (e->plan->trace != TRACE_NOWHERE) {
		engine_show(e, s, e->plan->trace == TRACE_STDOUT ? 1 : 2);
		if (e->plan->order == ORDER_NONE)
			sink_flush(e->sink);
	}
}

/* Will there be more of what it lacks when another job ends? */
static bool
is_shortage(int error)
{
	return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
}

/* Shall a start be tried again?  When a job ends; if none runs, soon, for a while. */
static bool
engine_starve(struct engine *e)
{
	int64_t now = clock_now();

	if (e->running == 0) {
		if (e->retry_until == 0)
			e->retry_until = now + RETRY_FOR;
		if (e->retry_until <= now)
			return false;
		e->retry_at = now + RETRY_EVERY;
	}
	e->starved = true;
	return true;
}

/* May one start now?  If not, its slot keeps it. */
static bool
engine_admits(struct engine *e)
{
	if (e->starved || !gate_has_slot(e->gate, e->running))
		return false;
	e->gate_at = gate_ask(e->gate, clock_now());
	return e->gate_at == 0;
}

static void
engine_start(struct engine *e, struct slot *s)
{
	bool terminal = e->plan->job_stdin == STDIN_TERMINAL;
	int64_t now, limit = e->plan->job_limit;

	if (s == e->asking || !engine_admits(e))
		return;
	if (terminal && terminal_open(&e->terminal) == -1) {
		engine_fail(e, "/dev/tty");
		return;
	}
	s->child.front = terminal && terminal_free(&e->terminal);
	e->argv = words_argv(&s->command, e->argv, &e->argv_room);
	if (spawn(e->spawner, s->index, s->sequence, e->argv, &s->child) == 0) {
		leftovers_reused(e->leftovers, s->child.pid);
		if (s->child.front)
			terminal_lend(&e->terminal, s->child.pid);
		e->running++;
		e->ready--;
		e->retry_until = 0;
		now = clock_now();
		gate_started(e->gate, now);
		slot_began(s, now, limit != 0 ? now + limit : 0);
		return;
	}
	if (is_shortage(errno) && engine_starve(e))
		return;
	engine_fail(e, "cannot start a process");
}

bool
engine_open(const struct engine *e)
{
	if (e->asking != NULL || (e->plan->ask && e->terminal.lent != 0))
		return false;
	return !e->ending && !e->starved && e->gate_at == 0 &&
	    gate_has_slot(e->gate, e->running + e->ready) && !sink_full(e->sink) &&
	    !(e->plan->dry_run && sink_owes(e->sink));
}

/* That source failed. */
static void
engine_blame(struct engine *e, const struct source *source)
{
	struct buf problem = {0};

	source_problem(source, &problem);
	engine_say(e, "%s", buf_string(&problem));
	buf_release(&problem);
}

/* Is the job not to be run, for what is known of it? */
static bool
engine_remembers(struct engine *e, struct slot *s)
{
	switch (history_past(e->history, e->sequence, &s->batch, &s->digest)) {
	case PAST_NONE:
		return false;
	case PAST_DONE:
		return true;
	case PAST_OTHER:
		engine_say(e, "--joblog %s: %s %ju is not the one that was logged",
		    e->plan->joblog, report_noun(e->plan), (uintmax_t)s->batch.first);
		e->input_ended = true;
		e->verdict.internal = true;
		return true;
	}
	return false;
}

/* A job for that slot, if there is one. */
static bool
engine_pull(struct engine *e, struct slot *s)
{
	if (e->input_ended)
		return false;
	e->input_waits = false;
	switch (assemble_next(e->assemble, &s->batch)) {
	case PULL_OK:
		e->sequence++;
		if (!engine_remembers(e, s))
			engine_enter(e, s);
		return true;
	case PULL_WAIT:
		e->input_waits = true;
		return false;
	case PULL_FAILED:
		engine_blame(e, records_source(e->records));
		e->input_ended = true;
		e->verdict.internal = true;
		return false;
	case PULL_END:
		e->input_ended = e->input_read = true;
		return false;
	}
	return false;
}

/* One more than were used so far. */
static void
engine_add_slot(struct engine *e)
{
	if (e->slot_count == e->slot_room) {
		e->slots = mem_resize(e->slots, ++e->slot_room, sizeof *e->slots);
		e->fds = mem_resize(e->fds, 3 * e->slot_room + GUESTS, sizeof *e->fds);
	}
	slot_init(&e->slots[e->slot_count], e->slot_count);
	e->slot_count++;
}

void
engine_fill(struct engine *e)
{
	int64_t until = clock_now() + FILL_FOR;
	struct slot *s;
	size_t i;

	/* First who is waiting: its turn may be the one the others wait for. */
	for (i = 0; i < e->slot_count && e->ready > 0; i++)
		if (e->slots[i].state == SLOT_READY && e->verdict.stopped)
			engine_settle(e, &e->slots[i], &engine_never_ran);
		else if (e->slots[i].state == SLOT_READY)
			engine_start(e, &e->slots[i]);
	for (i = 0; engine_open(e); i++) {
		if (i == e->slot_count)
			engine_add_slot(e);
		s = &e->slots[i];
		/* A job that needs no process leaves the slot to the next. */
		while (s->state == SLOT_IDLE && engine_open(e))
			if (clock_now() > until || !engine_pull(e, s))
				return;
		if (s->state == SLOT_READY)
			engine_start(e, s);
	}
}
