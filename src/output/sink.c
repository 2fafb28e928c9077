/*
 * sink: a queue of turns.  In input order a turn is queued when its job starts;
 * else when there is something complete to say, a job's output or a line.  The
 * head of the queue speaks: if its job is still running, live.  Neighbours that
 * are done are put together, so the queue is never longer than twice the jobs
 * that run, however many have finished behind a slow one.
 */
#include <sys/queue.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "output/capture.h"
#include "output/element.h"
#include "output/outlet.h"
#include "output/quota.h"
#include "output/results.h"
#include "output/sink.h"
#include "output/tag.h"
#include "plan.h"

#define SCRATCH		(64 * 1024)
#define TAG		64		/* bytes: a longer one makes for smaller reads */
#define READ_LEAST	256
#define BULK		(256 * 1024)
#define BULK_PIPE	(1024 * 1024)
#define WINDOW		INT64_C(10000000)	/* nanoseconds */
#define FLOW		(1280 * 1024)		/* bytes in a window: 128 MiB/s */
#define CALM		(20 * WINDOW)		/* without any such window */
#define FLUSH_MOST	(4 * 1024 * 1024)	/* before others get their turn */
#define VALUE_STEP	(128 * 1024)

struct turn {
	TAILQ_ENTRY(turn)	 next;		/* in the queue */
	LIST_ENTRY(turn)	 peer;		/* among those whose job runs */
	struct capture		 held;
	struct capture		 part[2];	/* ORDER_LINES: lines without an end */
	bool			 midline[2];	/* ORDER_LINES: its beginning was said */
	size_t			 said[2];	/* bytes, up to BULK: then it is bulk */
	bool			 queued;
	bool			 done;
	bool			 midway;	/* its stderr is in the middle of a line */
	bool			 muted;		/* see sink_cut */
	bool			 whole;		/* see sink_hold */
	struct kept		*kept;		/* or NULL */
	bool			 silent;	/* and that is all */
	bool			 tagged;
	struct tag		 tag;
	struct element		*element;	/* in place of what it says, till it is said; or NULL */
	bool			 first;		/* its value is the first one */
};

struct sink {
	enum order		 order;
	enum format		 format;
	bool			 begun;		/* there is a first value */
	bool			 over;		/* no job says anything more */
	struct quota		*quota;		/* of stdout; or NULL */
	size_t			 max_output;
	struct hold		 hold;
	struct outlet		 outlets[2];
	TAILQ_HEAD(turn_queue, turn) queue;
	LIST_HEAD(turn_list, turn) running;
	struct turn		*owner;		/* queued before it was done, see sink_elect */
	bool			 shut;		/* nothing is said before sink_release */
	char			*scratch;
	struct buf		 lines;		/* what is in it, with tags */
	bool			 unfinished;	/* the last flush could have gone on */
	unsigned long long	 written;
	unsigned long long	 window_written;	/* when the window began, ... */
	int64_t			 window_at;		/* which was then */
	int64_t			 flowed_at;		/* the last fast one ended then */
	int			 error;		/* of the spill file */
};

/* What says that there was more than may go out. */
static const char *const marks[] = {
	[FORMAT_BYTES] = "parmap: cut off by --max-output\n",
	[FORMAT_JSON] = "{\"truncated\":true}\n",
	[FORMAT_JSON_ARRAY] = "{\"truncated\":true}\n]\n",
};

static const char *const separators[] = { [FORMAT_JSON] = "", [FORMAT_JSON_ARRAY] = ",\n" };

static struct turn *
turn_new(void)
{
	struct turn *t = mem_array(1, sizeof *t);

	capture_init(&t->held);
	capture_init(&t->part[STREAM_OUT]);
	capture_init(&t->part[STREAM_ERR]);
	return t;
}

static void
sink_queue(struct sink *s, struct turn *t)
{
	TAILQ_INSERT_TAIL(&s->queue, t, next);
	t->queued = true;
}

/* The last turn of the queue, done: for what is complete in itself. */
static struct turn *
sink_loose(struct sink *s)
{
	struct turn *t = TAILQ_LAST(&s->queue, turn_queue);

	if (t != NULL && t->done && t->element == NULL)
		return t;
	t = turn_new();
	t->done = true;
	sink_queue(s, t);
	return t;
}

/* That is said behind all that is queued. */
static void
sink_add_loose(struct sink *s, enum stream stream, const void *data, size_t length)
{
	capture_add(&sink_loose(s)->held, &s->hold, stream, data, length);
}

/* Of an array of values: where it begins, or ends. */
static void
sink_frame(struct sink *s, const char *text)
{
	if (s->format == FORMAT_JSON_ARRAY)
		sink_add_loose(s, STREAM_OUT, text, strlen(text));
}

struct sink *
sink_new(const struct plan *plan)
{
	struct sink *s = mem_array(1, sizeof *s);

	s->order = plan->order;
	s->format = plan->format;
	s->max_output = plan->max_output;
	if (plan->max_output != 0)
		s->quota = quota_new(plan->max_output, marks[s->format],
		    separators[s->format]);
	s->shut = plan->atomic;
	hold_init(&s->hold, plan->buffer);
	outlet_init(&s->outlets[STREAM_OUT], STDOUT_FILENO, "stdout");
	outlet_init(&s->outlets[STREAM_ERR], STDERR_FILENO, "stderr");
	/* Jobs that write for themselves are read by the same reader. */
	s->outlets[STREAM_OUT].used = s->outlets[STREAM_ERR].used =
	    s->order == ORDER_NONE;
	TAILQ_INIT(&s->queue);
	LIST_INIT(&s->running);
	s->scratch = mem_alloc(SCRATCH);
	/* Before all else, so that it is an array whatever comes. */
	sink_frame(s, "[\n");
	return s;
}

void
sink_free(struct sink *s)
{
	struct turn *t;

	while ((t = TAILQ_FIRST(&s->queue)) != NULL) {
		TAILQ_REMOVE(&s->queue, t, next);
		capture_release(&t->held, &s->hold);
		element_free(t->element, &s->hold);
		free(t);
	}
	quota_free(s->quota);
	outlet_release(&s->outlets[STREAM_OUT]);
	outlet_release(&s->outlets[STREAM_ERR]);
	hold_release(&s->hold);
	free(s->scratch);
	buf_release(&s->lines);
	free(s);
}

/* That are held until it is at an end. */
static size_t
turn_bytes(const struct turn *t)
{
	return t->held.bytes + (t->element != NULL ? element_bytes(t->element) : 0);
}

/* Puts what the turn after that one has to say to it, if both are done. */
static void
sink_merge(struct sink *s, struct turn *t)
{
	struct turn *after = t != NULL ? TAILQ_NEXT(t, next) : NULL;

	if (after == NULL || !t->done || !after->done || t->element != NULL ||
	    after->element != NULL)
		return;
	capture_append(&t->held, &s->hold, &after->held);
	TAILQ_REMOVE(&s->queue, after, next);
	free(after);
}

static bool
sink_is_head(const struct sink *s, const struct turn *t)
{
	return TAILQ_FIRST(&s->queue) == t;
}

/* Was something lost of what was held in order?  Then nothing behind it may be said. */
static bool
sink_broken(const struct sink *s)
{
	return s->error != 0 && s->order == ORDER_INPUT;
}

/* May it speak, while its job is running? */
static bool
sink_is_live(const struct sink *s, const struct turn *t)
{
	return sink_is_head(s, t) && !t->whole && !s->shut && !sink_broken(s);
}

/* The turn of a job. */
static struct turn *
sink_enter_any(struct sink *s)
{
	struct turn *t = turn_new();

	LIST_INSERT_HEAD(&s->running, t, peer);
	if (s->format != FORMAT_BYTES) {
		t->element = element_new(s->format == FORMAT_JSON_ARRAY);
		t->whole = true;
	}
	return t;
}

/* It is queued as the last one, and so is its value. */
static void
sink_queue_value(struct sink *s, struct turn *t)
{
	sink_queue(s, t);
	t->first = !s->begun;
	s->begun = true;
}

struct turn *
sink_enter(struct sink *s)
{
	struct turn *t = sink_enter_any(s);

	if (s->order == ORDER_INPUT)
		sink_queue_value(s, t);
	return t;
}

struct turn *
sink_enter_after(struct sink *s, struct turn *before)
{
	struct turn *t = sink_enter_any(s);

	if (s->order == ORDER_INPUT) {
		TAILQ_INSERT_AFTER(&s->queue, before, t, next);
		t->queued = true;
	}
	return t;
}

void
sink_tag(struct turn *t, const char *text, size_t length)
{
	t->tagged = true;
	t->tag.text.length = 0;
	buf_add(&t->tag.text, text, length);
}

void
sink_keep(struct turn *t, struct kept *kept, bool all)
{
	t->kept = kept;
	t->silent = kept != NULL && all;
}

void
sink_hold(const struct sink *s, struct turn *t, bool whole)
{
	t->whole = t->element != NULL ||
	    (whole && (s->order == ORDER_INPUT || s->order == ORDER_FINISH));
}

void
sink_drop(struct sink *s, struct turn *t)
{
	int i;

	for (i = 0; i < 2; i++) {
		/* A line of which something was said goes on. */
		if (t->midline[i])
			continue;
		capture_release(&t->part[i], &s->hold);
		t->tag.midline[i] = false;
	}
	if (t->element != NULL)
		element_clear(t->element, &s->hold);
	if (t->whole)
		capture_release(&t->held, &s->hold);
	t->midway = false;
}

static void
sink_keep_errors(struct sink *s, struct capture *held)
{
	if (capture_keep(held, &s->hold, STREAM_ERR) == -1 && s->error == 0)
		s->error = errno;
}

void
sink_replace(struct sink *s, struct turn *t, const void *data, size_t length)
{
	if (t->element != NULL)
		element_clear_stream(t->element, &s->hold, STREAM_OUT);
	else
		sink_keep_errors(s, &t->held);
	t->tag.midline[STREAM_OUT] = false;
	sink_show(s, t, STDOUT_FILENO, data, length);
}

void
sink_tell(struct turn *t, const struct buf *members)
{
	if (t->element != NULL)
		element_tell(t->element, members);
}

void
sink_tell_null(struct sink *s, struct turn *t)
{
	if (t->element != NULL)
		element_tell_null(t->element, &s->hold);
}

bool
sink_spent(const struct sink *s)
{
	return s->quota != NULL && quota_spent(s->quota);
}

/* A piece of its value is held in its place: all of what is small, at once. */
static void
sink_value(struct sink *s, struct turn *t)
{
	struct buf piece = {0};
	int more;

	/* What cannot go out any more need not be made. */
	more = sink_spent(s) ? 0 : 1;
	while (more == 1 && piece.length < VALUE_STEP)
		more = element_next(t->element, &s->hold, &piece);
	if (more == -1 && s->error == 0)
		s->error = errno;
	capture_add(&t->held, &s->hold, STREAM_OUT, piece.data, piece.length);
	buf_release(&piece);
	if (more == 1)
		return;
	element_free(t->element, &s->hold);
	t->element = NULL;
}

/* All that it says is known. */
static void
sink_value_begin(struct sink *s, struct turn *t)
{
	const char *before = t->first ? "" : separators[s->format];

	capture_add(&t->held, &s->hold, STREAM_OUT, before, strlen(before));
	sink_value(s, t);
}

void
sink_leave(struct sink *s, struct turn *t)
{
	buf_release(&t->tag.text);
	LIST_REMOVE(t, peer);
	capture_append(&t->held, &s->hold, &t->part[STREAM_OUT]);
	capture_append(&t->held, &s->hold, &t->part[STREAM_ERR]);
	t->done = true;
	if (s->owner == t)
		s->owner = NULL;
	if (!t->queued)
		sink_queue_value(s, t);
	if (t->element != NULL)
		sink_value_begin(s, t);
	sink_merge(s, t);
	sink_merge(s, TAILQ_PREV(t, turn_queue, next));
}

static bool
sink_blocked(const struct sink *s)
{
	return s->outlets[STREAM_OUT].blocked || s->outlets[STREAM_ERR].blocked;
}

static void
sink_mute(struct sink *s, struct turn *t)
{
	capture_release(&t->held, &s->hold);
	if (t->element != NULL)
		element_clear(t->element, &s->hold);
	t->muted = true;
}

bool
sink_muted(const struct turn *t)
{
	return t->muted;
}

void
sink_cut(struct sink *s, bool keep_complete)
{
	struct turn *t;
	bool gap = false;

	if (s->order == ORDER_LINES || s->order == ORDER_NONE)
		return;
	/* A value tells itself whether it is whole, and none is left out. */
	if (s->format != FORMAT_BYTES && keep_complete)
		return;
	LIST_FOREACH(t, &s->running, peer)
		/* Of what is held, it is not known that it would ever be said. */
		if (!sink_is_head(s, t) || sink_blocked(s) || t->whole)
			sink_mute(s, t);
	if (s->order == ORDER_FINISH || keep_complete || s->format != FORMAT_BYTES)
		return;
	/* What a serial run would have written so far, and nothing after it. */
	TAILQ_FOREACH(t, &s->queue, next) {
		if (gap && t->done)
			capture_release(&t->held, &s->hold);
		gap = gap || !t->done;
	}
}

/* Of nothing that is held stdout is said. */
static void
sink_forget(struct sink *s)
{
	struct turn *t = TAILQ_FIRST(&s->queue);

	for (; t != NULL; t = TAILQ_NEXT(t, next)) {
		sink_keep_errors(s, &t->held);
		element_free(t->element, &s->hold);
		t->element = NULL;
	}
}

void
sink_release(struct sink *s, bool whole)
{
	s->over = s->unfinished = true;
	sink_frame(s, s->begun ? "\n]\n" : "]\n");
	if (s->shut && !whole)
		sink_forget(s);
	s->shut = false;
}

/*
 * In no order of jobs, everyone may have to wait for memory.  Then the one who
 * holds most of it goes live, until its job, or its line, is at an end.
 */
static void
sink_elect(struct sink *s)
{
	struct turn *t, *most = NULL;
	size_t bytes, most_bytes = 0;	/* at least one: who waits, waits for it */
	int i;

	if (s->order == ORDER_INPUT || s->owner != NULL || !hold_full(&s->hold))
		return;
	LIST_FOREACH(t, &s->running, peer) {
		bytes = turn_bytes(t) + t->part[0].bytes + t->part[1].bytes;
		if (bytes > most_bytes && t->said[STREAM_OUT] + t->said[STREAM_ERR] > 0) {
			most = t;
			most_bytes = bytes;
		}
	}
	if (most == NULL)
		return;
	for (i = 0; i < 2; i++) {
		most->midline[i] = !capture_empty(&most->part[i]);
		capture_append(&most->held, &s->hold, &most->part[i]);
	}
	s->owner = most;
	sink_queue(s, most);
}

/* What the turn has held is one of its own, before it, which is done. */
static struct turn *
sink_part(struct sink *s, struct turn *t)
{
	struct turn *said = turn_new();

	said->done = true;
	capture_append(&said->held, &s->hold, &t->held);
	if (t->queued) {
		TAILQ_INSERT_BEFORE(t, said, next);
		said->queued = true;
	} else
		sink_queue(s, said);
	return said;
}

/* A line was completed: the owner need not speak any more. */
static void
sink_disown(struct sink *s, struct turn *t)
{
	/* What it owes stays in its place; the turn itself leaves the queue. */
	(void)sink_part(s, t);
	TAILQ_REMOVE(&s->queue, t, next);
	t->queued = false;
	s->owner = NULL;
}

void
sink_complete(struct sink *s, struct turn *t)
{
	if (s->order == ORDER_LINES || s->order == ORDER_NONE || t->whole ||
	    capture_empty(&t->held))
		return;
	sink_merge(s, TAILQ_PREV(sink_part(s, t), turn_queue, next));
}

static const char *
last_newline(const char *p, size_t length)
{
	return length > 0 ? memrchr(p, '\n', length) : NULL;
}

/* Whole lines are complete; what follows the last of them has to wait. */
static void
sink_add_lines(struct sink *s, struct turn *t, enum stream stream,
    const char *data, size_t length)
{
	const char *newline = last_newline(data, length);
	size_t whole = newline != NULL ? (size_t)(newline - data) + 1 : 0;
	struct capture *to, *part = &t->part[stream];

	if (s->owner == t && t->midline[stream]) {
		if (newline == NULL) {
			capture_add(&t->held, &s->hold, stream, data, length);
			return;
		}
		t->midline[stream] = false;
	}
	if (whole > 0) {
		to = s->owner == t ? &t->held : &sink_loose(s)->held;
		capture_append(to, &s->hold, part);
		capture_add(to, &s->hold, stream, data, whole);
	}
	if (length > whole)
		capture_add(part, &s->hold, stream, data + whole, length - whole);
	if (s->owner == t && !t->midline[STREAM_OUT] && !t->midline[STREAM_ERR])
		sink_disown(s, t);
}

/* How many of the bytes were taken. */
static size_t
sink_write(struct sink *s, enum stream stream, const char *data, size_t length)
{
	if (stream == STREAM_OUT && s->quota != NULL)
		return quota_write(s->quota, &s->outlets[stream], data, length);
	return outlet_write(&s->outlets[stream], data, length);
}

static void
sink_add_stream(struct sink *s, struct turn *t, enum stream stream,
    const char *data, size_t length)
{
	size_t n = 0;

	if (s->order == ORDER_LINES || s->order == ORDER_NONE) {
		sink_add_lines(s, t, stream, data, length);
		return;
	}
	if (sink_is_live(s, t) && capture_empty(&t->held)) {
		n = sink_write(s, stream, data, length);
		s->written += n;
	}
	if (n < length)
		capture_add(&t->held, &s->hold, stream, data + n, length - n);
}

void
sink_add(struct sink *s, struct turn *t, int number, const void *data, size_t length)
{
	enum stream stream = number == STDOUT_FILENO ? STREAM_OUT : STREAM_ERR;

	if (stream == STREAM_ERR && t->midway)
		sink_add_stream(s, t, stream, "\n", 1);
	t->midway = false;
	sink_add_stream(s, t, stream, data, length);
}

/* Adds what a job said itself. */
static void
sink_add_said(struct sink *s, struct turn *t, enum stream stream, const char *data,
    size_t length)
{
	if (t->element != NULL && element_has(t->element, stream)) {
		element_add(t->element, &s->hold, stream, data, length);
		return;
	}
	if (!t->tagged) {
		sink_add_stream(s, t, stream, data, length);
		return;
	}
	s->lines.length = 0;
	tag_add(&t->tag, stream, &s->lines, data, length);
	sink_add_stream(s, t, stream, s->lines.data, s->lines.length);
}

void
sink_show(struct sink *s, struct turn *t, int number, const void *data, size_t length)
{
	sink_add_said(s, t, number == STDOUT_FILENO ? STREAM_OUT : STREAM_ERR, data, length);
}

void
sink_notice(struct sink *s, const void *data, size_t length)
{
	sink_add_loose(s, STREAM_ERR, data, length);
}

void
sink_cry(struct sink *s, const void *data, size_t length)
{
	struct outlet *o = &s->outlets[STREAM_ERR];
	int error = o->error;

	/* Though something is lost already, this may still be said. */
	o->error = 0;
	outlet_ask(o);
	(void)outlet_write(o, data, length);
	if (error != 0)
		o->error = error;
}

/* Has it said more than could ever go out as its value? */
static bool
sink_outgrown(const struct sink *s, const struct turn *t)
{
	return s->quota != NULL && t->element != NULL && !t->done &&
	    element_bytes(t->element) > s->max_output;
}

bool
sink_wants(const struct sink *s, const struct turn *t)
{
	if (t->muted || t->silent)
		return true;
	if (sink_outgrown(s, t))
		return false;
	if (sink_is_live(s, t))
		return capture_empty(&t->held) && !sink_blocked(s);
	/* The others may have all of the memory, and will not go before it. */
	if (sink_is_head(s, t))
		return !hold_spent(&s->hold, turn_bytes(t));
	return !hold_full(&s->hold);
}

/* Tries to move bytes without copying them: as sink_read, -1 and ENOTSUP if not. */
static ssize_t
sink_move(struct sink *s, struct turn *t, enum stream stream, int fd)
{
	struct outlet *o = &s->outlets[stream];

	if (s->order == ORDER_LINES || t->muted || t->tagged || t->kept != NULL ||
	    t->element != NULL || s->quota != NULL) {
		errno = ENOTSUP;
		return -1;
	}
	if (!sink_is_live(s, t))
		return capture_splice(&t->held, &s->hold, stream, fd);
	if (!capture_empty(&t->held) || o->blocked || o->error != 0) {
		errno = ENOTSUP;
		return -1;
	}
	return outlet_splice(o, fd, BULK_PIPE);
}

void
sink_say(struct sink *s, struct turn *t, int number, const void *data, size_t length)
{
	enum stream stream = number == STDOUT_FILENO ? STREAM_OUT : STREAM_ERR;
	const char *bytes = data;

	if (t == NULL) {
		/* It would be no JSON. */
		if (s->format != FORMAT_BYTES)
			stream = STREAM_ERR;
		sink_add_loose(s, stream, data, length);
		return;
	}
	if (t->said[stream] < BULK)
		t->said[stream] += length;
	if (t->kept != NULL)
		kept_write(t->kept, stream, data, length);
	if (t->muted || t->silent)
		return;
	if (stream == STREAM_ERR)
		t->midway = bytes[length - 1] != '\n';
	sink_add_said(s, t, stream, data, length);
}

/* How much to read at once, of which each byte may be a line with a tag. */
static size_t
sink_read_most(const struct turn *t)
{
	size_t most = SCRATCH;

	if (t != NULL && t->tagged && t->tag.text.length > TAG)
		most = SCRATCH / t->tag.text.length * TAG;
	return most > READ_LEAST ? most : READ_LEAST;
}

ssize_t
sink_read(struct sink *s, struct turn *t, int number, int fd, size_t most)
{
	enum stream stream = number == STDOUT_FILENO ? STREAM_OUT : STREAM_ERR;
	bool bulk = t != NULL && t->said[stream] >= BULK;
	ssize_t n;

	if (bulk && most >= BULK_PIPE) {
		n = sink_move(s, t, stream, fd);
		if (n > 0)
			s->written += sink_is_live(s, t) ? (size_t)n : 0;
		if (n != -1 || errno != ENOTSUP)
			return n;
	}
	n = read(fd, s->scratch, most < sink_read_most(t) ? most : sink_read_most(t));
	if (n <= 0)
		return n;
	sink_say(s, t, number, s->scratch, (size_t)n);
	if (t != NULL && !bulk && t->said[stream] >= BULK)
		/* Fewer, larger moves; the system may have better uses for it. */
		(void)fcntl(fd, F_SETPIPE_SZ, BULK_PIPE);
	return n;
}

/* Writes of the head what it holds: true if that was all. */
static bool
sink_flush_head(struct sink *s, struct turn *t, size_t *budget)
{
	enum stream stream;
	const char *data;
	size_t length, n;

	while ((data = capture_peek(&t->held, &s->hold, &stream, &length)) != NULL) {
		n = sink_write(s, stream, data, length);
		s->written += n;
		capture_skip(&t->held, &s->hold, n);
		if (n < length)
			return false;
		if (*budget < n) {
			s->unfinished = true;
			return false;
		}
		*budget -= n;
	}
	if (length != 0) {
		if (s->error == 0)
			s->error = errno;
		capture_release(&t->held, &s->hold);
	}
	return true;
}

/*
 * What waited for what comes after it.  A value of which there is too much already is not
 * waited for, if it is the next one, or may be.
 */
static void
sink_flush_quota(struct sink *s)
{
	const struct turn *t;

	LIST_FOREACH(t, &s->running, peer)
		if (t->element != NULL && (TAILQ_EMPTY(&s->queue) || sink_is_head(s, t)))
			quota_expect(s->quota, element_bytes(t->element));
	if (s->over && TAILQ_EMPTY(&s->queue))
		quota_end(s->quota);
	(void)quota_flush(s->quota, &s->outlets[STREAM_OUT]);
}

void
sink_flush(struct sink *s)
{
	size_t budget = FLUSH_MOST;
	struct turn *t;

	s->unfinished = false;
	sink_elect(s);
	while (!s->shut && !sink_broken(s) && (t = TAILQ_FIRST(&s->queue)) != NULL) {
		if (t->whole && !t->done)
			break;
		if (!sink_flush_head(s, t, &budget) || !t->done)
			break;
		if (t->element != NULL) {
			sink_value(s, t);
			continue;
		}
		TAILQ_REMOVE(&s->queue, t, next);
		free(t);
	}
	if (s->quota != NULL)
		sink_flush_quota(s);
}

bool
sink_owes(const struct sink *s)
{
	const struct turn *t = TAILQ_FIRST(&s->queue);

	if (s->quota != NULL && (quota_owes(s->quota) ||
	    (s->over && quota_waits(s->quota))))
		return true;
	return t != NULL && !s->shut && (!t->whole || t->done) &&
	    (!capture_empty(&t->held) || t->element != NULL);
}

bool
sink_full(const struct sink *s)
{
	return hold_overdrawn(&s->hold);
}

bool
sink_stuck(const struct sink *s)
{
	const struct turn *t = TAILQ_FIRST(&s->queue);

	/* What is done may be a little more than there is room for. */
	if (s->shut)
		return LIST_EMPTY(&s->running) ? hold_overdrawn(&s->hold) :
		    hold_full(&s->hold);
	return t != NULL && t->whole && !t->done && hold_spent(&s->hold, turn_bytes(t));
}

/*
 * While output goes at the speed of memory, what is behind the head waits in its
 * pipes rather than in the spill file: the copies there and back would take that
 * speed away, and gain nothing.
 */
int64_t
sink_tick(struct sink *s, int64_t now)
{
	unsigned long long written = s->written - s->window_written;
	const struct turn *head = TAILQ_FIRST(&s->queue);

	if (s->flowed_at == 0)
		s->flowed_at = now;	/* who starts gets a chance */
	if (now - s->window_at >= WINDOW) {
		if (written / FLOW >=
		    (unsigned long long)((now - s->window_at) / WINDOW))
			s->flowed_at = now;
		s->window_at = now;
		s->window_written = s->written;
	}
	/* What has to wait for the end of its job cannot wait in a pipe. */
	s->hold.flowing = now - s->flowed_at < CALM && !s->shut &&
	    (head == NULL || !head->whole);
	return s->hold.flowing && hold_full(&s->hold) ? s->window_at + WINDOW : 0;
}

void
sink_settle(struct sink *s)
{
	outlet_settle(&s->outlets[STREAM_OUT]);
	outlet_settle(&s->outlets[STREAM_ERR]);
}

unsigned long long
sink_progress(const struct sink *s)
{
	return s->written;
}

/* Is there anything to say, or going to be? */
static bool
sink_speaks(const struct sink *s)
{
	return TAILQ_FIRST(&s->queue) != NULL || (s->quota != NULL && quota_owes(s->quota));
}

int
sink_poll(const struct sink *s, struct pollfd *fds)
{
	int i, n = 0;

	for (i = 0; i < 2; i++)
		if (s->outlets[i].blocked && sink_speaks(s))
			fds[n++] = (struct pollfd){ s->outlets[i].fd, POLLOUT, 0 };
		else if (outlet_watched(&s->outlets[i]))
			fds[n++] = (struct pollfd){ s->outlets[i].fd, 0, 0 };
	return n;
}

void
sink_polled(struct sink *s, const struct pollfd *fds, int n)
{
	int i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < 2; j++)
			if (fds[i].revents != 0 && fds[i].fd == s->outlets[j].fd)
				outlet_polled(&s->outlets[j], fds[i].revents);
}

bool
sink_busy(const struct sink *s)
{
	return s->unfinished;
}

int
sink_error(const struct sink *s, const char **name)
{
	int i;

	for (i = 0; i < 2; i++) {
		*name = s->outlets[i].name;
		if (s->outlets[i].error != 0)
			return s->outlets[i].error;
	}
	*name = "spill file";
	return s->error;
}
