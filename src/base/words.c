/*
 * words: many short strings without an allocation for each.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"

/* Jobs come in all sizes: what is kept for the next is at most this much. */
#define KEEP_BYTES	(64 * 1024)

void
words_add(struct words *w, const void *data, size_t length)
{
	if (w->count == w->room) {
		w->room = w->room != 0 ? 2 * w->room : 8;
		w->starts = mem_resize(w->starts, w->room, sizeof *w->starts);
	}
	w->starts[w->count++] = w->bytes.length;
	buf_add(&w->bytes, data, length);
	buf_add_byte(&w->bytes, '\0');
}

const char *
words_at(const struct words *w, size_t i, size_t *length)
{
	size_t end = i + 1 < w->count ? w->starts[i + 1] : w->bytes.length;

	if (length != NULL)
		*length = end - w->starts[i] - 1;
	return w->bytes.data + w->starts[i];
}

char **
words_argv(const struct words *w, char **argv, size_t *room)
{
	size_t i;

	if (*room < w->count + 1) {
		*room = w->count + 1;
		argv = mem_resize(argv, *room, sizeof *argv);
	}
	for (i = 0; i < w->count; i++)
		argv[i] = w->bytes.data + w->starts[i];
	argv[i] = NULL;
	return argv;
}

void
words_clear(struct words *w)
{
	if (w->bytes.size > KEEP_BYTES) {
		words_release(w);
		return;
	}
	w->count = 0;
	w->bytes.length = 0;
}

void
words_release(struct words *w)
{
	buf_release(&w->bytes);
	free(w->starts);
	*w = (struct words){0};
}
