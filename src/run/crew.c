/*
 * crew: the workers of the slots.  One is hired when a job of its slot is to begin and
 * there is none, given jobs, heard, and dismissed when there are no more.  One that dies
 * fails the job it was on; those it had not begun are given to its successor.
 */
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "input/records.h"
#include "output/sink.h"
#include "command/template.h"
#include "plan.h"
#include "run/agent.h"
#include "run/clock.h"
#include "run/desk.h"
#include "run/leftover.h"
#include "run/report.h"
#include "run/shell.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/worker.h"
#include "run/slot.h"
#include "run/state.h"

#define PEEK_FIRST	(5 * CLOCK_MS)	/* after jobs began, or anything came */
#define PEEK_LAST	(100 * CLOCK_MS)
#define PARTING	(100 * CLOCK_MS)	/* for one that cannot answer any more, to exit */
#define SPARED_MOST	3		/* workers for one job, that died before it began */

static void
engine_run_agent(void *agent, int in, int out)
{
	struct agent *a = agent;

	a->in = in;
	a->out = out;
	agent_run(a);
}

/* It is asked in lines: it runs the command, which has nothing to do with records. */
static int
engine_hire_command(struct engine *e, struct slot *s)
{
	static const struct words nothing;
	const struct attempt attempt = {
		.fields = &nothing, .names = records_names(e->records), .slot = s->index + 1,
	};

	template_expand(e->template, &attempt, &s->command);
	e->argv = words_argv(&s->command, e->argv, &e->argv_room);
	return spawn(e->spawner, s->index, 0, e->argv, &s->child);
}

/* It is a fork of ours. */
static int
engine_hire_agent(struct engine *e, struct slot *s)
{
	struct agent agent = {
		.template = e->template, .names = records_names(e->records),
		.function = e->plan->function, .stdio = e->plan->plugin,
		.slot = s->index + 1, .desk = worker_desk(s->worker),
	};

	desk_clear(agent.desk, e->plan->job_limit != 0);
	return spawn_function(e->spawner, s->index, engine_run_agent, &agent, &s->child);
}

/* It is a bash that has read a file. */
static int
engine_hire_shell(struct engine *e, struct slot *s)
{
	int first = spawner_spare(e->spawner, SHELL_FDS), result;
	struct words words = {0};

	shell_words(e->plan, first, &words);
	e->argv = words_argv(&words, e->argv, &e->argv_room);
	result = spawn_worker(e->spawner, s->index, e->argv, first, &s->child);
	words_release(&words);
	return result;
}

static int
engine_hire_any(struct engine *e, struct slot *s)
{
	switch (e->plan->work) {
	case WORK_SHELL:
		return engine_hire_shell(e, s);
	case WORK_LINES:
		return engine_hire_command(e, s);
	case WORK_PROCESS:
	case WORK_FUNCTION:
		break;
	}
	return engine_hire_agent(e, s);
}

/* A new worker for that slot: 0, or -1 and errno. */
static int
engine_hire(struct engine *e, struct slot *s)
{
	if (engine_hire_any(e, s) == -1)
		return -1;
	worker_reset(s->worker);
	leftovers_reused(e->leftovers, s->child.pid);
	return 0;
}

int
engine_give(struct engine *e, struct slot *s)
{
	size_t jobs = s->singly ? 1 : s->jobs - s->on;
	struct batch rest = batch_part(&s->batch, s->on, s->jobs > 1 ? jobs : s->batch.count);

	if (slot_mourns(s))
		engine_bury(e, s);
	if (!slot_alive(s) && engine_hire(e, s) == -1)
		return -1;
	s->feed = worker_ask(s->worker, s->sequence + s->on, &rest, jobs,
	    &s->command, &s->feed_left);
	s->peek_after = PEEK_FIRST;
	s->given_at = s->peeked_at = clock_now();
	s->hear_at = worker_hear_at(s->worker, s->given_at);
	return 0;
}

bool
engine_doomed(const struct slot *s)
{
	return s->worker != NULL && slot_alive(s) && (s->killed || s->kill_at != 0 ||
	    s->child.input == -1 || slot_silent(s));
}

/* The jobs of a batch are on their way: the first of them has that status, or is too late. */
static void
engine_pass(struct engine *e, struct slot *s, int status)
{
	bool late = s->cut == CUT_TIME;
	const struct result r = {
		.ending = late ? ENDED_TIME : ENDED_STATUS, .tries = 1,
		.code = late ? 0 : WEXITSTATUS(status), .limit = late ? e->plan->job_limit : 0,
	};

	if (status == 0 && !late)
		verdict_add_well(&e->verdict, 1);
	else
		engine_count_failure(e, s, &r);
	s->on++;
}

/* It was to end, and what kept it is over; who is left of its group has time till then. */
static void
engine_let_go(struct slot *s)
{
	if (worker_desk(s->worker) != NULL)
		slot_supply_end(s);
}

/* Jobs have ended, all but the last one well. */
static void
engine_ended(struct engine *e, struct slot *s, const struct heard *h)
{
	bool last = s->on + h->jobs == s->jobs;
	int64_t now;

	verdict_add_well(&e->verdict, h->jobs - 1);
	s->on += h->jobs - 1;
	/* Others died before they began one that has ended now. */
	s->spared = 0;
	if (!last) {
		engine_pass(e, s, h->status);
		sink_complete(e->sink, s->turn);
		now = clock_now();
		if (s->limit_at != 0)
			s->limit_at = now + e->plan->job_limit;
		s->hear_at = worker_hear_at(s->worker, now);
		if (s->cut != CUT_NONE)
			engine_let_go(s);
		else if (s->singly && slot_alive(s))
			(void)engine_give(e, s);
		return;
	}
	s->answered = true;
	s->status = h->status;
	s->ended_at = clock_now();
	s->cpu_time = 0;
	/* It may not have read all of its record, and perhaps never will. */
	if (s->feed_left == 0)
		s->limit_at = 0;
	if (slot_drain_answered(s, e->sink) == -1)
		s->pipe_error = errno;
	/* It cannot be asked any more; a command may have something to do before it exits. */
	if (s->child.input == -1 && !worker_passes(s->worker))
		slot_kill(s);
	if (s->cut != CUT_NONE)
		engine_let_go(s);
}

static void
engine_listen(struct engine *e, struct slot *s)
{
	struct heard h;

	if (s->cut != CUT_NONE)
		worker_cut(s->worker);
	for (;;) {
		worker_hear(s->worker, &h);
		switch (h.what) {
		case HEARD_NOTHING:
			return;
		case HEARD_SAID:
			if (h.stream == 1)
				s->received += h.length;
			sink_say(e->sink, s->turn, h.stream, h.bytes, h.length);
			break;
		case HEARD_DONE:
			engine_ended(e, s, &h);
			break;
		case HEARD_BAD:
			s->babbled = true;
			slot_kill(s);
			return;
		}
	}
}

/* What comes of no job, from who goes on after it, is said all the same. */
static void
engine_overhear(struct engine *e, struct slot *s)
{
	struct heard h;

	for (worker_hear(s->worker, &h); h.what == HEARD_SAID; worker_hear(s->worker, &h))
		sink_say(e->sink, s->turn, h.stream, h.bytes, h.length);
	if (h.what != HEARD_NOTHING)
		slot_kill(s);
}

void
engine_hear(struct engine *e, struct slot *s)
{
	if (s->state == SLOT_RUNNING)
		engine_listen(e, s);
	else if (worker_desk(s->worker) != NULL)
		engine_overhear(e, s);
	else if (worker_overheard(s->worker))
		slot_kill(s);
}

void
engine_hear_first(struct engine *e, struct slot *s)
{
	int came;

	if (s->worker == NULL || worker_desk(s->worker) == NULL || !slot_bypassed(s, e->fds) ||
	    s->child.fds[PIPE_FRAMES] == -1)
		return;
	came = worker_peek(s->worker, s->child.fds[PIPE_FRAMES]);
	if (came > 0)
		engine_hear(e, s);
	if (came == -1 || s->answered)
		slot_put_off(s);
}

void
engine_mourn(struct engine *e, struct slot *s)
{
	worker_bury(s->worker);
	engine_listen(e, s);
}

struct result
engine_babble(const struct slot *s)
{
	uint64_t last;
	size_t excess = worker_excess(s->worker, &last);

	return (struct result){ .ending = ENDED_BABBLE,
	    .code = excess < INT_MAX ? (int)excess : INT_MAX };
}

/* The worker answered too much; it turned out when the record counted as well. */
static void
engine_regret(struct engine *e, struct slot *s, size_t excess, uint64_t last)
{
	const struct result r = engine_babble(s);
	const struct batch about = batch_part(&s->batch, s->on, 1);
	struct buf line = {0};

	verdict_regret(&e->verdict, &r, &e->plan->exits, &e->plan->halt);
	if (e->plan->report == REPORT_NOTHING)
		return;
	if (s->state == SLOT_IDLE && about.first == last) {
		report_job(&line, &about, &r, NULL, NULL, e->plan);
		sink_notice(e->sink, line.data, line.length);
	} else
		engine_say(e, "record %ju: its worker said %zu bytes more than an answer",
		    (uintmax_t)last, excess);
	buf_release(&line);
}

void
engine_bury(struct engine *e, struct slot *s)
{
	uint64_t last;
	size_t excess;

	slot_bury(s, e->sink);
	(void)worker_overheard(s->worker);
	excess = worker_excess(s->worker, &last);
	if (excess > 0)
		engine_regret(e, s, excess, last);
}

/* Has it closed its stdin before it read any of what it has not answered? */
static bool
engine_unasked(const struct slot *s)
{
	return s->child.input == -1 && worker_missed(s->worker, s->unread);
}

bool
engine_blameless(const struct slot *s)
{
	return s->worker != NULL && s->reaped && !s->answered && !s->recalled &&
	    !s->babbled && (worker_idle(s->worker) ||
	    (engine_unasked(s) && worker_spoke(s->worker) && s->cut == CUT_NONE));
}

bool
engine_goes_on(struct engine *e, struct slot *s, const struct result *r)
{
	if (s->worker == NULL || e->ending)
		return false;
	/* It wrote where its worker speaks to us, but which of them did that? */
	if (s->babbled && worker_desk(s->worker) != NULL && s->on + 1 < s->jobs && !s->singly) {
		s->singly = true;
	/* It died at none of them; but nobody is to die for ever. */
	} else if (engine_blameless(s) && s->spared < SPARED_MOST) {
		s->spared++;
	} else if (s->on + 1 < s->jobs) {
		engine_count_failure(e, s, r);
		s->on++;
		s->spared = 0;
	} else
		return false;
	s->state = SLOT_READY;
	s->tries = 0;
	s->due_at = 0;
	e->ready++;
	return true;
}

/*
 * Nobody wants more of what it says, so it may have answered, or wait for us: its time
 * begins anew when that is over.
 */
static void
engine_bear_with(struct engine *e, struct slot *s, int64_t now)
{
	bool held_up = s->limit_at != 0 && !sink_wants(e->sink, s->turn) && slot_unread(s);

	if (held_up || (s->held_up && s->limit_at != 0))
		s->limit_at = now + e->plan->job_limit;
	s->held_up = held_up;
}

/* What it has done so far, though it did not write it: when to look again, or 0. */
static int64_t
engine_peek(struct engine *e, struct slot *s, int64_t now)
{
	if (s->peeked_at + s->peek_after > now)
		return s->peeked_at + s->peek_after;
	s->peeked_at = now;
	if (s->child.fds[PIPE_FRAMES] == -1 || !sink_wants(e->sink, s->turn))
		return now + s->peek_after;
	if (worker_peek(s->worker, s->child.fds[PIPE_FRAMES]) > 0) {
		s->peek_after = PEEK_FIRST;
		engine_hear(e, s);
	} else if (s->peek_after < PEEK_LAST)
		s->peek_after *= 2;
	return now + s->peek_after;
}

/* Can it not be asked any more?  One that has read all may still answer. */
static bool
engine_is_deaf(const struct slot *s)
{
	return s->child.input == -1 && (s->state != SLOT_RUNNING || s->feed_left > 0 ||
	    !worker_passes(s->worker) || engine_unasked(s));
}

/* Can the worker not be asked any more, or not answer, though it was not dismissed? */
static bool
engine_is_useless(const struct slot *s)
{
	return s->worker != NULL && slot_alive(s) && !s->killed && s->kill_at == 0 &&
	    (s->state == SLOT_RUNNING || s->limit_at == 0) &&
	    (engine_is_deaf(s) || slot_silent(s));
}

/* How long to wait for its end: who was asked something and can answer may still do so. */
static int64_t
engine_patience(const struct engine *e, const struct slot *s)
{
	return slot_silent(s) || s->state != SLOT_RUNNING || engine_unasked(s) ? PARTING :
	    e->plan->kill_after;
}

bool
engine_lags(const struct slot *s, int64_t now)
{
	return s->worker != NULL && worker_desk(s->worker) != NULL &&
	    s->state == SLOT_RUNNING && slot_alive(s) && !s->answered && s->cut == CUT_NONE &&
	    now - s->given_at >= PEEK_FIRST;
}

int64_t
engine_look_after(struct engine *e, struct slot *s, int64_t now)
{
	int64_t began;

	if (engine_is_useless(s)) {
		if (worker_passes(s->worker) && (slot_silent(s) || engine_unasked(s)))
			s->closed = slot_silent(s) ? STDOUT_FILENO : STDIN_FILENO;
		s->kill_at = now + engine_patience(e, s);
	}
	if (s->hear_at <= now)
		s->hear_at = 0;
	if (s->worker == NULL || s->state != SLOT_RUNNING || !slot_alive(s) || s->answered ||
	    s->cut != CUT_NONE)
		return s->hear_at;
	if (worker_desk(s->worker) == NULL) {
		engine_bear_with(e, s, now);
		return s->hear_at;
	}
	/* The one it is on may not be the one it was on when we heard of it last. */
	began = desk_began(worker_desk(s->worker));
	if (s->limit_at != 0 && began > 0 && began <= now && began + e->plan->job_limit > s->limit_at)
		s->limit_at = began + e->plan->job_limit;
	return engine_peek(e, s, now);
}

void
engine_stop_at_job(struct engine *e, struct slot *s)
{
	if (s->state != SLOT_RUNNING || s->worker == NULL || !slot_alive(s) || s->answered)
		return;
	/* What it does from here on is this job, and no other. */
	(void)worker_recall(s->worker, 0);
	if (s->child.fds[PIPE_FRAMES] != -1 &&
	    worker_peek(s->worker, s->child.fds[PIPE_FRAMES]) > 0)
		engine_hear(e, s);
}

int64_t
engine_dismiss(struct engine *e, int64_t now)
{
	struct slot *s;
	int64_t next = 0;

	for (s = e->slots; s < e->slots + e->slot_count; s++) {
		if (slot_mourns(s))
			next = clock_sooner(next, s->linger_until);
		if (s->worker == NULL || !slot_alive(s))
			continue;
		if (s->child.input != -1) {
			slot_supply_end(s);
			s->limit_at = now + e->plan->kill_after;
		}
		next = clock_sooner(next, clock_sooner(s->limit_at, s->kill_at));
		if (next == 0)
			next = now + e->plan->kill_after;
	}
	return next;
}
