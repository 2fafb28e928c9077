/*
 * words: many short strings without an allocation for each.
 */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"

#define LONG		64	/* bytes, from where on the library is faster */

void
words_more(struct words *w)
{
	w->room = w->room != 0 ? 2 * w->room : 8;
	w->starts = mem_resize(w->starts, w->room, sizeof *w->starts);
}

/*
 * A block of bytes is copied, and marked where it is that byte or NUL: a bit for each of its
 * bytes, the lowest for the first, in as many bits as 1 << MARK is.
 */
#ifdef __SSE2__
#define BLOCK		16
#define MARK		0

static inline uint64_t
block_copy(char *to, const char *from, char byte)
{
	const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)from);
	const __m128i marks = _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8(byte)),
	    _mm_cmpeq_epi8(block, _mm_setzero_si128()));

	_mm_storeu_si128((__m128i *)(void *)to, block);
	return (uint64_t)_mm_movemask_epi8(marks);
}

#else
#define BLOCK		sizeof(uint64_t)
#define MARK		3

/* Each byte of a number. */
#define EACH(byte)	(UINT64_C(0x0101010101010101) * (byte))

/* The highest bit of each byte that is that one. */
static inline uint64_t
block_find(uint64_t block, unsigned char byte)
{
	uint64_t other = block ^ EACH(byte);

	return ~(((other & EACH(0x7f)) + EACH(0x7f)) | other | EACH(0x7f));
}

static inline uint64_t
block_copy(char *to, const char *from, char byte)
{
	uint64_t block;

	(void)memcpy(&block, from, BLOCK);
	(void)memcpy(to, &block, BLOCK);
	block = le64toh(block);
	return block_find(block, (unsigned char)byte) | block_find(block, '\0');
}

#endif

/* The same of what is less than a block; what is not there is NULs. */
static uint64_t
block_copy_part(char *to, const char *from, size_t length, char byte)
{
	char block[BLOCK] = {0}, copy[BLOCK];

	(void)memcpy(block, from, length);
	(void)memcpy(to, from, length);
	return block_copy(copy, block, byte);
}

/* Copies what comes before the end of a string.  False if that is a NUL, or not there. */
static bool
long_copy(char *to, const char *from, size_t length, char end, size_t *copied)
{
	const char *p = memchr(from, end, length);

	if (p == NULL || (end != '\0' && memchr(from, '\0', (size_t)(p - from)) != NULL))
		return false;
	*copied = (size_t)(p - from);
	memcpy(to, from, *copied);
	return true;
}

/*
 * Short strings are copied, and their ends and NULs found, a block at a time, which takes
 * a small part of the time of memchr(3) and memcpy(3) for each.
 */
size_t
words_cut(struct words *w, const char *data, size_t length, char end, size_t most)
{
	size_t base = w->bytes.length, start = 0, at, i, n;
	uint64_t marks;
	char *to;

	buf_reserve(&w->bytes, length);
	to = w->bytes.data + base;
	for (i = 0; i < length; i += BLOCK) {
		if (i > start + LONG) {
			if (!long_copy(to + i, data + i, length - i, end, &n))
				break;
			i += n;
		}
		marks = length - i >= BLOCK ? block_copy(to + i, data + i, end) :
		    block_copy_part(to + i, data + i, length - i, end);
		for (; marks != 0; marks &= marks - 1) {
			at = i + ((size_t)__builtin_ctzll(marks) >> MARK);
			if (most-- == 0 || at >= length || data[at] != end)
				goto done;
			to[at] = '\0';
			if (w->count == w->room)
				words_more(w);
			w->starts[w->count++] = base + start;
			start = at + 1;
		}
	}
done:
	w->bytes.length = base + start;
	return start;
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
words_release(struct words *w)
{
	buf_release(&w->bytes);
	free(w->starts);
	*w = (struct words){0};
}
