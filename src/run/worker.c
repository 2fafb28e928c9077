/*
 * worker: what is to come is counted in jobs that are owed.  Who does more at once
 * needs less of us for each, so the batches grow until one takes about a millisecond.
 */
#include <errno.h>
#include <stdio.h>
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

#define READ		(256 * 1024)
#define BYTES		(256 * 1024)	/* of a batch */
#define TARGET		CLOCK_MS	/* that it takes */
#define JOBS_MOST	((size_t)1 << 16)
#define HEAD_ROOM	48

struct worker {
	enum work	 work;
	struct desk	*desk;		/* or NULL */
	bool		 together;	/* it may be given more than one job */
	size_t		 batch;		/* jobs to be given next */
	size_t		 given;		/* jobs that it was given, ... */
	size_t		 owed;		/* and has not ended */
	struct buf	 asked;
	struct buf	 heard;		/* of which so many bytes have become events: */
	size_t		 taken;
	uint64_t	 received;	/* bytes, ever */
	bool		 buried;	/* what it had done was not asked yet */
	bool		 greeted;	/* it has said which version it speaks */
};

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

struct worker *
worker_new(const struct plan *plan)
{
	struct worker *w = mem_array(1, sizeof *w);

	w->work = plan->work;
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
worker_ask(struct worker *w, uint64_t number, const struct batch *b, size_t *length)
{
	const struct words *fields = &b->fields;
	size_t jobs = w->together ? b->count : 1, start = fields->count > 0 ? fields->starts[0] : 0;
	size_t bytes = fields->count > 0 ? fields->bytes.length - start : 0;
	char counts[HEAD_ROOM], head[FRAME_HEAD];
	size_t n = (size_t)snprintf(counts, sizeof counts, "%zu %zu", jobs,
	    fields->count / jobs) + 1;

	w->given = w->owed = jobs;
	w->asked.length = 0;
	buf_add(&w->asked, head, frame_head(head, FRAME_RUN, number, n + bytes));
	buf_add(&w->asked, counts, n);
	if (bytes > 0)
		buf_add(&w->asked, fields->bytes.data + start, bytes);
	buf_add_byte(&w->asked, '\n');
	*length = w->asked.length;
	return w->asked.data;
}

bool
worker_reads(const struct worker *w, int pipe)
{
	(void)w;
	return pipe == 2;
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

void
worker_bury(struct worker *w)
{
	worker_forget(w);
	if (w->desk != NULL)
		desk_clear_away(w->desk, w->received, &w->heard);
	w->buried = w->desk != NULL;
}

/* Jobs have ended: no more than are owed. */
static void
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

static void
worker_hear_frame(struct worker *w, struct heard *h, const struct frame *f)
{
	struct frame_done done;

	switch (f->type) {
	case FRAME_OUT:
	case FRAME_ERR:
		*h = (struct heard){
			.what = HEARD_SAID, .bytes = f->bytes, .length = f->length,
			.stream = f->type == FRAME_OUT ? STDOUT_FILENO : STDERR_FILENO,
		};
		break;
	case FRAME_DONE:
		h->what = HEARD_BAD;
		if (frame_done_take(f, &done))
			worker_done(w, h, &done);
		break;
	case FRAME_HELLO:
		w->greeted = f->length == 1 && f->bytes[0] == '1';
		if (!w->greeted)
			h->what = HEARD_BAD;
		break;
	case FRAME_RUN:
	case FRAME_OTHER:
		break;
	}
	if (!w->greeted)
		h->what = HEARD_BAD;
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
	struct frame f;

	h->what = HEARD_NOTHING;
	while (h->what == HEARD_NOTHING) {
		switch (frame_take(w->heard.data + w->taken, w->heard.length - w->taken, &f)) {
		case FRAME_MORE:
			worker_hear_last(w, h);
			return;
		case FRAME_BAD:
			h->what = HEARD_BAD;
			return;
		case FRAME_TAKEN:
			w->taken += f.size;
			worker_hear_frame(w, h, &f);
			break;
		}
	}
}
