/*
 * worker-kind: what the kinds of workers have in common.  What is to come is counted in
 * jobs that are owed.  Who does more at once needs less of us for each, so the batches
 * grow until one takes about a millisecond.
 */
#include <string.h>

#include "base/buf.h"
#include "run/clock.h"
#include "run/frame.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define JOBS_MOST	((size_t)1 << 16)

/* How many jobs to give next to one that took so long for so many. */
static size_t
worker_batch(size_t jobs, int64_t took)
{
	/* Twice as many at most: one fast batch says little. */
	size_t most = jobs < JOBS_MOST / 2 ? 2 * jobs : JOBS_MOST;
	double fit = (double)jobs * (double)WORKER_TARGET / (double)(took > 0 ? took : 1);

	if (fit >= (double)most)
		return most;
	return fit > 1 ? (size_t)fit : 1;
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

void
worker_forget(struct worker *w)
{
	if (w->taken == 0)
		return;
	w->heard.length -= w->taken;
	if (w->heard.length > 0)
		(void)memmove(w->heard.data, w->heard.data + w->taken, w->heard.length);
	else if (w->heard.size > WORKER_KEEP)
		buf_release(&w->heard);
	w->taken = 0;
}
