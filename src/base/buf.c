/*
 * buf: a growing array of bytes, for whatever has to be put together.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

void
buf_grow(struct buf *b, size_t more)
{
	size_t size = b->size != 0 ? b->size : 64;

	while (size - b->length < more)
		size *= 2;
	b->data = mem_resize(b->data, size, 1);
	b->size = size;
}

void
buf_add_string(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_addfv(struct buf *b, const char *format, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	buf_reserve(b, (size_t)n + 1);
	(void)vsnprintf(b->data + b->length, (size_t)n + 1, format, ap);
	b->length += (size_t)n;
}

void
buf_addf(struct buf *b, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	buf_addfv(b, format, ap);
	va_end(ap);
}

char *
buf_string(struct buf *b)
{
	buf_reserve(b, 1);
	b->data[b->length] = '\0';
	return b->data;
}

void
buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){0};
}
