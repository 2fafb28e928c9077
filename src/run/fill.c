/*
 * fill: a batch of records becomes a job, which gets a number, its turn, and a slot,
 * and is started when it may.
 */
#include <errno.h>
#include <poll.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
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
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/worker.h"
#include "run/slot.h"
#include "run/history.h"
#include "run/state.h"

#define RETRY_EVERY	(20 * CLOCK_MS)		/* a start that was refused */
#define RETRY_FOR	CLOCK_S
#define FILL_FOR	(10 * CLOCK_MS)		/* before others get their turn */
#define PASS_FOR	(100 * CLOCK_MS)	/* after the run's limit */

/* The job is not run but shown. */
static void
engine_show(struct engine *e, struct slot *s, int stream)
{
	struct buf line = {0};

	engine_command_line(e, s, &line);
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

/* Shown before it runs. */
static void
engine_trace(struct engine *e, struct slot *s)
{
	engine_show(e, s, e->plan->trace == TRACE_STDOUT ? 1 : 2);
	if (e->plan->order == ORDER_NONE)
		sink_flush(e->sink);
}

/* May the next attempt have said something that is not to be said in the end? */
static bool
engine_holds(const struct engine *e, const struct slot *s)
{
	return e->plan->fallback != NULL || s->tries + 1 < e->plan->retry.tries;
}

/* What the template is expanded for.  What a job reads it does not get as arguments too. */
static struct attempt
engine_attempt(const struct engine *e, const struct slot *s)
{
	static const struct words nothing;

	return (struct attempt){
		.fields = e->plan->job_stdin == STDIN_RECORDS ? &nothing : &s->batch.fields,
		.names = records_names(e->records),
		.sequence = s->sequence, .slot = s->index + 1,
	};
}

/*
 * Its result of an earlier run is what the job says, if there is one.  If that cannot be
 * told, the job, which may be done, is not run again.
 */
static bool
engine_recalls(struct engine *e, struct slot *s)
{
	int fds[2], found = history_recall(e->history, s, fds);

	if (found == -1)
		engine_fail(e, history_thing(e->history));
	if (found != 1)
		return found == -1;
	/* It is not tried again. */
	sink_hold(e->sink, s->turn, e->plan->fallback != NULL &&
	    s->past.ending != ENDED_WELL);
	slot_recall(s, fds);
	e->ready--;
	e->running++;
	e->recalling++;
	return true;
}

/* A batch has become a job: it gets its turn. */
static void
engine_enter(struct engine *e, struct slot *s, const struct attempt *attempt, bool kept)
{
	struct result r = {0};

	s->state = SLOT_READY;
	e->ready++;
	s->tries = 0;
	s->due_at = 0;
	s->turn = sink_enter(e->sink);
	sink_hold(e->sink, s->turn, engine_holds(e, s));
	if (s->batch.flaw != FLAW_NONE) {
		r.ending = ENDED_FLAW;
		engine_settle(e, s, &r);
		return;
	}
	/* Several are for a worker, which does that. */
	if (e->ending) {
		engine_settle(e, s, &engine_never_ran);
		return;
	}
	if (s->jobs == 1)
		template_expand(e->template, attempt, &s->command);
	engine_tag(e, s, attempt);
	if (kept && engine_recalls(e, s))
		return;
	if (e->plan->dry_run) {
		r.ending = ENDED_WELL;
		engine_show(e, s, 1);
		engine_settle(e, s, &r);
	} else if (e->plan->ask) {
		engine_ask(e, s);
	} else if (e->plan->trace != TRACE_NOWHERE) {
		engine_trace(e, s);
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
	if (e->starved || e->tokenless || !gate_has_slot(e->gate, e->running))
		return false;
	e->gate_at = gate_ask(e->gate, clock_now());
	if (e->gate_at != 0)
		return false;
	e->tokenless = !gate_take(e->gate, e->running - e->recalling);
	return !e->tokenless;
}

/* The attempt that follows one that failed. */
static void
engine_begins_again(struct engine *e, struct slot *s)
{
	sink_hold(e->sink, s->turn, engine_holds(e, s));
	if (e->plan->trace != TRACE_NOWHERE)
		engine_trace(e, s);
}

/* The job begins: 0, or -1 and errno. */
static int
engine_launch(struct engine *e, struct slot *s)
{
	if (s->worker != NULL)
		return engine_give(e, s);
	e->argv = words_argv(&s->command, e->argv, &e->argv_room);
	if (spawn(e->spawner, s->index, s->sequence, e->argv, &s->child) == -1)
		return -1;
	leftovers_reused(e->leftovers, s->child.pid);
	return 0;
}

/*
 * No worker can be had for that slot, but another may have one that is idle: the job is
 * for that one, or for nobody, as it does not end by itself.
 */
static struct slot *
engine_hand_over(struct engine *e, struct slot *s)
{
	struct attempt attempt;
	struct slot *to;

	for (to = e->slots; to < e->slots + e->slot_count; to++)
		if (s->worker != NULL && to->state == SLOT_IDLE && slot_alive(to) &&
		    !engine_doomed(to))
			break;
	if (to == e->slots + e->slot_count)
		return NULL;
	slot_move(s, to);
	attempt = engine_attempt(e, to);
	if (to->jobs == 1)
		template_expand(e->template, &attempt, &to->command);
	engine_tag(e, to, &attempt);
	return to;
}

/* It may: does it?  If not, that was told, or it will be tried again. */
static bool
engine_begin(struct engine *e, struct slot *s)
{
	bool terminal = e->plan->job_stdin == STDIN_TERMINAL;
	int64_t began, limit = e->plan->job_limit;
	struct slot *other;
	int error;

	if (e->plan->job_stdin == STDIN_RECORDS)
		slot_feeds(s, e->plan->framing == FRAMING_BLOCK ? -1 :
		    (unsigned char)e->plan->delimiter);
	if (terminal && terminal_open(&e->terminal) == -1) {
		engine_fail(e, "/dev/tty");
		return false;
	}
	s->child.front = terminal && terminal_free(&e->terminal);
	if (history_keep(e->history, s) == -1) {
		if (!is_shortage(errno) || !engine_starve(e))
			engine_fail(e, history_thing(e->history));
		return false;
	}
	began = clock_now();
	if (engine_launch(e, s) == 0) {
		if (s->child.front)
			terminal_lend(&e->terminal, s->child.pid);
		e->running++;
		e->ready--;
		e->retry_until = 0;
		if (s->tries > 0)
			engine_begins_again(e, s);
		sink_keep(s->turn, s->kept, e->plan->results_only);
		gate_started(e->gate, began);
		slot_began(s, began, limit != 0 ? began + limit : 0);
		return true;
	}
	error = errno;
	if (is_shortage(error) && (other = engine_hand_over(e, s)) != NULL)
		return engine_begin(e, other);
	if (!is_shortage(error) || !engine_starve(e)) {
		errno = error;
		engine_fail(e, "cannot start a process");
	}
	return false;
}

static void
engine_start(struct engine *e, struct slot *s)
{
	if (s == e->asking || s->due_at != 0 || engine_doomed(s) || !engine_admits(e))
		return;
	if (!engine_begin(e, s))
		engine_return(e);
}

bool
engine_open(const struct engine *e)
{
	if (e->asking != NULL || (e->plan->ask && e->terminal.lent != 0))
		return false;
	return !e->ending && !e->starved && !e->tokenless && e->gate_at == 0 &&
	    gate_has_slot(e->gate, e->running + e->ready) && !sink_full(e->sink) &&
	    !history_full(e->history) &&
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

/* There is a batch: what is known of it? */
static void
engine_meet(struct engine *e, struct slot *s)
{
	struct attempt attempt;
	enum past past;

	s->sequence = e->sequence + 1;
	s->on = s->spared = 0;
	s->singly = false;
	s->jobs = s->worker != NULL && worker_jobs(s->worker) > 1 ? s->batch.count : 1;
	e->sequence += s->jobs;
	attempt = engine_attempt(e, s);
	past = history_past(e->history, s, &attempt);
	attempt.sequence = s->sequence;
	switch (past) {
	case PAST_NONE:
	case PAST_KEPT:
		engine_enter(e, s, &attempt, past == PAST_KEPT);
		break;
	case PAST_DONE:
		break;
	case PAST_OTHER:
		engine_say(e, "--joblog %s: %s %ju is not the one that was logged",
		    e->plan->joblog, report_noun(e->plan), (uintmax_t)s->batch.first);
		e->input_ended = true;
		e->verdict.internal = true;
		break;
	}
}

/* A batch of one job, or of as many as the slot's worker takes. */
static enum pull
engine_assemble(struct engine *e, struct slot *s)
{
	size_t jobs = s->worker != NULL ? worker_jobs(s->worker) : 1;

	if (jobs == 1)
		return assemble_next(e->assemble, &s->batch);
	return assemble_some(e->assemble, &s->batch, jobs, worker_bytes(s->worker));
}

/* A job for that slot, if there is one. */
static bool
engine_pull(struct engine *e, struct slot *s)
{
	if (e->input_ended)
		return false;
	e->input_waits = false;
	switch (engine_assemble(e, s)) {
	case PULL_OK:
		engine_meet(e, s);
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

bool
engine_passes_over(struct engine *e)
{
	int64_t now = clock_now(), until = now + FILL_FOR;
	struct slot *s = e->slots;

	if (!e->verdict.run_timed_out || e->plan->format == FORMAT_BYTES || e->signal != 0 ||
	    e->leaving || e->slot_count == 0)
		return false;
	if (e->pass_until == 0)
		e->pass_until = now + PASS_FOR;
	for (; now < until && now < e->pass_until && !sink_full(e->sink); now = clock_now())
		if (s->state != SLOT_IDLE || !engine_pull(e, s))
			return false;
	return now < e->pass_until;
}

/* One more than were used so far. */
static void
engine_add_slot(struct engine *e)
{
	if (e->slot_count == e->slot_room) {
		e->slots = mem_resize(e->slots, ++e->slot_room, sizeof *e->slots);
		e->fds = mem_resize(e->fds, POLLED * e->slot_room + GUESTS, sizeof *e->fds);
	}
	slot_init(&e->slots[e->slot_count], e->slot_count, e->leftovers,
	    e->plan->work != WORK_PROCESS ? worker_new(e->plan) : NULL);
	e->slot_count++;
}

/* A slot that has nothing to do, or NULL; the slots stay where they are. */
static struct slot *
engine_idle(struct engine *e)
{
	size_t i;

	if (e->ending || e->verdict.stopped || e->starved || e->tokenless ||
	    !gate_has_slot(e->gate, e->running + e->ready))
		return NULL;
	for (i = 0; i < e->slot_count; i++)
		if (e->slots[i].state == SLOT_IDLE && !engine_doomed(&e->slots[i]))
			return &e->slots[i];
	if (e->slot_count == e->slot_room)
		return NULL;
	engine_add_slot(e);
	return &e->slots[i];
}

/*
 * While a worker is at a job that takes long, the rest of its batch need not wait, if
 * nobody has anything better to do: it becomes a batch of its own, which may be shared
 * again.
 */
bool
engine_relieve(struct engine *e, struct slot *s)
{
	struct slot *to;
	struct batch rest;
	size_t n;

	if (s->jobs - s->on < 2 || !(e->input_ended || e->input_waits))
		return false;
	to = engine_idle(e);
	n = to != NULL ? worker_recall(s->worker, 1) : 0;
	if (n == 0)
		return false;
	s->jobs -= n;
	rest = batch_part(&s->batch, s->jobs, n);
	batch_copy(&to->batch, &rest);
	s->batch = batch_part(&s->batch, 0, s->jobs);
	to->sequence = s->sequence + s->jobs;
	to->jobs = n;
	to->on = to->spared = to->tries = 0;
	to->singly = s->singly;
	to->due_at = 0;
	to->turn = sink_enter_after(e->sink, s->turn);
	to->state = SLOT_READY;
	e->ready++;
	return true;
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
			engine_withdraw(e, &e->slots[i]);
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
