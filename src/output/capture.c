/*
 * capture: a list of chunks.  A chunk in memory, or spilled as it was, is a row
 * of segments: a header, which has the stream in its top bit and the length in
 * the others, and the bytes.  So a chunk can hold the output of thousands of
 * small jobs, and two chunks make one by putting their bytes together.  A raw
 * chunk is an extent of the spill file that has only the bytes, of one stream.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "output/capture.h"
#include "output/spill.h"

#define CHUNK_MIN	256
#define CHUNK_MAX	(64 * 1024)
#define OVERDRAFT	(1024 * 1024)	/* for what jobs say as they end */
#define HEADER		sizeof(uint32_t)
#define HEADER_STREAM	UINT32_C(0x80000000)

struct chunk {
	TAILQ_ENTRY(chunk)	 next;
	char			*data;		/* NULL: spilled */
	off_t			 place;		/* in the spill file */
	size_t			 length;
	size_t			 size;		/* of data or of the extent */
	size_t			 last;		/* where the last segment begins */
	bool			 raw;
	enum stream		 stream;	/* raw */
};

void
hold_init(struct hold *h, size_t limit)
{
	*h = (struct hold){ .limit = limit };
	h->spill = spill_new();
	h->scratch = mem_alloc(CHUNK_MAX);
}

void
hold_release(struct hold *h)
{
	spill_free(h->spill);
	free(h->scratch);
}

/* Would one more chunk be too much? */
static bool
hold_over(const struct hold *h)
{
	return h->used + CHUNK_MAX > h->limit;
}

/* Is there a place for what memory has no room for? */
static bool
hold_spills(const struct hold *h)
{
	return !h->flowing && spill_usable(h->spill);
}

bool
hold_full(const struct hold *h)
{
	return h->used > 0 && h->used >= h->limit && !hold_spills(h);
}

bool
hold_overdrawn(const struct hold *h)
{
	return h->used >= h->limit + OVERDRAFT && !hold_spills(h);
}

bool
hold_spent(const struct hold *h, size_t bytes)
{
	return hold_full(h) && bytes >= h->limit + OVERDRAFT;
}

static void
hold_less(struct hold *h, size_t size)
{
	h->used -= size;
	if (h->used < h->limit)
		spill_retry(h->spill);
}

static struct chunk *
chunk_new(struct hold *h)
{
	struct chunk *c = mem_array(1, sizeof *c);

	h->used += sizeof *c;
	return c;
}

static void
chunk_free(struct chunk *c, struct hold *h)
{
	if (c->data != NULL) {
		hold_less(h, c->size);
		free(c->data);
	} else if (c->size > 0)
		spill_give(h->spill, c->place);
	hold_less(h, sizeof *c);
	free(c);
}

static void
chunk_resize(struct chunk *c, struct hold *h, size_t size)
{
	c->data = mem_resize(c->data, size, 1);
	h->used += size - c->size;
	c->size = size;
}

/* The chunk's bytes are in the spill file now. */
static void
chunk_spilled(struct chunk *c, struct hold *h, off_t place)
{
	hold_less(h, c->size);
	free(c->data);
	c->data = NULL;
	c->place = place;
	c->size = SPILL_EXTENT;
}

static uint32_t
header_of(enum stream stream, size_t length)
{
	return (stream == STREAM_ERR ? HEADER_STREAM : 0) | (uint32_t)length;
}

static void
header_read(const char *data, enum stream *stream, size_t *length)
{
	uint32_t header;

	memcpy(&header, data, HEADER);
	*stream = header & HEADER_STREAM ? STREAM_ERR : STREAM_OUT;
	*length = header & ~HEADER_STREAM;
}

void
capture_init(struct capture *c)
{
	*c = (struct capture){0};
	TAILQ_INIT(&c->chunks);
}

bool
capture_empty(const struct capture *c)
{
	return c->bytes == 0;
}

static void
capture_remove(struct capture *c, struct hold *h, struct chunk *k)
{
	TAILQ_REMOVE(&c->chunks, k, next);
	chunk_free(k, h);
}

void
capture_release(struct capture *c, struct hold *h)
{
	struct chunk *k;

	while ((k = TAILQ_FIRST(&c->chunks)) != NULL)
		capture_remove(c, h, k);
	capture_init(c);
}

/*
 * Writes the last chunk to the spill file, if it is in memory and there is
 * room; if not, it stays where it is.
 */
static void
capture_evict(struct capture *c, struct hold *h)
{
	struct chunk *k = TAILQ_LAST(&c->chunks, chunk_list), *before;
	off_t place;

	if (k == NULL || k->data == NULL || !hold_spills(h))
		return;
	before = TAILQ_PREV(k, chunk_list, next);
	if (before != NULL && before->data == NULL && !before->raw &&
	    before->size - before->length >= k->length) {
		place = before->place + (off_t)before->length;
		if (spill_write(h->spill, place, k->data, k->length) == -1)
			return;
		before->length += k->length;
		capture_remove(c, h, k);
		return;
	}
	if ((place = spill_take(h->spill)) == -1)
		return;
	if (spill_write(h->spill, place, k->data, k->length) == -1) {
		spill_give(h->spill, place);
		return;
	}
	chunk_spilled(k, h, place);
}

/* Can bytes of that stream go into the last segment of the chunk? */
static bool
capture_extends(const struct capture *c, const struct chunk *k, enum stream stream)
{
	enum stream last;
	size_t length;

	if (k->length == 0)
		return false;
	/* Not where the reader is: it has seen the header. */
	if (k == TAILQ_FIRST(&c->chunks) && c->read > k->last)
		return false;
	header_read(k->data + k->last, &last, &length);
	return last == stream;
}

/* Adds what fits to a chunk in memory: how many bytes. */
static size_t
capture_fill(struct capture *c, struct hold *h, struct chunk *k,
    enum stream stream, const char *data, size_t length)
{
	bool extends = capture_extends(c, k, stream);
	size_t header = extends ? 0 : HEADER, size, had;
	uint32_t value;

	if (k->length + header >= CHUNK_MAX)
		return 0;
	if (length > CHUNK_MAX - k->length - header)
		length = CHUNK_MAX - k->length - header;
	for (size = CHUNK_MIN; size < k->length + header + length; size *= 2)
		;
	if (size > k->size)
		chunk_resize(k, h, size);
	if (extends) {
		header_read(k->data + k->last, &stream, &had);
	} else {
		k->last = k->length;
		k->length += HEADER;
		had = 0;
	}
	value = header_of(stream, had + length);
	memcpy(k->data + k->last, &value, HEADER);
	memcpy(k->data + k->length, data, length);
	k->length += length;
	c->bytes += length;
	return length;
}

void
capture_add(struct capture *c, struct hold *h, enum stream stream,
    const void *data, size_t length)
{
	struct chunk *k = TAILQ_LAST(&c->chunks, chunk_list);
	const char *p = data;
	size_t n;

	if (k != NULL && k->data == NULL)
		k = NULL;
	while (length > 0) {
		n = k != NULL ? capture_fill(c, h, k, stream, p, length) : 0;
		p += n;
		length -= n;
		if (n > 0)
			continue;
		if (k != NULL && hold_over(h))
			capture_evict(c, h);
		k = chunk_new(h);
		TAILQ_INSERT_TAIL(&c->chunks, k, next);
		chunk_resize(k, h, CHUNK_MIN);
	}
}

ssize_t
capture_splice(struct capture *c, struct hold *h, enum stream stream, int fd)
{
	struct chunk *k;
	off_t place;
	ssize_t n;

	errno = ENOTSUP;
	if (!hold_over(h) || !hold_spills(h))
		return -1;
	capture_evict(c, h);
	k = TAILQ_LAST(&c->chunks, chunk_list);
	if (k != NULL && k->data != NULL) {
		errno = ENOTSUP;
		return -1;
	}
	if (k == NULL || !k->raw || k->stream != stream || k->length == k->size) {
		if ((place = spill_take(h->spill)) == -1) {
			errno = ENOTSUP;
			return -1;
		}
		k = chunk_new(h);
		k->place = place;
		k->size = SPILL_EXTENT;
		k->raw = true;
		k->stream = stream;
		TAILQ_INSERT_TAIL(&c->chunks, k, next);
	}
	n = spill_splice(h->spill, k->place + (off_t)k->length, fd, k->size - k->length);
	if (n > 0) {
		k->length += (size_t)n;
		c->bytes += (size_t)n;
	} else if (k->length == 0) {
		int e = errno;

		capture_remove(c, h, k);
		errno = e;
	}
	return n;
}

void
capture_append(struct capture *to, struct hold *h, struct capture *from)
{
	struct chunk *k = TAILQ_FIRST(&from->chunks);
	struct chunk *last = TAILQ_LAST(&to->chunks, chunk_list);

	if (last == NULL) {
		/* Whoever was being read goes on being read. */
		*to = *from;
		TAILQ_INIT(&to->chunks);
	}
	/* A chunk that is not the last one will not be written out any more. */
	if (k != NULL && last != NULL && k->data == NULL && last->data != NULL &&
	    hold_over(h))
		capture_evict(to, h);
	if (k != NULL && last != NULL && k->data != NULL && last->data != NULL) {
		if (last->length + k->length <= CHUNK_MAX && TAILQ_NEXT(k, next) == NULL) {
			if (last->length + k->length > last->size)
				chunk_resize(last, h, last->length + k->length >
				    CHUNK_MAX / 2 ? CHUNK_MAX : 2 * (last->length + k->length));
			memcpy(last->data + last->length, k->data, k->length);
			last->last = last->length + k->last;
			last->length += k->length;
			capture_remove(from, h, k);
		} else if (hold_over(h))
			capture_evict(to, h);
	}
	TAILQ_CONCAT(&to->chunks, &from->chunks, next);
	if (last != NULL)
		to->bytes += from->bytes;
	capture_init(from);
}

/* Finds out what the next bytes are of which there are some: 0, or -1 and errno. */
static int
capture_segment(struct capture *c, struct hold *h)
{
	struct chunk *k = TAILQ_FIRST(&c->chunks);

	if (k->raw) {
		c->stream = k->stream;
		c->left = k->length - c->read;
	} else if (c->left == 0) {
		if (k->data == NULL && spill_read(h->spill,
		    k->place + (off_t)c->read, h->scratch, HEADER) == -1)
			return -1;
		header_read(k->data != NULL ? k->data + c->read : h->scratch,
		    &c->stream, &c->left);
		c->read += HEADER;
	}
	return 0;
}

const char *
capture_peek(struct capture *c, struct hold *h, enum stream *stream, size_t *length)
{
	struct chunk *k = TAILQ_FIRST(&c->chunks);

	*length = 0;
	if (c->bytes == 0)
		return NULL;
	if (capture_segment(c, h) == 0) {
		*stream = c->stream;
		*length = c->left;
		if (k->data != NULL)
			return k->data + c->read;
		if (*length > CHUNK_MAX)
			*length = CHUNK_MAX;
		if (spill_read(h->spill, k->place + (off_t)c->read, h->scratch,
		    *length) == 0)
			return h->scratch;
	}
	*length = 1;
	return NULL;
}

void
capture_skip(struct capture *c, struct hold *h, size_t length)
{
	struct chunk *k = TAILQ_FIRST(&c->chunks);

	c->read += length;
	c->left -= length;
	c->bytes -= length;
	if (c->read < k->length)
		return;
	c->read = c->left = 0;
	capture_remove(c, h, k);
}

int
capture_keep(struct capture *c, struct hold *h, enum stream stream)
{
	struct capture kept;
	enum stream of;
	const char *data;
	size_t length;
	int error = 0;

	capture_init(&kept);
	while (c->bytes > 0 && error == 0) {
		if (capture_segment(c, h) == -1)
			error = errno;
		else if (c->stream != stream)
			/* There may be gigabytes of it: it is not even read. */
			capture_skip(c, h, c->left);
		else if ((data = capture_peek(c, h, &of, &length)) == NULL)
			error = errno;
		else {
			capture_add(&kept, h, stream, data, length);
			capture_skip(c, h, length);
		}
	}
	capture_release(c, h);
	capture_append(c, h, &kept);
	errno = error;
	return error == 0 ? 0 : -1;
}
