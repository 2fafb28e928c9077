/*
 * worker: what there is of every kind is done here, and what is not is asked of the
 * kind.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/clock.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define READ		(WORKER_KEEP / 4)

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
	const struct worker_kind *kind = kinds[plan->work];
	struct worker *w = mem_array(1, kind->size);

	w->kind = kind;
	w->together = work_together(plan);
	w->batch = 1;
	kind->init(w, plan);
	return w;
}

void
worker_free(struct worker *w)
{
	if (w == NULL)
		return;
	if (w->kind->release != NULL)
		w->kind->release(w);
	buf_release(&w->asked);
	buf_release(&w->heard);
	free(w);
}

void
worker_reset(struct worker *w)
{
	w->owed = w->taken = w->heard.length = 0;
	w->received = 0;
	w->cut = false;
	if (w->kind->reset != NULL)
		w->kind->reset(w);
}

struct desk *
worker_desk(const struct worker *w)
{
	return w->kind->desk != NULL ? w->kind->desk(w) : NULL;
}

size_t
worker_jobs(const struct worker *w)
{
	return w->together ? w->batch : 1;
}

size_t
worker_bytes(const struct worker *w)
{
	return w->together ? w->kind->bytes : SIZE_MAX;
}

const char *
worker_ask(struct worker *w, uint64_t number, const struct batch *b, size_t jobs,
    const struct words *command, size_t *length)
{
	w->given = w->owed = jobs;
	w->last = b->first + w->given - 1;
	w->asked_at = clock_now();
	w->asked.length = 0;
	if (w->asked.size > WORKER_KEEP)
		buf_release(&w->asked);
	w->kind->ask(w, number, b, command);
	*length = w->asked.length;
	return w->asked.data;
}

bool
worker_passes(const struct worker *w)
{
	return w->kind->passes;
}

bool
worker_missed(const struct worker *w, size_t bytes)
{
	return w->owed > 0 && w->kind->missed != NULL && w->kind->missed(w, bytes);
}

bool
worker_spoke(const struct worker *w)
{
	return w->received > 0;
}

bool
worker_reads(const struct worker *w, int pipe)
{
	return pipe == (int)w->kind->pipe;
}

bool
worker_hushes(const struct worker *w, int pipe)
{
	return w->kind->hushed[pipe];
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
	ssize_t n = w->kind->peek != NULL ? w->kind->peek(w, fd) : 0;

	if (n <= 0)
		return (int)n;
	w->received += (uint64_t)n;
	return 1;
}

size_t
worker_recall(struct worker *w, size_t least)
{
	size_t n = w->kind->recall != NULL && w->owed > 0 ? w->kind->recall(w, least) : 0;

	w->owed -= n;
	w->given -= n;
	return n;
}

bool
worker_idle(const struct worker *w)
{
	return w->kind->idle != NULL && w->kind->idle(w);
}

void
worker_bury(struct worker *w)
{
	if (w->kind->bury != NULL)
		w->kind->bury(w);
}

int64_t
worker_hear_at(const struct worker *w, int64_t now)
{
	return w->kind->hear_at != NULL ? w->kind->hear_at(w, now) : 0;
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

	if (w->kind->desk == NULL)
		w->kind->hear(w, &h);
	return h.what == HEARD_BAD;
}

size_t
worker_excess(const struct worker *w, uint64_t *last)
{
	*last = w->last;
	return w->kind->excess != NULL ? w->kind->excess(w) : 0;
}

void
worker_hear(struct worker *w, struct heard *h)
{
	h->what = HEARD_NOTHING;
	w->kind->hear(w, h);
}
