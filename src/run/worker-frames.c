/*
 * worker-frames: jobs go to an agent in frames, with their fields, and what it says comes
 * in frames.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/clock.h"
#include "run/desk.h"
#include "run/frame.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define COUNTS_ROOM	48
#define BYTES		(128 * 1024)	/* half of a pipe that was widened */

struct frames {
	struct worker	 worker;
	struct desk	*desk;
	bool		 greeted;	/* the agent has said which version it speaks */
	bool		 buried;	/* what it had done is known, and was not asked yet */
};

/* Of this kind they all are, the worker of each being its first member. */
static struct frames *
frames_of(const struct worker *w)
{
	return (struct frames *)(uintptr_t)w;
}

static void
frames_init(struct worker *w, const struct plan *plan __attribute__((unused)))
{
	struct frames *f = frames_of(w);

	f->desk = desk_new();
	w->together = w->together && desk_shared(f->desk);
}

static void
frames_release(struct worker *w)
{
	desk_free(frames_of(w)->desk);
}

static void
frames_reset(struct worker *w)
{
	frames_of(w)->greeted = frames_of(w)->buried = false;
}

static struct desk *
frames_desk(const struct worker *w)
{
	return frames_of(w)->desk;
}

static void
frames_ask(struct worker *w, uint64_t number, const struct batch *b,
    const struct words *command __attribute__((unused)))
{
	const struct words *fields = &b->fields;
	size_t start = fields->count > 0 ? fields->starts[0] : 0;
	size_t bytes = fields->count > 0 ? fields->bytes.length - start : 0;
	char counts[COUNTS_ROOM], head[FRAME_HEAD];
	size_t length, n = (size_t)snprintf(counts, sizeof counts, "%zu %zu", w->given,
	    fields->count / w->given) + 1;

	desk_ask(frames_of(w)->desk);
	length = frame_head(head, FRAME_RUN, number, n + bytes);
	buf_add(&w->asked, head, length);
	buf_add(&w->asked, counts, n);
	if (bytes > 0)
		buf_add(&w->asked, fields->bytes.data + start, bytes);
	buf_add_byte(&w->asked, '\n');
}

/* The agent says who it is. */
static void
frames_greet(struct worker *w, struct heard *h, const struct frame *f)
{
	bool greeted = f->length == strlen(FRAME_VERSION) &&
	    memcmp(f->bytes, FRAME_VERSION, f->length) == 0;

	frames_of(w)->greeted = greeted;
	if (!greeted)
		h->what = HEARD_BAD;
}

static void
frames_take(struct worker *w, struct heard *h, const struct frame *f)
{
	struct frame_done done;

	switch (f->type) {
	case FRAME_OUT:
	case FRAME_ERR:
		/* Who died before it said anything left none. */
		if (f->length == 0)
			break;
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
		frames_greet(w, h, f);
		break;
	case FRAME_RUN:
	case FRAME_OTHER:
		break;
	}
	if (!frames_of(w)->greeted)
		h->what = HEARD_BAD;
}

/* What the one who died had ended, but could not say any more. */
static void
frames_hear_last(struct worker *w, struct heard *h)
{
	struct frames *f = frames_of(w);
	size_t said = w->given - w->owed, ended = f->buried ? desk_ended(f->desk) : 0;
	const struct frame_done done = { .jobs = ended > said ? ended - said : 0 };

	f->buried = false;
	if (done.jobs > 0)
		worker_done(w, h, &done);
}

static void
frames_hear(struct worker *w, struct heard *h)
{
	struct frame f;

	while (h->what == HEARD_NOTHING) {
		switch (frame_take(w->heard.data + w->taken, w->heard.length - w->taken, &f)) {
		case FRAME_MORE:
			frames_hear_last(w, h);
			return;
		case FRAME_BAD:
			h->what = HEARD_BAD;
			return;
		case FRAME_TAKEN:
			w->taken += f.size;
			frames_take(w, h, &f);
			break;
		}
	}
}

static ssize_t
frames_peek(struct worker *w, int fd)
{
	worker_forget(w);
	return desk_peek(frames_of(w)->desk, fd, &w->heard);
}

static size_t
frames_recall(struct worker *w, size_t least)
{
	return desk_recall(frames_of(w)->desk, least, w->owed - least);
}

static bool
frames_idle(const struct worker *w)
{
	return desk_idle(frames_of(w)->desk);
}

static void
frames_bury(struct worker *w)
{
	worker_forget(w);
	frames_of(w)->buried = desk_clear_away(frames_of(w)->desk, w->received, &w->heard);
}

const struct worker_kind worker_frames = {
	.pipe = PIPE_FRAMES,
	.bytes = BYTES,
	.size = sizeof(struct frames),
	.init = frames_init,
	.release = frames_release,
	.reset = frames_reset,
	.ask = frames_ask,
	.hear = frames_hear,
	.desk = frames_desk,
	.peek = frames_peek,
	.recall = frames_recall,
	.idle = frames_idle,
	.bury = frames_bury,
};
