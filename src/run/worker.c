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
#define BYTES		(256 * 1024)	/* of a batch */
#define TARGET		CLOCK_MS	/* that it takes */
#define JOBS_MOST	((size_t)1 << 16)

/* May jobs be told apart by their order alone?  Else each is given alone. */
static bool
work_together(const struct plan *plan)
{
	const struct exit_map *exits = &plan->exits;

	return plan->max_records == 1 && plan->max_lines == SIZE_MAX &&
	    plan->work != WORK_SHELL && !plan->dry_run && !plan->ask &&
	    plan->trace == TRACE_NOWHERE && plan->tag == NULL && plan->fallback == NULL &&
	    plan->retry.tries == 1 && plan->halt.when == HALT_NEVER &&
	    plan->joblog == NULL && plan->results == NULL && !plan->summary &&
	    plan->delay == 0 && plan->max_load == 0 &&
	    exits->stop_255 == 0 && exits->stop_killed == 0;
}

static const struct worker_kind *const kinds[] = {
	[WORK_FUNCTION] = &worker_frames,
	[WORK_SHELL] = &worker_shell,
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
	w->greeted = w->buried = false;
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
worker_ask(struct worker *w, uint64_t number, const struct batch *b,
    const struct words *command, size_t *length)
{
	w->given = w->owed = w->together ? b->count : 1;
	w->asked.length = 0;
	w->kind->ask(w, number, b, command);
	*length = w->asked.length;
	return w->asked.data;
}

bool
worker_reads(const struct worker *w, int pipe)
{
	return pipe == w->kind->pipe;
}

/* What has become events is forgotten. */
static void
worker_forget(struct worker *w)
{
	if (w->taken == 0)
		return;
	w->heard.length -= w->taken;
	(void)memmove(w->heard.data, w->heard.data + w->taken, w->heard.length);
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
		w->heard.length += (size_t)n;
		w->received += (uint64_t)n;
	}
	return n;
}

bool
worker_peek(struct worker *w, int fd)
{
	size_t n;

	if (w->desk == NULL)
		return false;
	worker_forget(w);
	n = desk_peek(w->desk, fd, &w->heard);
	w->received += n;
	return n > 0;
}

size_t
worker_recall(struct worker *w)
{
	size_t n = w->desk != NULL ? desk_recall(w->desk) : 0;

	w->owed -= n;
	w->given -= n;
	return n;
}

void
worker_bury(struct worker *w)
{
	worker_forget(w);
	if (w->desk != NULL)
		desk_clear_away(w->desk, w->received, &w->heard);
	w->buried = w->desk != NULL;
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
