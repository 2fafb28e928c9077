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

	bool	 csv;
	char	 separator;	/* of fields */
	bool	 in_quotes;	/* at scanned */
	char	 before;	/* the byte before scanned if it matters; a separator at a start */
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
split_csv(struct split *s, char separator)
{
	s->csv = true;
	s->separator = s->before = separator;
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
	if (s->csv && v->size == v->length && v->length > 0 &&
	    v->bytes[v->length - 1] == '\r')
		v->size = --v->length;
}

/* The delimiter that ends a line of CSV, from scanned on. */
static char *
split_find_csv(struct split *s)
{
	char *p;

	for (p = s->data + s->scanned; p < s->data + s->end; p++) {
		/* Within quotes, "" closes and opens them again. */
		if (*p == '"' && (s->in_quotes || s->before == s->separator || s->before == '"')) {
			s->in_quotes = !s->in_quotes;
			s->before = *p;
			continue;
		}
		if (*p == s->delimiter && !s->in_quotes) {
			s->before = s->separator;
			return p;
		}
		/* Elsewhere a quote is nothing special. */
		s->before = *p != '"' ? *p : '\0';
	}
	return NULL;
}

static char *
split_find(struct split *s)
{
	if (s->scanned == s->end)
		return NULL;
	if (s->csv)
		return split_find_csv(s);
	return memchr(s->data + s->scanned, s->delimiter, s->end - s->scanned);
}

bool
split_take(struct split *s, struct value *v)
{
	char *p = split_find(s);

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
