/*
 * frame: bytes come in any portions, the frames are the same, and bad where they are bad;
 * what is put into a frame comes out of it; and what a DONE says does.
 *
 * Input: a type, a number, how many bytes there are for a frame of our own; these; then
 * bytes that are taken for frames.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "run/frame.h"
#include "input.h"

/* The frame that begins at that place, taken from ever more bytes. */
static enum frame_answer
take_slowly(const char *bytes, size_t length, struct frame *f)
{
	enum frame_answer answer = FRAME_MORE;
	size_t n, known = 0;

	for (n = 0; n <= length && answer == FRAME_MORE; n++) {
		answer = frame_take(bytes, n, f);
		/* How much it will be is said once, and does not change. */
		claim(known == 0 || answer == FRAME_BAD || f->size == known);
		if (answer == FRAME_MORE)
			known = f->size;
	}
	return answer;
}

static void
try_done(const struct frame *f)
{
	struct frame_done done, again;
	char bytes[FRAME_DONE_ROOM];
	struct frame g = { .bytes = bytes };

	if (!frame_done_take(f, &done))
		return;
	claim(done.jobs > 0 && done.status >= 0 && done.took >= 0);
	g.length = frame_done_put(bytes, &done);
	claim(g.length < sizeof bytes);
	bytes[g.length] = '\n';
	claim(frame_done_take(&g, &again));
	claim(again.jobs == done.jobs && again.status == done.status && again.took == done.took);
}

static void
try_frames(const char *bytes, size_t length)
{
	struct frame f, g;
	enum frame_answer answer;

	while (length > 0) {
		answer = frame_take(bytes, length, &f);
		claim(take_slowly(bytes, length, &g) == answer);
		if (answer != FRAME_TAKEN)
			return;
		claim(g.size == f.size && g.type == f.type && g.id == f.id && g.bytes == f.bytes);
		claim(f.size <= length && f.bytes + f.length + 1 == bytes + f.size);
		try_done(&f);
		bytes += f.size;
		length -= f.size;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *bytes = (const char *)data;
	struct buf b = {0};
	struct frame f;
	size_t length;
	uint64_t id;

	if (size < 10)
		return 0;
	(void)memcpy(&id, bytes + 1, sizeof id);
	id %= UINT64_C(10000000000000000000);
	length = data[9] < size - 10 ? data[9] : size - 10;
	frame_add(&b, (enum frame_type)(data[0] % FRAME_OTHER), id, bytes + 10, length);
	claim(frame_take(b.data, b.length, &f) == FRAME_TAKEN);
	claim(f.type == (enum frame_type)(data[0] % FRAME_OTHER) && f.id == id);
	claim(f.size == b.length && f.length == length);
	claim(memcmp(f.bytes, bytes + 10, length) == 0);
	buf_release(&b);
	try_frames(bytes + 10 + length, size - 10 - length);
	return 0;
}
