/*
 * element: the value is written in steps, of which those that say what was held are
 * repeated until they have said all.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "output/capture.h"
#include "output/element.h"
#include "output/json.h"

enum step {
	STEP_TOLD,
	STEP_OUT,
	STEP_ERR,
	STEP_END,
	STEP_OVER,
};

struct element {
	bool			 of_array;
	bool			 null;
	struct capture		 said[2];
	struct json_text	 text[2];
	struct buf		 members;
	enum step		 step;
	bool			 midway;	/* the step began before */
	char			 rest[JSON_GROUP];	/* of a group of base64: */
	size_t			 rest_length;
};

static const char *const names[] = { [STREAM_OUT] = "stdout", [STREAM_ERR] = "stderr" };

struct element *
element_new(bool of_array)
{
	struct element *e = mem_array(1, sizeof *e);

	e->of_array = of_array;
	capture_init(&e->said[STREAM_OUT]);
	capture_init(&e->said[STREAM_ERR]);
	return e;
}

void
element_free(struct element *e, struct hold *hold)
{
	if (e == NULL)
		return;
	capture_release(&e->said[STREAM_OUT], hold);
	capture_release(&e->said[STREAM_ERR], hold);
	buf_release(&e->members);
	free(e);
}

bool
element_has(const struct element *e, enum stream stream)
{
	return stream == STREAM_OUT || !e->of_array;
}

void
element_add(struct element *e, struct hold *hold, enum stream stream, const void *data,
    size_t length)
{
	json_scan(&e->text[stream], data, length);
	capture_add(&e->said[stream], hold, stream, data, length);
}

void
element_clear_stream(struct element *e, struct hold *hold, enum stream stream)
{
	capture_release(&e->said[stream], hold);
	e->text[stream] = (struct json_text){0};
}

void
element_clear(struct element *e, struct hold *hold)
{
	element_clear_stream(e, hold, STREAM_OUT);
	element_clear_stream(e, hold, STREAM_ERR);
}

size_t
element_bytes(const struct element *e)
{
	return e->said[STREAM_OUT].bytes + e->said[STREAM_ERR].bytes;
}

void
element_tell(struct element *e, const struct buf *members)
{
	buf_add(&e->members, members->data, members->length);
}

void
element_tell_null(struct element *e, struct hold *hold)
{
	element_clear(e, hold);
	e->null = true;
}

/* What comes before a stream's bytes, and after them. */
static void
element_open(const struct element *e, enum stream stream, struct buf *b)
{
	bool text = json_is_text(&e->text[stream]);

	if (e->null)
		return;
	if (!e->of_array)
		buf_addf(b, ",\"%s%s\":", names[stream], text ? "" : "_base64");
	else if (!text)
		buf_add_string(b, "{\"base64\":");
	buf_add_byte(b, '"');
}

static void
element_close(const struct element *e, enum stream stream, struct buf *b)
{
	if (e->null)
		buf_add_string(b, "null");
	else
		buf_add_byte(b, '"');
	if (e->of_array && !json_is_text(&e->text[stream]))
		buf_add_byte(b, '}');
}

/* Bytes go in groups; what is left of the last one waits for more. */
static void
element_add_base64(struct element *e, const char *data, size_t length, struct buf *b)
{
	size_t whole;

	while (e->rest_length > 0 && length > 0) {
		e->rest[e->rest_length++] = *data++;
		length--;
		if (e->rest_length < JSON_GROUP)
			continue;
		json_add_base64(b, e->rest, JSON_GROUP);
		e->rest_length = 0;
	}
	whole = length - length % JSON_GROUP;
	json_add_base64(b, data, whole);
	for (; whole < length; whole++)
		e->rest[e->rest_length++] = data[whole];
}

/* Some of what the job said there: 1, 0 if that was all, or -1 and errno. */
static int
element_say(struct element *e, struct hold *hold, enum stream stream, struct buf *b)
{
	enum stream of;
	size_t length;
	const char *data;

	data = capture_peek(&e->said[stream], hold, &of, &length);
	if (data == NULL && length != 0)
		return -1;
	if (data == NULL) {
		json_add_base64(b, e->rest, e->rest_length);
		e->rest_length = 0;
		return 0;
	}
	if (json_is_text(&e->text[stream]))
		json_add_text(b, data, length);
	else
		element_add_base64(e, data, length, b);
	capture_skip(&e->said[stream], hold, length);
	return 1;
}

/* A piece of the step for a stream: as element_say. */
static int
element_next_of(struct element *e, struct hold *hold, enum stream stream, struct buf *b)
{
	int more;

	if (!e->midway)
		element_open(e, stream, b);
	e->midway = true;
	more = element_say(e, hold, stream, b);
	if (more != 0)
		return more;
	element_close(e, stream, b);
	e->midway = false;
	return 0;
}

int
element_next(struct element *e, struct hold *hold, struct buf *b)
{
	int more = 0;

	switch (e->step) {
	case STEP_TOLD:
		if (!e->of_array)
			buf_add_byte(b, '{');
		buf_add(b, e->members.data, e->members.length);
		break;
	case STEP_OUT:
		more = element_next_of(e, hold, STREAM_OUT, b);
		break;
	case STEP_ERR:
		if (!e->of_array)
			more = element_next_of(e, hold, STREAM_ERR, b);
		break;
	case STEP_END:
		if (!e->of_array)
			buf_add_string(b, "}\n");
		break;
	case STEP_OVER:
		return 0;
	}
	if (more == 0)
		e->step++;
	return more == -1 ? -1 : 1;
}
