/*
 * split: cuts bytes at one delimiter, newline or any other.  Nothing is
 * special in a value.  What follows the last delimiter is a value too, if
 * there is anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "input/split.h"

#define ROOM	(64 * 1024)

struct split {
	char	*data;
	size_t	 size;		/* allocated */
	size_t	 start;		/* of the value that comes next */
	size_t	 scanned;	/* no delimiter from start up to here */
	size_t	 end;		/* of the bytes that came */
	size_t	 lost;		/* bytes of that value thrown away, too long */
	size_t	 limit;
	char	 delimiter;
	bool	 ended;
};

struct split *
split_new(char delimiter, size_t limit)
{
	struct split *s = mem_array(1, sizeof *s);

	s->delimiter = delimiter;
	s->limit = limit;
	return s;
}

void
split_free(struct split *s)
{
	free(s->data);
	free(s);
}

char *
split_room(struct split *s, size_t *room)
{
	size_t partial = s->end - s->start;

	if (s->start > 0) {
		memmove(s->data, s->data + s->start, partial);
		s->scanned -= s->start;
		s->end = partial;
		s->start = 0;
	}
	if (s->size - s->end < ROOM / 2) {
		s->size = s->size != 0 ? 2 * s->size : ROOM;
		s->data = mem_resize(s->data, s->size, 1);
	}
	*room = s->size - s->end;
	return s->data + s->end;
}

void
split_fed(struct split *s, size_t n)
{
	s->end += n;
}

void
split_end(struct split *s)
{
	s->ended = true;
}

static void
split_give(struct split *s, struct value *v, size_t end)
{
	v->bytes = s->data + s->start;
	v->length = end - s->start;
	v->size = v->length + s->lost;
	s->lost = 0;
}

bool
split_take(struct split *s, struct value *v)
{
	char *p = NULL;

	if (s->scanned < s->end)
		p = memchr(s->data + s->scanned, s->delimiter, s->end - s->scanned);
	if (p != NULL) {
		split_give(s, v, (size_t)(p - s->data));
		s->start = s->scanned = (size_t)(p - s->data) + 1;
		return true;
	}
	if (s->end - s->start > s->limit) {
		s->lost += s->end - s->start - s->limit;
		s->end = s->start + s->limit;
	}
	s->scanned = s->end;
	if (!s->ended || (s->start == s->end && s->lost == 0))
		return false;
	split_give(s, v, s->end);
	s->start = s->end;
	return true;
}
