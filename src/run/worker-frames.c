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
#include "run/frame.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define COUNTS_ROOM	48

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
	w->greeted = f->length == strlen(FRAME_VERSION) &&
	    memcmp(f->bytes, FRAME_VERSION, f->length) == 0;
	if (!w->greeted)
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
	if (!w->greeted)
		h->what = HEARD_BAD;
}

void
worker_hear_frames(struct worker *w, struct heard *h)
{
	struct frame f;

	while (h->what == HEARD_NOTHING) {
		switch (frame_take(w->heard.data + w->taken, w->heard.length - w->taken, &f)) {
		case FRAME_MORE:
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

const struct worker_kind worker_frames = { frames_ask, worker_hear_frames, PIPE_FRAMES };
