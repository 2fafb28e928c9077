/*
 * engine: the loop.  It sleeps in the only ppoll(2) until something happens, and
 * then takes one step of each kind; no step ever waits.  All state of a run is in
 * one struct, which the files of the steps share; see state.h.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/tmpdir.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "input/records.h"
#include "output/sink.h"
#include "plan.h"
#include "run/clock.h"
#include "run/engine.h"
#include "run/gate.h"
#include "run/leftover.h"
#include "run/report.h"
#include "run/signals.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/worker.h"
#include "run/slot.h"
#include "run/history.h"
#include "run/summary.h"
#include "run/state.h"

#define GRACE		(100 * CLOCK_MS)	/* for leftovers, as the linger */
#define SET_EVERY	(100 * CLOCK_MS)	/* a look whether the time of day was set */
#define PATIENCE	(10 * CLOCK_S)		/* with a reader, after a limit */

/* For mem.c: the children of a program that ends without a word. */
static struct engine *ending_engine;

static void
engine_kill_all(void)
{
	struct engine *e = ending_engine;
	int error = errno;
	size_t i;

	if (e == NULL)
		return;
	for (i = 0; i < e->slot_count; i++)
		if (slot_alive(&e->slots[i]))
			slot_signal(&e->slots[i], SIGKILL);
	leftovers_signal(e->leftovers, SIGKILL);
	gate_free(e->gate);
	errno = error;
}

/* Is that the process of a job? */
static bool
engine_runs(const void *engine, pid_t pid)
{
	const struct engine *e = engine;
	size_t i;

	for (i = 0; i < e->slot_count; i++)
		if (slot_is(&e->slots[i], pid))
			return true;
	return false;
}

static void
engine_init(struct engine *e, const struct plan *plan, struct records *records,
    const struct templates *templates, struct history *history)
{
	*e = (struct engine){
		.plan = plan, .records = records, .template = templates->command,
		.tag = templates->tag, .history = history,
	};
	e->summary = summary_new(plan);
	/* All files are open by now that were named from the directory we were in. */
	if (plan->directory != NULL && chdir(plan->directory) == -1)
		err(plan->exits.own, "directory %s", plan->directory);
	signals_catch();
	e->assemble = assemble_new(records, e->template, plan);
	e->sink = sink_new(plan);
	e->leftovers = leftovers_new(plan, engine_runs, e);
	/* Jobs learn of a jobserver from their environment. */
	e->gate = gate_new(plan);
	if (e->gate == NULL && plan->serve == SERVE_FIFO)
		err(plan->exits.own, "--jobserver=serve: a FIFO in %s", tmpdir());
	if (e->gate == NULL)
		err(plan->exits.own, "--jobserver=serve");
	if ((e->spawner = spawner_new(plan)) == NULL) {
		gate_free(e->gate);
		err(plan->exits.own, "stdin for jobs");
	}
	e->slot_room = plan->slots;
	e->slots = mem_array(e->slot_room, sizeof *e->slots);
	e->fds = mem_array(POLLED * e->slot_room + GUESTS, sizeof *e->fds);
	e->counts = plan->halt.when != HALT_NEVER && plan->halt.percent;
	if (plan->run_limit != 0)
		e->run_limit_at = clock_now() + plan->run_limit;
	ending_engine = e;
	mem_on_failure(engine_kill_all, plan->exits.own);
}

static void
engine_release(struct engine *e)
{
	size_t i;

	mem_on_failure(NULL, e->plan->exits.own);
	ending_engine = NULL;
	for (i = 0; i < e->slot_count; i++) {
		worker_free(e->slots[i].worker);
		slot_release(&e->slots[i]);
	}
	free(e->slots);
	free(e->fds);
	free(e->argv);
	leftovers_free(e->leftovers);
	summary_free(e->summary);
	gate_free(e->gate);
	terminal_close(&e->terminal);
	sink_free(e->sink);
	spawner_free(e->spawner);
	assemble_free(e->assemble);
}

/*
 * Count: a percentage is of all jobs.  How many there will be is known when all input
 * is read; jobs need not wait for that.
 */
static void
engine_count(struct engine *e)
{
	size_t records, each = e->plan->max_records;
	enum pull pull;

	e->count_waits = false;
	if (!e->counts || e->ending || e->input_ended)
		return;
	pull = records_ahead(e->records, &records);
	e->counts = e->count_waits = pull == PULL_WAIT;
	if (pull == PULL_OK)
		verdict_total(&e->verdict, (records + each - 1) / each, &e->plan->exits,
		    &e->plan->halt);
	if (e->verdict.stopped)
		e->input_ended = true;
}

/*
 * Wait: until something happens or is due.
 */

/* Has room been made, since the last fill, for a job that is there? */
static bool
engine_hungry(const struct engine *e)
{
	return engine_open(e) && !e->input_ended && !e->input_waits;
}

/* What the steps after this one need to know of poll(2)'s answer. */
struct polled {
	struct pollfd	*source;	/* NULL: not asked */
	struct pollfd	*sink;
	int		 sink_count;
};

static void
engine_wait(struct engine *e, struct polled *polled)
{
	struct pollfd *fd, *token = NULL;
	struct timespec rest, *timeout;
	size_t i, count = 0;
	int n, log;

	/* None that is not open: poll(2) takes no more than there may be open. */
	for (i = 0; i < e->slot_count; i++)
		count += slot_poll(&e->slots[i], e->sink, e->fds, count);
	fd = e->fds + count;
	polled->source = NULL;
	if (e->count_waits || (e->input_waits && engine_open(e))) {
		polled->source = fd;
		*fd++ = (struct pollfd){ source_fd(records_source(e->records)), POLLIN, 0 };
	}
	if (e->tokenless && gate_fd(e->gate) != -1) {
		token = fd;
		*fd++ = (struct pollfd){ gate_fd(e->gate), POLLIN, 0 };
	}
	if (e->asking != NULL)
		*fd++ = (struct pollfd){ e->terminal.fd, POLLIN, 0 };
	if (history_owes(e->history, &log))
		*fd++ = (struct pollfd){ log, POLLOUT, 0 };
	polled->sink = fd;
	polled->sink_count = sink_poll(e->sink, fd);
	fd += polled->sink_count;
	timeout = clock_until(sink_busy(e->sink) || engine_hungry(e) ? clock_now() :
	    e->next, &rest);
	n = ppoll(e->fds, (nfds_t)(fd - e->fds), timeout, signals_waiting());
	if (n == -1) {
		if (errno != EINTR && errno != EAGAIN) {
			engine_kill_all();
			err(e->plan->exits.own, "poll");
		}
		for (struct pollfd *p = e->fds; p < fd; p++)
			p->revents = 0;
	}
	signals_collect();
	if (polled->source != NULL && polled->source->revents != 0)
		source_ready(records_source(e->records));
	if (token != NULL && token->revents != 0)
		e->tokenless = false;
	sink_polled(e->sink, polled->sink, polled->sink_count);
}

/*
 * Drain: what jobs wrote, and what they read.
 */

static void
engine_drain(struct engine *e)
{
	struct slot *s;

	for (s = e->slots; s < e->slots + e->slot_count; s++) {
		if (s->state != SLOT_RUNNING &&
		    (s->worker == NULL || !(slot_alive(s) || slot_mourns(s))))
			continue;
		if (slot_supply(s, e->fds) == -1) {
			/* First it is ended, as it may take this for the end of its input. */
			engine_fail_pipe(e, s, "stdin");
			slot_supply_end(s);
		}
		if (!s->recalled)
			engine_hear_first(e, s);
		if (slot_drain(s, e->sink, e->fds) == -1)
			engine_fail_pipe(e, s, "output");
		if (s->worker != NULL && !s->recalled)
			engine_hear(e, s);
	}
}

/*
 * Reap: who has ended.  First all are noted, then acted upon.
 */
static void
engine_waited(struct engine *e, struct slot *s, int status, int64_t cpu_time,
    int64_t now)
{
	pid_t pid = slot_alive(s) ? s->child.pid : s->aside.pid;
	int64_t limit_at = s->limit_at;

	if (WIFSTOPPED(status) && e->plan->job_stdin == STDIN_TERMINAL) {
		engine_stopped(e, s, WSTOPSIG(status));
		return;
	}
	slot_waited(s, status, cpu_time, now);
	if (!s->reaped)
		return;
	if (s->child.pid == pid)
		engine_take_back(e, s, status);
	if (s->child.pid == pid && s->state != SLOT_RUNNING)
		slot_mourn(s, now);
	leftovers_add(e->leftovers, pid, limit_at,
	    s->killed ? LEFTOVER_KILLED : s->kill_at, now);
}

/* A process that has ended or stopped: its pid, or what wait4(2) says if there is none. */
static pid_t
engine_child(int *status, struct rusage *usage)
{
	pid_t pid;

	/* Of those that are left there would be no other SIGCHLD. */
	do
		pid = wait4(-1, status, WNOHANG | WUNTRACED, usage);
	while (pid == -1 && errno == EINTR);
	return pid;
}

static void
engine_reap(struct engine *e)
{
	struct rusage usage;
	int64_t now;
	size_t i;
	pid_t pid;
	int status;

	if (signals_took(SIGCHLD)) {
		now = clock_now();
		while ((pid = engine_child(&status, &usage)) > 0)
			for (i = 0; i < e->slot_count; i++)
				if (slot_is(&e->slots[i], pid))
					engine_waited(e, &e->slots[i], status,
					    clock_used(&usage), now);
	}
	for (i = 0; i < e->slot_count; i++)
		if (slot_over(&e->slots[i]))
			engine_finish(e, &e->slots[i]);
}

/*
 * Expire: what is due.
 */
static void
engine_expire_run(struct engine *e, bool deadline)
{
	struct buf limit = {0};

	e->verdict.run_timed_out = true;
	report_duration(&limit, e->plan->run_limit);
	engine_end(e, CUT_RUN, e->plan->signal, true);
	if (deadline)
		engine_say(e, "deadline %s reached", e->plan->deadline_word);
	else
		engine_say(e, "run time limit of %s reached", buf_string(&limit));
	buf_release(&limit);
}

/*
 * The limit of the run and its deadline: the moment to look again.  The time of day may
 * be set, or have gone on while all else stood still, so where the deadline is on our
 * clock has to be asked anew.
 */
static int64_t
engine_limit(struct engine *e, int64_t now)
{
	int64_t limit = e->run_limit_at, deadline = 0, look = 0;

	if (e->ending)
		return 0;
	if (e->plan->deadline_word != NULL) {
		deadline = clock_at(e->plan->deadline, now);
		look = clock_sooner(deadline, now + SET_EVERY);
	}
	if (limit != 0 && limit <= now)
		engine_expire_run(e, false);
	else if (deadline == now)
		engine_expire_run(e, true);
	return clock_sooner(limit, look);
}

/* Has the moment come that the next fill waits for? */
static bool
engine_due(struct engine *e, int64_t *moment, int64_t now)
{
	bool due = *moment != 0 && *moment <= now;

	if (due) {
		*moment = 0;
		e->next = now;
	}
	e->next = clock_sooner(e->next, *moment);
	return due;
}

static void
engine_expire(struct engine *e)
{
	int64_t now = clock_now(), kill_at = now + e->plan->kill_after, limit;
	struct slot *s;
	size_t i;

	limit = engine_limit(e, now);
	e->next = clock_sooner(sink_tick(e->sink, now), limit);
	for (i = 0; i < e->slot_count; i++) {
		s = &e->slots[i];
		if (s->state == SLOT_READY)
			(void)engine_due(e, &s->due_at, now);
		if (slot_mourns(s) && slot_mourned(s, now))
			engine_bury(e, s);
		else if (slot_mourns(s))
			e->next = clock_sooner(e->next, s->linger_until);
		if (s->state != SLOT_RUNNING && !slot_alive(s))
			continue;
		if (engine_lags(s, now) && engine_relieve(e, s))
			e->next = now;
		e->next = clock_sooner(e->next, engine_look_after(e, s, now));
		if (s->limit_at != 0 && s->limit_at <= now)
			engine_stop_at_job(e, s);
		/* That may have shown that another one is on. */
		if (s->limit_at != 0 && s->limit_at <= now)
			slot_cut(s, CUT_TIME, e->plan->signal, kill_at);
		e->next = clock_sooner(e->next, slot_tick(s, e->sink, now));
	}
	e->next = clock_sooner(e->next, leftovers_tick(e->leftovers, now));
	if (engine_due(e, &e->retry_at, now))
		e->starved = false;
	(void)engine_due(e, &e->gate_at, now);
}

/*
 * Emit: what is owed, and what if it cannot be.
 */

/*
 * After a limit we do not wait for a reader who takes nothing: what it did not
 * take then is lost, and we say so.
 */
static void
engine_lose_patience(struct engine *e)
{
	int64_t now = clock_now();

	if (e->patience_until == 0 || sink_progress(e->sink) != e->progress) {
		e->progress = sink_progress(e->sink);
		e->patience_until = now + PATIENCE;
	} else if (e->patience_until <= now) {
		e->abandoned = true;
		e->verdict.internal = true;
		engine_cry(e, "output that nobody read for %jd s after the run's time "
		    "limit: lost", (intmax_t)(PATIENCE / CLOCK_S));
	}
	e->next = clock_sooner(e->next, e->patience_until);
}

/* There was more to say than the user wants to have: the rest of the run is for nothing. */
static void
engine_cut_off(struct engine *e)
{
	e->verdict.internal = true;
	e->cut_off = true;
	if (!e->ending)
		engine_end(e, CUT_WITH_US, e->plan->signal, false);
	engine_say(e, "--max-output %zu: there was more", e->plan->max_output);
}

static void
engine_emit(struct engine *e)
{
	const char *name;
	int error, log;

	sink_flush(e->sink);
	if (history_flush(e->history) == -1)
		engine_fail(e, history_thing(e->history));
	if (e->verdict.run_timed_out && !e->abandoned &&
	    (sink_owes(e->sink) || history_owes(e->history, &log)))
		engine_lose_patience(e);
	if (!e->ending && (e->running > 0 || !e->input_ended) && sink_stuck(e->sink)) {
		errno = ENOSPC;
		engine_fail(e, "output that has to be held");
	}
	if (sink_spent(e->sink) && !e->cut_off)
		engine_cut_off(e);
	error = sink_error(e->sink, &name);
	if (error == 0 || e->abandoned)
		return;
	e->abandoned = true;
	if (error == EPIPE && !signals_ignored(SIGPIPE)) {
		if (e->signal == 0)
			e->signal = SIGPIPE;
		if (!e->ending)
			engine_end(e, CUT_WITH_US, e->plan->signal, false);
		return;
	}
	engine_cry(e, "%s: %s", name, strerror(error));
	e->verdict.internal = true;
	if (!e->ending)
		engine_end(e, CUT_WITH_US, e->plan->signal, false);
}

/* Has all been said that can be? */
static bool
engine_paid(const struct engine *e)
{
	int log;

	return (!sink_owes(e->sink) && !history_owes(e->history, &log)) || e->abandoned ||
	    (e->signal != 0 && !sink_busy(e->sink));
}

/* The last words: behind what is still said, or, if nobody takes that, at once. */
static void
engine_sum_up(struct engine *e)
{
	struct buf lines = {0};

	e->summed_up = true;
	sink_settle(e->sink);
	summary_say(e->summary, e->input_read, &lines);
	if (lines.length > 0 && sink_owes(e->sink))
		sink_cry(e->sink, lines.data, lines.length);
	else if (lines.length > 0)
		sink_notice(e->sink, lines.data, lines.length);
	buf_release(&lines);
	engine_emit(e);
}

/* Was the run not cut short?  It was not by a halt that was hoped for. */
static bool
engine_is_whole(const struct engine *e)
{
	const struct verdict *v = &e->verdict;

	if (v->internal || v->run_timed_out || e->signal != 0)
		return false;
	return v->halted ? e->plan->halt.why == HALT_SUCCESS : !v->stopped;
}

/* All jobs are over; see to what they left behind, then to our debts. */
static bool
engine_finished(struct engine *e)
{
	int64_t now, next;

	if (e->running > 0 || e->ready > 0 || (!e->ending && !e->input_ended))
		return false;
	now = clock_now();
	if (engine_passes_over(e)) {
		e->next = now;
		return false;
	}
	next = engine_dismiss(e, now);
	if (next != 0) {
		e->next = clock_sooner(e->next, next);
		return false;
	}
	if (!e->leaving) {
		e->leaving = true;
		sink_release(e->sink, engine_is_whole(e));
		leftovers_end(e->leftovers, e->plan->signal, now + GRACE,
		    now + GRACE + e->plan->kill_after);
	}
	next = leftovers_last(e->leftovers, now);
	if (next != 0) {
		e->next = clock_sooner(e->next, next);
		return false;
	}
	if (!engine_paid(e))
		return false;
	if (!e->summed_up)
		engine_sum_up(e);
	return engine_paid(e);
}

struct outcome
engine_run(const struct plan *plan, struct records *records,
    const struct templates *templates, struct history *history)
{
	struct engine e;
	struct polled polled;
	struct outcome outcome;

	engine_init(&e, plan, records, templates, history);
	for (;;) {
		engine_count(&e);
		engine_fill(&e);
		engine_halt(&e);
		engine_expire(&e);
		engine_emit(&e);
		if (engine_finished(&e))
			break;
		engine_wait(&e, &polled);
		engine_signals(&e);
		engine_answer(&e);
		engine_drain(&e);
		engine_reap(&e);
	}
	outcome.status = verdict_status(&e.verdict, &plan->exits, &plan->halt);
	outcome.signal = e.signal;
	engine_release(&e);
	return outcome;
}
