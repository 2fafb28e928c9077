/*
 * split: cuts bytes into values.  Where they end in a byte, newline or any other,
 * nothing is special in them, and what follows the last such byte is a value too,
 * if there is anything.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/lexer.h"
#include "plan.h"
#include "input/split.h"

#ifndef ROOM		/* which is tiny where its growing is tried */
#define ROOM	(64 * 1024)
#endif
#define BYTE_ORDER_MARK	"\xef\xbb\xbf"

struct split {
	struct split_format	 format;
	char			*data;
	size_t			 size;		/* allocated */
	size_t			 start;		/* of the value that comes next */
	size_t			 out;		/* end of its bytes so far */
	size_t			 scanned;	/* what was looked at, up to here */
	size_t			 end;		/* of the bytes that came */
	size_t			 lost;		/* bytes of that value thrown away, too long */
	bool			 no_more;	/* bytes will come */
	bool			 ended;		/* values too */
	const char		*problem;

	struct lexer		 lexer;		/* FRAMING_WORDS and FRAMING_LINES */
	size_t			 mark;		/* FRAMING_CSV: bytes of a byte order mark so far */
	bool			 begun;		/* there is more than such a mark */
	size_t			 records;	/* FRAMING_BLOCK: of the value that comes next */
	bool			 in_quotes;	/* at scanned */
	char			 before;	/* the byte before scanned if it matters; */
						/* a separator at the start of a line */
};

struct split *
split_new(const struct split_format *format)
{
	struct split *s = mem_array(1, sizeof *s);

	s->format = *format;
	s->lexer.lines = format->framing == FRAMING_LINES;
	s->before = format->separator;
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
		s->out -= s->start;
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
	s->no_more = true;
}

/*
 * Each of these looks at what is there from scanned on.  Is a value complete?  Then
 * its bytes are those from start to out, and scanned is after what ended it.
 */

static bool
split_byte(struct split *s)
{
	char *p = s->scanned < s->end ? memchr(s->data + s->scanned, s->format.delimiter,
	    s->end - s->scanned) : NULL;

	s->out = p != NULL ? (size_t)(p - s->data) : s->end;
	s->scanned = p != NULL ? s->out + 1 : s->end;
	return p != NULL;
}

/* So many records, with what ends them. */
static bool
split_records(struct split *s)
{
	char *p;

	while (s->records < s->format.block_records) {
		p = s->scanned < s->end ? memchr(s->data + s->scanned, s->format.delimiter,
		    s->end - s->scanned) : NULL;
		s->out = s->scanned = p != NULL ? (size_t)(p - s->data) + 1 : s->end;
		if (p == NULL)
			return false;
		s->records++;
	}
	s->records = 0;
	return true;
}

static bool
split_block(struct split *s)
{
	size_t stop = s->start + s->format.block;
	char *p = NULL;

	/* Nothing is to be had before there is a block; then, its last whole record. */
	if (s->end >= stop && s->scanned < stop)
		p = memrchr(s->data + s->start, s->format.delimiter, s->format.block);
	/* Or if it has none, the first one that ends. */
	if (p == NULL && s->end > stop) {
		if (s->scanned < stop)
			s->scanned = stop;
		p = memchr(s->data + s->scanned, s->format.delimiter, s->end - s->scanned);
	}
	s->out = p != NULL ? (size_t)(p - s->data) + 1 : s->end;
	s->scanned = p != NULL || s->end > stop ? s->out : s->start;
	return p != NULL;
}

/* Is it of what some programs write first, to say that it is UTF-8? */
static bool
split_mark(struct split *s, char c)
{
	if (s->begun || c != BYTE_ORDER_MARK[s->mark]) {
		if (!s->begun && s->mark > 0)
			s->before = '\0';
		s->begun = true;
		return false;
	}
	if (++s->mark == strlen(BYTE_ORDER_MARK)) {
		s->begun = true;
		s->start = s->scanned;
		s->lost = 0;
	}
	return true;
}

static bool
split_csv(struct split *s)
{
	char c;

	while (s->scanned < s->end) {
		s->out = s->scanned;
		c = s->data[s->scanned++];
		if (split_mark(s, c))
			continue;
		/* Within quotes, "" closes and opens them again. */
		if (c == '"' && (s->in_quotes || s->before == s->format.separator ||
		    s->before == '"')) {
			s->in_quotes = !s->in_quotes;
			s->before = c;
			continue;
		}
		if (c == '\n' && !s->in_quotes) {
			/* The carriage return before it may have been too much. */
			if (s->before == '\r' && s->lost > 0)
				s->lost--;
			else if (s->before == '\r' && s->out > s->start)
				s->out--;
			s->before = s->format.separator;
			return true;
		}
		/* Elsewhere a quote is nothing special. */
		s->before = c != '"' ? c : '\0';
	}
	s->out = s->end;
	return false;
}

/* The same, of what the lexer said. */
static bool
split_lexed(struct split *s, enum lexed lexed, struct value *v)
{
	switch (lexed) {
	case LEXED_MORE:
		/* The word has moved down; the room behind it is free. */
		s->end = s->scanned = s->out;
		return false;
	case LEXED_BAD:
		s->problem = s->lexer.quote == '\'' ?
		    "unmatched single quote; by default quotes are special to xargs "
		    "unless you use the -0 option" :
		    "unmatched double quote; by default quotes are special to xargs "
		    "unless you use the -0 option";
		s->ended = true;
		return false;
	case LEXED_WORD:
	case LEXED_LINE:
		v->ends_line = lexed == LEXED_LINE;
		return true;
	}
	return false;
}

static bool
split_find(struct split *s, struct value *v)
{
	v->ends_line = true;
	switch (s->format.framing) {
	case FRAMING_BYTE:
		return split_byte(s);
	case FRAMING_BLOCK:
		return s->format.block_records != 0 ? split_records(s) : split_block(s);
	case FRAMING_CSV:
		return split_csv(s);
	case FRAMING_WORDS:
	case FRAMING_LINES:
		break;
	}
	return split_lexed(s, lexer_read(&s->lexer, s->data, &s->scanned, s->end, &s->out), v);
}

/* What is left at the end of the input: is it a value? */
static bool
split_rest(struct split *s, struct value *v)
{
	if (!s->no_more)
		return false;
	if (s->format.framing == FRAMING_WORDS || s->format.framing == FRAMING_LINES)
		return split_lexed(s, lexer_end(&s->lexer, s->out == s->start), v);
	s->scanned = s->end;
	return s->start < s->out || s->lost > 0;
}

bool
split_take(struct split *s, struct value *v)
{
	bool found;

	if (s->ended)
		return false;
	found = split_find(s, v);
	/* Of what is too long, the beginning has to do. */
	if (s->out - s->start > s->format.limit) {
		s->lost += s->out - s->start - s->format.limit;
		s->out = s->start + s->format.limit;
		if (!found)
			s->end = s->scanned = s->out;
	}
	if (!found && !s->ended && !split_rest(s, v)) {
		s->ended = s->no_more;
		return false;
	}
	if (s->ended)
		return false;
	v->bytes = s->data + s->start;
	v->length = s->out - s->start;
	v->size = v->length + s->lost;
	s->lost = 0;
	s->start = s->out = s->scanned;
	s->ended = s->format.end_word != NULL && v->length == strlen(s->format.end_word) &&
	    memcmp(v->bytes, s->format.end_word, v->length) == 0;
	return !s->ended;
}

size_t
split_some(struct split *s, struct words *words, size_t values, size_t bytes)
{
	size_t before = words->count, there = s->end - s->start;

	/* Part of a value was looked at already, or may be too long. */
	if (s->format.framing != FRAMING_BYTE || s->format.end_word != NULL ||
	    s->scanned > s->start || s->lost > 0 || there > s->format.limit)
		return 0;
	if (there > 0)
		s->start += words_cut(words, s->data + s->start, there < bytes ? there : bytes,
		    s->format.delimiter, values);
	s->out = s->scanned = s->start;
	return words->count - before;
}

size_t
split_left(const struct split *s)
{
	return s->end - s->start;
}

bool
split_ended(const struct split *s)
{
	return s->ended;
}

const char *
split_problem(const struct split *s)
{
	return s->problem;
}
