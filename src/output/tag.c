/*
 * tag: lines are found, nothing is held.
 */
#include <string.h>

#include "base/buf.h"
#include "output/tag.h"

void
tag_add(struct tag *tag, int stream, struct buf *out, const char *data, size_t length)
{
	const char *end = data + length, *newline;
	size_t n;

	while (data < end) {
		if (!tag->midline[stream])
			buf_add(out, tag->text.data, tag->text.length);
		newline = memchr(data, '\n', (size_t)(end - data));
		n = newline != NULL ? (size_t)(newline - data) + 1 : (size_t)(end - data);
		buf_add(out, data, n);
		tag->midline[stream] = newline == NULL;
		data += n;
	}
}
