/*
 * quota: bytes are let out as long as there is room for the mark behind them, and then
 * wait.  Where lines go out whole, one that is not complete waits as well.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "output/outlet.h"
#include "output/quota.h"

struct quota {
	size_t		most;
	const char	*mark;
	size_t		room;		/* for it, and what is to end a line before it */
	const char	*separator;	/* or NULL */
	size_t		out;		/* bytes that are let out */
	bool		midline;	/* the last of them ended no line */
	struct buf	waiting;
	struct buf	due;		/* let out, but not taken yet, from there: */
	size_t		taken;
	bool		spent;
};

struct quota *
quota_new(size_t most, const char *mark, const char *separator)
{
	struct quota *q = mem_array(1, sizeof *q);

	q->most = most;
	q->mark = mark;
	q->separator = separator;
	q->room = strlen(mark) + (separator != NULL ? 0 : 1);
	return q;
}

void
quota_free(struct quota *q)
{
	if (q == NULL)
		return;
	buf_release(&q->waiting);
	buf_release(&q->due);
	free(q);
}

bool
quota_owes(const struct quota *q)
{
	return q->due.length > q->taken;
}

bool
quota_waits(const struct quota *q)
{
	return q->waiting.length > 0;
}

bool
quota_spent(const struct quota *q)
{
	return q->spent;
}

bool
quota_flush(struct quota *q, struct outlet *o)
{
	q->taken += outlet_write(o, q->due.data + q->taken, q->due.length - q->taken);
	if (quota_owes(q))
		return false;
	q->due.length = q->taken = 0;
	return true;
}

/* So many of those that wait are let out. */
static void
quota_let(struct quota *q, size_t length)
{
	if (length == 0)
		return;
	buf_add(&q->due, q->waiting.data, length);
	q->midline = q->waiting.data[length - 1] != '\n';
	q->out += length;
	q->waiting.length -= length;
	(void)memmove(q->waiting.data, q->waiting.data + length, q->waiting.length);
}

/* Nothing else goes out, but that it was cut off. */
static void
quota_cut(struct quota *q)
{
	if (q->separator == NULL && q->midline)
		buf_add_byte(&q->due, '\n');
	buf_add_string(&q->due, q->mark);
	buf_release(&q->waiting);
	q->spent = true;
}

/* How many of those that wait may go out, whatever follows. */
static size_t
quota_sure(const struct quota *q)
{
	size_t room = q->most - q->room - q->out;
	size_t length = q->waiting.length < room ? q->waiting.length : room;
	const char *newline;

	if (q->separator == NULL || length == 0)
		return length;
	newline = memrchr(q->waiting.data, '\n', length);
	return newline != NULL ? (size_t)(newline - q->waiting.data) + 1 : 0;
}

size_t
quota_write(struct quota *q, struct outlet *o, const void *data, size_t length)
{
	if (!quota_flush(q, o))
		return 0;
	if (q->spent)
		return length;
	buf_add(&q->waiting, data, length);
	quota_let(q, quota_sure(q));
	if (q->waiting.length > q->most - q->out)
		quota_cut(q);
	(void)quota_flush(q, o);
	return length;
}

void
quota_expect(struct quota *q, size_t length)
{
	if (q->spent || length <= q->most - q->out - q->waiting.length)
		return;
	if (q->waiting.length > 0 &&
	    q->out + q->waiting.length + strlen(q->separator) + q->room <= q->most) {
		quota_let(q, q->waiting.length);
		buf_add_string(&q->due, q->separator);
	}
	quota_cut(q);
}

void
quota_end(struct quota *q)
{
	quota_let(q, q->waiting.length);
}
