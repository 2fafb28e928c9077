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

/* Fields of a record are joined with a blank, as {} would be. */
static void
lines_ask(struct worker *w, uint64_t number, const struct batch *b,
    const struct words *command __attribute__((unused)))
{
	const struct words *f = &b->fields;
	size_t width = f->count / w->given, start, end, i;

	(void)number;
	if (width == 0) {
		buf_add_byte(&w->asked, w->terminator);
		return;
	}
	start = f->starts[0];
	buf_add(&w->asked, f->bytes.data + start, f->bytes.length - start);
	for (i = 1; i <= f->count; i++) {
		end = i < f->count ? f->starts[i] : f->bytes.length;
		w->asked.data[end - start - 1] = width == 1 || i % width == 0 ?
		    w->terminator : ' ';
	}
}

/* Answers that have come, at most so many, and their bytes with those of the next one. */
static size_t
lines_count(const struct worker *w, size_t most, size_t *bytes)
{
	const char *start = w->heard.data + w->taken, *end = w->heard.data + w->heard.length;
	const char *p = start, *next;
	size_t n;

	for (n = 0; n < most; n++) {
		next = memchr(p, w->terminator, (size_t)(end - p));
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
	w->excess = left - bytes;
	w->ended = w->excess > 0 && n > 0 ? n - 1 : n;
}

static void
lines_end(struct worker *w, struct heard *h)
{
	int64_t took = clock_now() - w->asked_at;
	const struct frame_done done = { .jobs = w->ended, .took = took / LONGER };

	if (w->ended == w->owed)
		w->pace = took / (int64_t)w->given;
	w->ended = 0;
	worker_done(w, h, &done);
}

static void
lines_hear(struct worker *w, struct heard *h)
{
	size_t left = w->heard.length - w->taken;

	if (w->ended > 0) {
		lines_end(w, h);
	} else if (w->excess > 0) {
		w->excess += left;
		w->taken += left;
	} else if (left > 0) {
		lines_take(w, h, left);
	}
	if (h->what != HEARD_NOTHING || w->excess == 0 || w->refused)
		return;
	h->what = HEARD_BAD;
	w->refused = true;
}

const struct worker_kind worker_lines = { lines_ask, lines_hear, PIPE_OUT };
