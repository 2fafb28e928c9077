/*
 * frame: the codec.  Its heads are for people too, who look with strace(1).
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/countof.h"
#include "run/frame.h"

#define TYPE_MOST	8	/* letters */
#define ID_DIGITS	20

static const char *const names[] = {
	[FRAME_HELLO] = "HELLO",
	[FRAME_RUN] = "RUN",
	[FRAME_OUT] = "OUT",
	[FRAME_ERR] = "ERR",
	[FRAME_DONE] = "DONE",
};

/* Writes the digits of a number, at least so many: the place behind them. */
static char *
put_number(char *p, uint64_t n, int least)
{
	char digits[ID_DIGITS];
	int count = 0;

	while (n != 0 || count < least) {
		digits[count++] = (char)('0' + n % 10);
		n /= 10;
	}
	while (count > 0)
		*p++ = digits[--count];
	return p;
}

size_t
frame_head(char *room, enum frame_type type, uint64_t id, size_t length)
{
	size_t n = strlen(names[type]);
	char *p = room;

	(void)memcpy(p, names[type], n);
	p += n;
	*p++ = ' ';
	p = put_number(p, id, 1);
	*p++ = ' ';
	p = put_number(p, length, FRAME_DIGITS);
	*p++ = '\n';
	return (size_t)(p - room);
}

void
frame_add(struct buf *b, enum frame_type type, uint64_t id, const void *bytes,
    size_t length)
{
	char head[FRAME_HEAD];
	size_t n = frame_head(head, type, id, length);

	buf_add(b, head, n);
	buf_add(b, bytes, length);
	buf_add_byte(b, '\n');
}

static enum frame_type
find_type(const char *name, size_t length)
{
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return (enum frame_type)i;
	return FRAME_OTHER;
}

/* Reads a number of at most so many digits, and the byte after it. */
static bool
take_number(const char **p, const char *end, int digits, char after, uint64_t *n)
{
	const char *start = *p;

	for (*n = 0; *p < end && isdigit((unsigned char)**p); (*p)++)
		*n = 10 * *n + (uint64_t)(**p - '0');
	if (*p == start || *p - start > digits || *p == end || **p != after)
		return false;
	(*p)++;
	return true;
}

enum frame_answer
frame_take(const char *bytes, size_t length, struct frame *f)
{
	size_t most = length < FRAME_HEAD ? length : FRAME_HEAD;
	const char *end = most > 0 ? memchr(bytes, '\n', most) : NULL, *p = bytes;
	uint64_t size;

	f->size = 0;
	if (end == NULL)
		return most == FRAME_HEAD ? FRAME_BAD : FRAME_MORE;
	end++;
	while (p < end && isupper((unsigned char)*p))
		p++;
	if (p == bytes || p - bytes > TYPE_MOST || *p != ' ')
		return FRAME_BAD;
	f->type = find_type(bytes, (size_t)(p - bytes));
	p++;
	/* Of 20 digits some numbers are too large; of 19 none is. */
	if (!take_number(&p, end, ID_DIGITS - 1, ' ', &f->id) ||
	    !take_number(&p, end, FRAME_DIGITS, '\n', &size))
		return FRAME_BAD;
	f->bytes = p;
	f->length = (size_t)size;
	f->size = (size_t)(p - bytes) + f->length + 1;
	if (length < f->size)
		return FRAME_MORE;
	return bytes[f->size - 1] == '\n' ? FRAME_TAKEN : FRAME_BAD;
}

size_t
frame_done_put(char *room, const struct frame_done *d)
{
	char *p = put_number(room, d->jobs, 1);

	*p++ = ' ';
	p = put_number(p, (uint64_t)d->status, 1);
	*p++ = ' ';
	p = put_number(p, d->took > 0 ? (uint64_t)d->took : 0, 1);
	return (size_t)(p - room);
}

bool
frame_done_take(const struct frame *f, struct frame_done *d)
{
	const char *p = f->bytes, *end = p + f->length + 1;
	uint64_t status, took;

	if (!take_number(&p, end, ID_DIGITS - 1, ' ', &d->jobs) ||
	    !take_number(&p, end, 5, ' ', &status) ||
	    !take_number(&p, end, ID_DIGITS - 2, '\n', &took) || p != end)
		return false;
	d->status = (int)status;
	d->took = (int64_t)took;
	return d->jobs > 0 && status <= 0xffff;
}
