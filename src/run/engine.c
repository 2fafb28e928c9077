/*
 * engine: the loop.  It sleeps in the only ppoll(2) until something happens, and
 * then takes one step of each kind; no step ever waits.  All state of a run is in
 * one struct.
 */
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "builtin/print.h"
#include "command/argvec.h"
#include "command/template.h"
#include "input/source.h"
#include "input/assemble.h"
#include "input/records.h"
#include "output/sink.h"
#include "plan.h"
#include "run/clock.h"
#include "run/engine.h"
#include "run/gate.h"
#include "run/leftover.h"
#include "run/limits.h"
#include "run/report.h"
#include "run/signals.h"
#include "run/spawn.h"
#include "run/slot.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/history.h"

#define GRACE		(100 * CLOCK_MS)	/* for leftovers, as the linger */
#define RETRY_EVERY	(20 * CLOCK_MS)		/* a start that was refused */
#define RETRY_FOR	CLOCK_S
#define FILL_FOR	(10 * CLOCK_MS)		/* before others get their turn */
#define SET_EVERY	(100 * CLOCK_MS)	/* a look whether the time of day was set */
#define PATIENCE	(10 * CLOCK_S)		/* with a reader, after a limit */

/* Polled besides the pipes: the source, the terminal, and the sink's two. */
#define GUESTS	4

struct engine {
	const struct plan	*plan;
	const struct template	*template;
	const struct template	*tag;		/* or NULL */
	struct records		*records;
	struct assemble		*assemble;
	struct sink		*sink;
	struct spawner		*spawner;
	struct leftovers	*leftovers;
	struct history		*history;	/* or NULL */
	struct gate		*gate;
	struct terminal		 terminal;
	struct slot		*slots;
	size_t			 slot_room;
	size_t			 slot_count;	/* that were used so far */
	size_t			 running;
	size_t			 ready;		/* slots whose job is to be started */
	struct slot		*asking;	/* the one of them that is asked about, or NULL */
	char			**argv;		/* reused for each start */
	size_t			 argv_room;
	struct pollfd		*fds;

	bool			 ending;	/* nothing new starts */
	bool			 halt_told;
	bool			 input_ended;
	bool			 input_waits;	/* it has to be polled */
	bool			 counts;	/* jobs, ahead of their time */
	bool			 count_waits;	/* so that has to be polled all the more */
	bool			 starved;	/* no start before something ends, ... */
	int64_t			 retry_at;	/* or, if nothing runs, this moment; */
	int64_t			 retry_until;	/* and then no more */
	int64_t			 gate_at;	/* no start before this moment, or 0 */
	bool			 leaving;	/* leftovers are being ended */
	bool			 abandoned;	/* nobody waits for our output any more */
	int			 signal;	/* that we die of in the end, or 0 */
	uint64_t		 sequence;
	int64_t			 run_limit_at;
	int64_t			 next;		/* moment something is due, or 0 */
	int64_t			 patience_until;
	unsigned long long	 progress;	/* the sink's, when we looked last */
	struct verdict		 verdict;
};

/* Of a job that was not started when the run ended. */
static const struct result never_ran = { .ending = ENDED_WITH_US };

/* For mem.c: the children of a program that ends without a word. */
static struct engine *ending_engine;

static void
engine_kill_all(void)
{
	struct engine *e = ending_engine;
	int error = errno;
	size_t i;

	for (i = 0; e != NULL && i < e->slot_count; i++)
		if (e->slots[i].state == SLOT_RUNNING)
			slot_signal(&e->slots[i], SIGKILL);
	if (e != NULL)
		leftovers_signal(e->leftovers, SIGKILL);
	errno = error;
}

static void
engine_init(struct engine *e, const struct plan *plan, struct records *records,
    const struct template *template, const struct template *tag, struct history *history)
{
	*e = (struct engine){
		.plan = plan, .records = records, .template = template, .tag = tag,
		.history = history,
	};
	e->spawner = spawner_new(plan);
	if (e->spawner == NULL)
		err(plan->exits.own, "stdin for jobs");
	/* All files are open by now that were named from the directory we were in. */
	if (plan->directory != NULL && chdir(plan->directory) == -1)
		err(plan->exits.own, "directory %s", plan->directory);
	signals_catch();
	e->assemble = assemble_new(records, template, plan);
	e->sink = sink_new(plan);
	e->leftovers = leftovers_new();
	e->gate = gate_new(plan);
	e->slot_room = plan->slots;
	e->slots = mem_array(e->slot_room, sizeof *e->slots);
	e->fds = mem_array(3 * e->slot_room + GUESTS, sizeof *e->fds);
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
	for (i = 0; i < e->slot_count; i++)
		slot_release(&e->slots[i]);
	free(e->slots);
	free(e->fds);
	free(e->argv);
	leftovers_free(e->leftovers);
	gate_free(e->gate);
	terminal_close(&e->terminal);
	sink_free(e->sink);
	spawner_free(e->spawner);
	assemble_free(e->assemble);
}

static void
engine_line(struct buf *line, const char *format, va_list ap)
{
	buf_addf(line, "%s: ", getprogname());
	buf_addfv(line, format, ap);
	buf_add_byte(line, '\n');
}

/* A line on standard error in our own name, after all that jobs said so far. */
static void __attribute__((format(printf, 2, 3)))
engine_say(struct engine *e, const char *format, ...)
{
	struct buf line = {0};
	va_list ap;

	va_start(ap, format);
	engine_line(&line, format, ap);
	va_end(ap);
	sink_notice(e->sink, line.data, line.length);
	buf_release(&line);
}

/* The same when nothing else will be said; warnx(3) might wait for a reader. */
static void __attribute__((format(printf, 2, 3)))
engine_cry(struct engine *e, const char *format, ...)
{
	struct buf line = {0};
	va_list ap;

	va_start(ap, format);
	engine_line(&line, format, ap);
	va_end(ap);
	sink_cry(e->sink, line.data, line.length);
	buf_release(&line);
}

/*
 * Ends.
 */

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
		return (struct result){ .ending = ENDED_SIGNAL, .code = WTERMSIG(s->status) };
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
		report_stop(&line, &s->batch, r, command, &detail);
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

/* The job is done with: the books, the line if it failed, the turn, the slot. */
static void
engine_settle(struct engine *e, struct slot *s, const struct result *r)
{
	bool stopped = e->verdict.stopped;

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

/*
 * Cut all that runs, and start nothing more.  Of the output behind a job that is
 * cut, keep what is complete?
 */
static void
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
			engine_settle(e, s, &never_ran);
	}
	leftovers_signal(e->leftovers, sig);
	leftovers_signal(e->leftovers, SIGCONT);
	leftovers_end(e->leftovers, sig, 0, kill_at);
	e->next = clock_now();		/* something may be over by this */
}

/* Something of our own went wrong with a thing, errno: the run ends, 125. */
static void
engine_fail(struct engine *e, const char *thing)
{
	int error = errno;

	e->verdict.internal = true;
	if (!e->ending)
		engine_end(e, CUT_WITH_US, e->plan->signal, false);
	/* Not before, as what is behind a job that is cut short is not said. */
	engine_say(e, "%s: %s", thing, strerror(error));
}

/* The attempt is over. */
static void
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

/*
 * Fill: while there are a slot and work, start it.
 */

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

/* The answer about a job, if one is awaited and is there. */
static void
engine_answer(struct engine *e)
{
	struct slot *s = e->asking;

	if (s == NULL)
		return;
	switch (terminal_answer(&e->terminal)) {
	case ANSWER_NONE:
		break;
	case ANSWER_YES:
		e->asking = NULL;
		break;
	case ANSWER_NO:
		e->asking = NULL;
		engine_settle(e, s, &never_ran);
		break;
	case ANSWER_END:
		e->verdict.internal = true;
		e->input_ended = true;
		engine_say(e, "/dev/tty: %s", errno != 0 ? strerror(errno) : "no answer");
		engine_settle(e, s, &never_ran);
		break;
	}
}

/*
 * Asks about a job, on standard error and at once: whoever is there waits for that,
 * not for the turn of the job.
 */
static void
engine_ask(struct engine *e, struct slot *s)
{
	struct buf line = {0};

	if (terminal_open(&e->terminal) == -1) {
		engine_fail(e, "/dev/tty");
		return;
	}
	print_command(&s->command, template_is_line(e->template), &line);
	line.length--;
	buf_add_string(&line, "?...");
	sink_flush(e->sink);
	sink_cry(e->sink, line.data, line.length);
	buf_release(&line);
	e->asking = s;
	/* We have to ask for it, so that who is in the background is stopped. */
	engine_answer(e);
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

/* May another job be asked for? */
static bool
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
	switch (history_past(e->history, s)) {
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
		s->sequence = ++e->sequence;
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
		e->input_ended = true;
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

static void
engine_fill(struct engine *e)
{
	int64_t until = clock_now() + FILL_FOR;
	struct slot *s;
	size_t i;

	/* First who is waiting: its turn may be the one the others wait for. */
	for (i = 0; i < e->slot_count && e->ready > 0; i++)
		if (e->slots[i].state == SLOT_READY && e->verdict.stopped)
			engine_settle(e, &e->slots[i], &never_ran);
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
	struct pollfd *fd;
	struct timespec rest, *timeout;
	size_t i, count = 0;
	int n;

	/* None that is not open: poll(2) takes no more than there may be open. */
	for (i = 0; i < e->slot_count; i++)
		count += slot_poll(&e->slots[i], e->sink, e->fds, count);
	fd = e->fds + count;
	polled->source = NULL;
	if (e->count_waits || (e->input_waits && engine_open(e))) {
		polled->source = fd;
		*fd++ = (struct pollfd){ source_fd(records_source(e->records)), POLLIN, 0 };
	}
	if (e->asking != NULL)
		*fd++ = (struct pollfd){ e->terminal.fd, POLLIN, 0 };
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
	sink_polled(e->sink, polled->sink, polled->sink_count);
}

/*
 * Signals: to us, and so to the jobs.
 */
static void
engine_signal_all(struct engine *e, int sig)
{
	size_t i;

	for (i = 0; i < e->slot_count; i++)
		if (e->slots[i].state == SLOT_RUNNING)
			slot_signal(&e->slots[i], sig);
	leftovers_signal(e->leftovers, sig);
}

/*
 * The terminal: who gets it, and what is typed there.
 */

/* Of those that were stopped for want of it, the first one gets it, if it is free. */
static void
engine_give(struct engine *e)
{
	struct slot *s, *first = NULL;
	size_t i;

	for (i = 0; i < e->slot_count && e->terminal.lent == 0; i++) {
		s = &e->slots[i];
		if (s->state == SLOT_RUNNING && !s->reaped && s->wants_terminal &&
		    (first == NULL || s->sequence < first->sequence))
			first = s;
	}
	if (first == NULL || e->ending)
		return;
	/* If we are in the background, it is on us to stop, until we are brought back. */
	while (!terminal_free(&e->terminal)) {
		(void)kill(0, SIGTTIN);
		signals_collect();
		if (signals_took(SIGCONT))
			continue;
		/* We were not stopped, as nobody is there who could do that. */
		first->stop_signal = SIGTTIN;
		slot_cut(first, CUT_TERMINAL, SIGKILL, clock_now());
		return;
	}
	first->wants_terminal = false;
	terminal_lend(&e->terminal, first->child.pid);
	slot_signal(first, SIGCONT);
}

/* We go on after a stop, and so do the jobs. */
static void
engine_resume(struct engine *e)
{
	terminal_resume(&e->terminal);
	engine_signal_all(e, SIGCONT);
	engine_give(e);
}

static void
engine_signals(struct engine *e)
{
	int sig;

	if (e->plan->usr_changes_slots && signals_took(SIGUSR1))
		gate_add_slot(e->gate);
	if (e->plan->usr_changes_slots && signals_took(SIGUSR2))
		gate_drop_slot(e->gate);
	sig = signals_took_end();
	if (sig != 0 && e->signal == 0) {
		e->signal = sig;
		engine_end(e, CUT_WITH_US, sig, false);
	} else if (sig != 0)
		engine_signal_all(e, SIGKILL);
	if (signals_took(SIGTSTP)) {
		engine_signal_all(e, SIGTSTP);
		signals_stop();
		engine_resume(e);
	}
	if (signals_took(SIGCONT))
		engine_resume(e);
}

/* What was typed for the job that has the terminal is for all of our group. */
static void
engine_share(struct engine *e, int sig)
{
	(void)kill(0, sig);
	signals_collect();
	engine_signals(e);
}

/* A job that may have the terminal was stopped by that signal. */
static void
engine_stopped(struct engine *e, struct slot *s, int sig)
{
	if (sig == SIGTTIN || sig == SIGTTOU) {
		terminal_lost(&e->terminal, s->child.pid);
		s->wants_terminal = true;
		engine_give(e);
	} else if (sig == SIGTSTP && e->terminal.lent == s->child.pid)
		engine_share(e, sig);
}

/* A process has ended; if it had the terminal that is free now. */
static void
engine_take_back(struct engine *e, struct slot *s, int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (!terminal_return(&e->terminal, s->child.pid))
		return;
	if (s->cut == CUT_NONE && (sig == SIGINT || sig == SIGQUIT || sig == SIGHUP)) {
		s->cut = CUT_WITH_US;
		engine_share(e, sig);
	}
	engine_give(e);
}

/*
 * Drain: what jobs wrote.
 */
static void
engine_drain(struct engine *e)
{
	char thing[64];
	size_t i;

	for (i = 0; i < e->slot_count; i++) {
		if (e->slots[i].state != SLOT_RUNNING ||
		    slot_drain(&e->slots[i], e->sink, e->fds) == 0)
			continue;
		(void)snprintf(thing, sizeof thing, "output of %s %ju",
		    report_noun(e->plan), (uintmax_t)e->slots[i].batch.first);
		engine_fail(e, thing);
	}
}

/*
 * Reap: who has ended.  First all are noted, then acted upon.
 */

/* That became of the slot's process.  What is left of its group is a leftover. */
static void
engine_waited(struct engine *e, struct slot *s, int status, int64_t now)
{
	if (WIFSTOPPED(status) && e->plan->job_stdin == STDIN_TERMINAL) {
		engine_stopped(e, s, WSTOPSIG(status));
		return;
	}
	slot_waited(s, status, now);
	if (!s->reaped)
		return;
	engine_take_back(e, s, status);
	leftovers_add(e->leftovers, s->child.pid,
	    s->killed ? LEFTOVER_KILLED : s->kill_at, now);
}

static void
engine_reap(struct engine *e)
{
	int64_t now;
	size_t i;
	pid_t pid;
	int status;

	if (signals_took(SIGCHLD)) {
		now = clock_now();
		while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0)
			for (i = 0; i < e->slot_count; i++)
				if (e->slots[i].state == SLOT_RUNNING &&
				    !e->slots[i].reaped && e->slots[i].child.pid == pid)
					engine_waited(e, &e->slots[i], status, now);
	}
	for (i = 0; i < e->slot_count; i++)
		if (slot_over(&e->slots[i]))
			engine_finish(e, &e->slots[i]);
}

/*
 * Halt: what became of jobs may be the end of the others.
 */
static void
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
		if (s->state != SLOT_RUNNING)
			continue;
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

static void
engine_emit(struct engine *e)
{
	const char *name;
	int error;

	sink_flush(e->sink);
	if (e->verdict.run_timed_out && sink_owes(e->sink) && !e->abandoned)
		engine_lose_patience(e);
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

/* All jobs are over; see to what they left behind, then to our debts. */
static bool
engine_finished(struct engine *e)
{
	int64_t now;

	if (e->running > 0 || e->ready > 0 || (!e->ending && !e->input_ended))
		return false;
	if (!e->leaving) {
		e->leaving = true;
		now = clock_now();
		leftovers_end(e->leftovers, e->plan->signal, now + GRACE,
		    now + GRACE + e->plan->kill_after);
		e->next = clock_sooner(e->next, leftovers_tick(e->leftovers, now));
	}
	if (leftovers_any(e->leftovers))
		return false;
	return !sink_owes(e->sink) || e->abandoned ||
	    (e->signal != 0 && !sink_busy(e->sink));
}

struct outcome
engine_run(const struct plan *plan, struct records *records,
    const struct template *template, const struct template *tag, struct history *history)
{
	struct engine e;
	struct polled polled;
	struct outcome outcome;

	engine_init(&e, plan, records, template, tag, history);
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
