/*
 * worker-lines: a command that stays is asked in lines, a record each, and answers a line
 * to each.  An answer is said as it comes; where it ends the job does.
 */
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/clock.h"
#include "run/frame.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

/*
 * How many times as long as another worker's a batch may take: at its end the command waits
 * for us, and what it writes then wakes us, each time.
 */
#define LONGER	4

#define BYTES		(64 * 1024)	/* what a pipe holds */

#define HUSH_JOBS	4		/* owed by one that is not listened to for a while */
#define HUSH_BYTES	(16 * 1024)	/* more at once, and a pipe is soon full */
#define HUSH_LEAST	(CLOCK_MS / 20)

struct lines {
	struct worker	 worker;
	char		 terminator;	/* what records and answers end in */
	int64_t		 pace;		/* nanoseconds for each job of the last batch */
	size_t		 ended;		/* jobs whose end has come but is not told */
	size_t		 excess;	/* bytes that it said beyond what it was asked for, ... */
	bool		 refused;	/* which was told */
};

/* Of this kind they all are, the worker of each being its first member. */
static struct lines *
lines_of(const struct worker *w)
{
	return (struct lines *)(uintptr_t)w;
}

static void
lines_init(struct worker *w, const struct plan *plan)
{
	lines_of(w)->terminator = plan->terminator;
}

static void
lines_reset(struct worker *w)
{
	struct lines *l = lines_of(w);

	l->ended = l->excess = 0;
	l->refused = false;
}

/* Fields of a record are joined with a blank, as {} would be. */
static void
lines_ask(struct worker *w, uint64_t number, const struct batch *b,
    const struct words *command __attribute__((unused)))
{
	const struct words *f = &b->fields;
	size_t width = f->count / w->given, start, end, i;
	char terminator = lines_of(w)->terminator;

	(void)number;
	if (width == 0) {
		buf_add_byte(&w->asked, terminator);
		return;
	}
	start = f->starts[0];
	buf_add(&w->asked, f->bytes.data + start, f->bytes.length - start);
	for (i = 1; i <= f->count; i++) {
		end = i < f->count ? f->starts[i] : f->bytes.length;
		w->asked.data[end - start - 1] = width == 1 || i % width == 0 ?
		    terminator : ' ';
	}
}

/* Answers that have come, at most so many, and their bytes with those of the next one. */
static size_t
lines_count(const struct worker *w, size_t most, size_t *bytes)
{
	const char *start = w->heard.data + w->taken, *end = w->heard.data + w->heard.length;
	const char *p = start, *next;
	char terminator = lines_of(w)->terminator;
	size_t n;

	for (n = 0; n < most; n++) {
		next = memchr(p, terminator, (size_t)(end - p));
		if (next == NULL) {
			p = end;
			break;
		}
		p = next + 1;
	}
	*bytes = (size_t)(p - start);
	return n;
}

/*
 * What is there, as far as it is answers.  If there is more than all of them the last one
 * does not count, as nobody knows which was meant.
 */
static void
lines_take(struct worker *w, struct heard *h, size_t left)
{
	struct lines *l = lines_of(w);
	size_t bytes, n = lines_count(w, w->cut && w->owed > 1 ? 1 : w->owed, &bytes);

	*h = (struct heard){
		.what = bytes > 0 ? HEARD_SAID : HEARD_NOTHING, .stream = STDOUT_FILENO,
		.bytes = w->heard.data + w->taken, .length = bytes,
	};
	w->taken += left;
	if (w->cut) {
		w->owed -= n > 0 ? w->owed : 0;
		return;
	}
	l->excess = left - bytes;
	l->ended = l->excess > 0 && n > 0 ? n - 1 : n;
}

static void
lines_end(struct worker *w, struct heard *h)
{
	struct lines *l = lines_of(w);
	int64_t took = clock_now() - w->asked_at;
	const struct frame_done done = { .jobs = l->ended, .took = took / LONGER };

	if (l->ended == w->owed)
		l->pace = took / (int64_t)w->given;
	l->ended = 0;
	worker_done(w, h, &done);
}

static void
lines_hear(struct worker *w, struct heard *h)
{
	struct lines *l = lines_of(w);
	size_t left = w->heard.length - w->taken;

	if (l->ended > 0) {
		lines_end(w, h);
	} else if (l->excess > 0) {
		l->excess += left;
		w->taken += left;
	} else if (left > 0) {
		lines_take(w, h, left);
	}
	if (h->what != HEARD_NOTHING || l->excess == 0 || l->refused)
		return;
	h->what = HEARD_BAD;
	l->refused = true;
}

/* What it has answered is known; what it did not read is the end of what it was asked. */
static bool
lines_missed(const struct worker *w, size_t bytes)
{
	const char *p = w->asked.data, *end = p + w->asked.length;
	char terminator = lines_of(w)->terminator;
	size_t done;

	for (done = w->given - w->owed; done > 0; done--)
		p = (const char *)memchr(p, terminator, (size_t)(end - p)) + 1;
	return bytes >= (size_t)(end - p);
}

static int64_t
lines_hear_at(const struct worker *w, int64_t now)
{
	size_t done = w->given - w->owed;
	int64_t pause, pace = done > 0 ? (now - w->asked_at) / (int64_t)done :
	    lines_of(w)->pace;

	if (w->owed < HUSH_JOBS || w->latest > HUSH_BYTES)
		return 0;
	pause = pace * (int64_t)w->owed / 2;
	if (pause > WORKER_TARGET)
		pause = WORKER_TARGET;
	return pause > HUSH_LEAST ? now + pause : 0;
}

static size_t
lines_excess(const struct worker *w)
{
	return lines_of(w)->excess;
}

const struct worker_kind worker_lines = {
	.pipe = PIPE_OUT,
	.hushed = { [PIPE_OUT] = true },
	.passes = true,
	.bytes = BYTES,
	.size = sizeof(struct lines),
	.init = lines_init,
	.reset = lines_reset,
	.ask = lines_ask,
	.hear = lines_hear,
	.missed = lines_missed,
	.hear_at = lines_hear_at,
	.excess = lines_excess,
};
