/*
 * worker: what is to come is counted in jobs that are owed.  Who does more at once
 * needs less of us for each, so the batches grow until one takes about a millisecond.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/clock.h"
#include "run/desk.h"
#include "run/frame.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define READ		(256 * 1024)
#define BYTES		(64 * 1024)	/* of a batch: what the memory of words keeps */
#define KEEP		(4 * READ)	/* of memory that a large record took */
#define TARGET		CLOCK_MS	/* that it takes */
#define JOBS_MOST	((size_t)1 << 16)
#define HUSH_JOBS	4		/* owed by one that is not listened to for a while */
#define HUSH_BYTES	(16 * 1024)	/* more at once, and a pipe is soon full */
#define HUSH_LEAST	(CLOCK_MS / 20)

/* May jobs be told apart by their order alone?  Else each is given alone. */
static bool
work_together(const struct plan *plan)
{
	const struct exit_map *exits = &plan->exits;

	return plan->max_records == 1 && plan->max_lines == SIZE_MAX &&
	    plan->work != WORK_SHELL && !plan->dry_run && !plan->ask &&
	    plan->trace == TRACE_NOWHERE && plan->tag == NULL && plan->fallback == NULL &&
	    plan->format == FORMAT_BYTES &&
	    plan->retry.tries == 1 && plan->halt.when == HALT_NEVER &&
	    plan->joblog == NULL && plan->results == NULL && !plan->summary &&
	    plan->delay == 0 && plan->max_load == 0 &&
	    exits->stop_255 == 0 && exits->stop_killed == 0;
}

static const struct worker_kind *const kinds[] = {
	[WORK_FUNCTION] = &worker_frames,
	[WORK_SHELL] = &worker_shell,
	[WORK_LINES] = &worker_lines,
};

struct worker *
worker_new(const struct plan *plan)
{
	struct worker *w = mem_array(1, sizeof *w);

	w->kind = kinds[plan->work];
	w->sequence_variable = plan->sequence_variable;
	if (plan->work == WORK_FUNCTION)
		w->desk = desk_new();
	w->together = work_together(plan) && (w->desk == NULL || desk_shared(w->desk));
	w->batch = 1;
	w->terminator = plan->terminator;
	return w;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	if (w->desk != NULL)
		desk_free(w->desk);
	buf_release(&w->asked);
	buf_release(&w->heard);
	free(w);
}

void
worker_reset(struct worker *w)
{
	w->owed = w->taken = w->heard.length = 0;
	w->received = 0;
	w->ended = w->excess = 0;
	w->greeted = w->buried = w->refused = w->cut = false;
}

struct desk *
worker_desk(const struct worker *w)
{
	return w->desk;
}

size_t
worker_jobs(const struct worker *w)
{
	return w->together ? w->batch : 1;
}

size_t
worker_bytes(const struct worker *w)
{
	return w->together ? BYTES : SIZE_MAX;
}

size_t
worker_batch(size_t jobs, int64_t took)
{
	/* Twice as many at most: one fast batch says little. */
	size_t most = jobs < JOBS_MOST / 2 ? 2 * jobs : JOBS_MOST;
	double fit = (double)jobs * (double)TARGET / (double)(took > 0 ? took : 1);

	if (fit >= (double)most)
		return most;
	return fit > 1 ? (size_t)fit : 1;
}

const char *
worker_ask(struct worker *w, uint64_t number, const struct batch *b, size_t jobs,
    const struct words *command, size_t *length)
{
	w->given = w->owed = jobs;
	w->last = b->first + w->given - 1;
	w->asked_at = clock_now();
	w->asked.length = 0;
	if (w->asked.size > KEEP)
		buf_release(&w->asked);
	if (w->desk != NULL)
		desk_ask(w->desk);
	w->kind->ask(w, number, b, command);
	*length = w->asked.length;
	return w->asked.data;
}

bool
worker_passes(const struct worker *w)
{
	return w->kind == &worker_lines;
}

bool
worker_missed(const struct worker *w, size_t bytes)
{
	const char *p = w->asked.data, *end = p + w->asked.length;
	size_t done;

	if (w->kind != &worker_lines)
		return false;
	for (done = w->given - w->owed; done > 0; done--)
		p = (const char *)memchr(p, w->terminator, (size_t)(end - p)) + 1;
	return w->owed > 0 && bytes >= (size_t)(end - p);
}

bool
worker_spoke(const struct worker *w)
{
	return w->received > 0;
}

bool
worker_reads(const struct worker *w, int pipe)
{
	return pipe == w->kind->pipe;
}

bool
worker_hushes(const struct worker *w, int pipe)
{
	return worker_reads(w, pipe) != (w->kind == &worker_shell);
}

/* What has become events is forgotten. */
static void
worker_forget(struct worker *w)
{
	if (w->taken == 0)
		return;
	w->heard.length -= w->taken;
	if (w->heard.length > 0)
		(void)memmove(w->heard.data, w->heard.data + w->taken, w->heard.length);
	else if (w->heard.size > KEEP)
		buf_release(&w->heard);
	w->taken = 0;
}

ssize_t
worker_read(struct worker *w, int fd, size_t most)
{
	ssize_t n;

	worker_forget(w);
	buf_reserve(&w->heard, READ);
	n = read(fd, w->heard.data + w->heard.length, most < READ ? most : READ);
	if (n > 0) {
		w->latest = (size_t)n;
		w->heard.length += (size_t)n;
		w->received += (uint64_t)n;
	}
	return n;
}

int
worker_peek(struct worker *w, int fd)
{
	ssize_t n;

	if (w->desk == NULL)
		return 0;
	worker_forget(w);
	n = desk_peek(w->desk, fd, &w->heard);
	if (n <= 0)
		return (int)n;
	w->received += (uint64_t)n;
	return 1;
}

size_t
worker_recall(struct worker *w, size_t least)
{
	size_t n = w->desk != NULL && w->owed > 0 ?
	    desk_recall(w->desk, least, w->owed - least) : 0;

	w->owed -= n;
	w->given -= n;
	return n;
}

bool
worker_idle(const struct worker *w)
{
	return w->desk != NULL && desk_idle(w->desk);
}

void
worker_bury(struct worker *w)
{
	worker_forget(w);
	w->buried = w->desk != NULL && desk_clear_away(w->desk, w->received, &w->heard);
}

int64_t
worker_hear_at(const struct worker *w, int64_t now)
{
	size_t done = w->given - w->owed;
	int64_t pace = done > 0 ? (now - w->asked_at) / (int64_t)done : w->pace, pause;

	if (w->kind == &worker_shell)
		return now + TARGET;
	if (w->kind != &worker_lines || w->owed < HUSH_JOBS || w->latest > HUSH_BYTES)
		return 0;
	pause = pace * (int64_t)w->owed / 2;
	if (pause > TARGET)
		pause = TARGET;
	return pause > HUSH_LEAST ? now + pause : 0;
}

void
worker_cut(struct worker *w)
{
	w->cut = true;
}

bool
worker_overheard(struct worker *w)
{
	struct heard h = { .what = HEARD_NOTHING };

	if (w->desk == NULL)
		w->kind->hear(w, &h);
	return h.what == HEARD_BAD;
}

size_t
worker_excess(const struct worker *w, uint64_t *last)
{
	*last = w->last;
	return w->excess;
}

void
worker_done(struct worker *w, struct heard *h, const struct frame_done *done)
{
	if (done->jobs > w->owed) {
		h->what = HEARD_BAD;
		return;
	}
	w->owed -= done->jobs;
	if (w->owed == 0 && done->took > 0)
		w->batch = worker_batch(w->given, done->took);
	*h = (struct heard){ .what = HEARD_DONE, .jobs = done->jobs, .status = done->status };
}

/* What the one who died had ended, but could not say any more. */
static void
worker_hear_last(struct worker *w, struct heard *h)
{
	size_t said = w->given - w->owed, ended = w->buried ? desk_ended(w->desk) : 0;
	const struct frame_done done = { .jobs = ended > said ? ended - said : 0 };

	w->buried = false;
	if (done.jobs > 0)
		worker_done(w, h, &done);
}

void
worker_hear(struct worker *w, struct heard *h)
{
	h->what = HEARD_NOTHING;
	w->kind->hear(w, h);
	if (h->what == HEARD_NOTHING)
		worker_hear_last(w, h);
}
