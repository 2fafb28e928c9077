/*
 * split: bytes come in any portions, the values are the same; and they are those of
 * a reader that is simple because it has all bytes at once.
 *
 * Input: framing, separator and end word in one byte, delimiter, block, limit, how the
 * bytes are portioned; then the bytes.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "base/mem.h"
#include "plan.h"
#include "input/split.h"
#include "input/columns.h"
#include "input.h"

/* Values, as they came. */
struct list {
	struct value	*values;
	size_t		 count;
	size_t		 room;
	struct buf	 bytes;		/* of all of them; theirs are known at list_end */
	const char	*problem;
};

static void
list_add(struct list *l, const struct value *v)
{
	if (l->count == l->room) {
		l->room *= 2;
		l->values = mem_resize(l->values, l->room, sizeof *l->values);
	}
	l->values[l->count++] = *v;
	buf_add(&l->bytes, v->bytes, v->length);
}

/* The bytes will not move any more. */
static void
list_end(struct list *l)
{
	const char *p = buf_string(&l->bytes);
	size_t i;

	for (i = 0; i < l->count; i++) {
		l->values[i].bytes = p;
		p += l->values[i].length;
	}
}

static void
list_release(struct list *l)
{
	free(l->values);
	buf_release(&l->bytes);
}

/* How many bytes come next. */
static size_t
portion(unsigned int *way, size_t room, size_t left)
{
	size_t n;

	switch (*way) {
	case 0:
		n = left;
		break;
	case 1:
		n = 1;
		break;
	default:
		*way = *way * 1103515245 + 12345;
		n = 1 + (*way >> 16) % (1U << (*way >> 28));
	}
	if (n > left)
		n = left;
	return n < room ? n : room;
}

static void
read_all(struct list *l, const struct split_format *format, const struct buf *in,
    unsigned int way)
{
	struct split *s = split_new(format);
	struct value v;
	size_t at = 0, n, room;
	char *data;

	*l = (struct list){ .values = mem_array(1, sizeof *l->values), .room = 1 };
	for (;;) {
		while (split_take(s, &v))
			list_add(l, &v);
		if (split_ended(s))
			break;
		data = split_room(s, &room);
		claim(room >= 32);	/* for the Makefile has ROOM be 64 */
		if ((n = portion(&way, room, in->length - at)) > 0) {
			memcpy(data, in->data + at, n);
			split_fed(s, n);
			at += n;
		} else
			split_end(s);
	}
	claim(!split_take(s, &v));
	l->problem = split_problem(s);
	list_end(l);
	split_free(s);
}

static void
claim_same(const struct list *a, const struct list *b)
{
	const struct value *v, *w;
	size_t i;

	claim(a->count == b->count);
	claim(a->problem == b->problem);
	for (i = 0; i < a->count; i++) {
		v = &a->values[i];
		w = &b->values[i];
		claim(v->length == w->length);
		claim(v->size == w->size);
		claim(v->ends_line == w->ends_line);
		claim(memcmp(v->bytes, w->bytes, v->length) == 0);
	}
}

/* Those with a limit are the beginnings of those without. */
static void
claim_limited(const struct list *some, const struct list *all, size_t limit)
{
	const struct value *v, *w;
	size_t i;

	claim(some->count == all->count);
	for (i = 0; i < some->count; i++) {
		v = &some->values[i];
		w = &all->values[i];
		claim(v->length == (w->length < limit ? w->length : limit));
		claim(v->size == w->size);
		claim(v->ends_line == w->ends_line);
		claim(memcmp(v->bytes, w->bytes, v->length) == 0);
	}
}

/* Values and what ended them are the input. */
static void
claim_bytes(const struct list *l, const struct buf *in, char delimiter)
{
	const struct value *v;
	size_t at = 0;

	for (v = l->values; v < l->values + l->count; v++) {
		claim(memchr(v->bytes, delimiter, v->length) == NULL);
		claim(v->length <= in->length - at);
		claim(memcmp(in->data + at, v->bytes, v->length) == 0);
		at += v->length;
		claim(at < in->length ? in->data[at] == delimiter :
		    v + 1 == l->values + l->count && v->length > 0);
		at += at < in->length;
	}
	claim(at == in->length);
}

/* Blocks are the input; each has as many records as it can. */
static void
claim_blocks(const struct list *l, const struct buf *in, char delimiter, size_t block)
{
	const struct value *v;
	const char *end;
	size_t at = 0, more;

	claim(l->bytes.length == in->length);
	claim(in->length == 0 || memcmp(l->bytes.data, in->data, in->length) == 0);
	for (v = l->values; v < l->values + l->count; v++) {
		at += v->length;
		claim(v->length > 0);
		if (at == in->length)
			break;
		claim(v->bytes[v->length - 1] == delimiter);
		claim(v->length <= block ||
		    memchr(v->bytes, delimiter, v->length - 1) == NULL);
		end = memchr(in->data + at, delimiter, in->length - at);
		more = end != NULL ? (size_t)(end - in->data) + 1 - at : block;
		claim(v->length + more > block);
	}
	if (l->count > 0)
		claim(v->length <= block || memchr(v->bytes, delimiter, v->length - 1) == NULL);
}

/* What POSIX and GNU have for the input of xargs, of which all is there. */
static void
claim_words(const struct list *l, const struct buf *in, bool lines)
{
	const char *p = in->data, *end = p + in->length;
	const struct value *v = l->values, *last = v + l->count;
	struct buf word = {0};
	char quote;
	bool any, blank;

	for (;;) {
		while (p < end && strchr(" \t\n\v\f\r", *p) != NULL && *p != '\0')
			p++;
		if (p == end)
			break;
		word.length = 0;
		any = blank = false;
		while (p < end && *p != '\n' && (lines || (*p != ' ' && *p != '\t'))) {
			blank = *p == ' ' || *p == '\t';
			if (*p == '\'' || *p == '"') {
				for (quote = *p++; p < end && *p != quote && *p != '\n'; p++)
					buf_add_byte(&word, *p);
				if (p == end || *p == '\n')
					goto open;
				any = true;
			} else if (*p != '\\') {
				buf_add_byte(&word, *p);
			} else if (++p < end) {
				blank = *p == ' ' || *p == '\t';
				buf_add_byte(&word, *p);
			} else {
				/* Then not even '' is a word, as with GNU. */
				any = false;
				break;
			}
			p++;
		}
		if (p == end && word.length == 0 && !any)
			break;
		claim(v < last);
		claim(v->length == word.length);
		claim(word.length == 0 || memcmp(v->bytes, word.data, word.length) == 0);
		claim(v->ends_line == (p == end || (*p == '\n' && !blank)));
		v++;
	}
	claim(v == last);
	claim(l->problem == NULL);
	buf_release(&word);
	return;
open:
	claim(v == last);
	claim(l->problem != NULL && strstr(l->problem, quote == '"' ? "double" : "single"));
	buf_release(&word);
}

/* A field of a CSV file; gives where it ends. */
static const char *
csv_field(const char *p, const char *end, char separator, struct buf *field, bool *open)
{
	*open = false;
	field->length = 0;
	if (p < end && *p == '"') {
		for (*open = true, p++; p < end; p++) {
			if (*p == '"' && (++p == end || *p != '"')) {
				*open = false;
				break;
			}
			buf_add_byte(field, *p);
		}
	}
	for (; p < end && *p != separator && *p != '\n'; p++)
		buf_add_byte(field, *p);
	return p;
}

/* The fields of one line, and of each of the values what columns_cut makes of it. */
static void
claim_csv(const struct list *l, const struct buf *in, char separator)
{
	struct columns *columns = columns_byte(separator, true);
	const char *p = in->data, *end = p + in->length;
	const struct value *v, *f;
	struct row row = {0};
	struct buf field = {0}, unquoted = {0};
	bool open, whole;

	if (in->length >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3;
	for (v = l->values; v < l->values + l->count; v++) {
		row.count = 0;
		whole = columns_cut(columns, v, &row, &unquoted);
		for (f = row.values; f < row.values + row.count; f++) {
			p = csv_field(p, end, separator, &field, &open);
			/* A carriage return before the newline belongs to it. */
			if (p < end && *p == '\n' && p > in->data && p[-1] == '\r' &&
			    field.length > 0)
				field.length--;
			claim(f->length == field.length && f->size == f->length);
			claim(field.length == 0 ||
			    memcmp(f->bytes, field.data, field.length) == 0);
			if (f + 1 < row.values + row.count) {
				claim(p < end && *p == separator);
				p++;
			}
		}
		claim(whole == !open);
		claim(p == end || *p == '\n');
		p += p < end;
	}
	claim(p == end);
	free(row.values);
	buf_release(&field);
	buf_release(&unquoted);
	columns_free(columns);
}

/* Fields and the bytes between them are the value; and an expression does the same. */
static void
claim_columns(const struct value *v, char byte, bool expression)
{
	struct columns *columns;
	const char *p = v->bytes, *end = p + v->length, *why;
	struct value *f;
	struct row row = {0};
	struct buf unquoted = {0};

	columns = expression ? columns_regex(",", &why) : columns_byte(byte, false);
	claim(columns_cut(columns, v, &row, &unquoted));
	claim(row.count > 0);
	for (f = row.values; f < row.values + row.count; f++) {
		claim(f->bytes == p || f->length == 0);
		claim(memchr(p, byte, f->length) == NULL);
		p += f->length;
		claim(f + 1 < row.values + row.count ? p < end && *p == byte : p == end);
		claim(f->size == f->length || (p == end && f->size == v->size));
		p++;
	}
	free(row.values);
	columns_free(columns);
	buf_release(&unquoted);
}

static void
claim_values(const struct list *l, const struct buf *in, const struct split_format *f)
{
	size_t i;

	switch (f->framing) {
	case FRAMING_BYTE:
		claim_bytes(l, in, f->delimiter);
		break;
	case FRAMING_BLOCK:
		claim_blocks(l, in, f->delimiter, f->block);
		break;
	case FRAMING_CSV:
		claim_csv(l, in, f->separator);
		break;
	case FRAMING_WORDS:
	case FRAMING_LINES:
		claim_words(l, in, f->framing == FRAMING_LINES);
		break;
	}
	for (i = 0; i < l->count && i < 16; i++) {
		claim_columns(&l->values[i], f->separator, false);
		if (f->separator == ',')
			claim_columns(&l->values[i], ',', true);
	}
}

/* With an end word, the values are those before it. */
static void
claim_ended(const struct list *some, const struct list *all, const char *word)
{
	const struct value *v;
	size_t i;

	for (i = 0; i < all->count; i++) {
		v = &all->values[i];
		if (v->size == strlen(word) && memcmp(v->bytes, word, v->size) == 0)
			break;
	}
	claim(some->count == i);
	for (; i > 0; i--)
		claim(some->values[i - 1].size == all->values[i - 1].size);
}

static void
try_input(struct split_format *format, const struct buf *in, const char *end_word,
    unsigned int way, size_t limit)
{
	struct list all, other, bytes;

	read_all(&all, format, in, 0);
	claim_values(&all, in, format);
	read_all(&other, format, in, way);
	claim_same(&all, &other);
	list_release(&other);

	format->end_word = end_word;
	read_all(&other, format, in, way);
	claim_ended(&other, &all, end_word);
	list_release(&other);
	format->end_word = NULL;

	/* Blocks have no limit but their size. */
	if (format->framing != FRAMING_BLOCK) {
		format->limit = limit;
		read_all(&other, format, in, way);
		claim_limited(&other, &all, limit);
		read_all(&bytes, format, in, 1);
		claim_same(&other, &bytes);
		list_release(&other);
		list_release(&bytes);
	}
	list_release(&all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char separators[] = ",;\t ";
	static const char *const words[] = { "", "_", "end", "a" };
	struct input in = { data, size };
	struct split_format format = { .limit = SIZE_MAX };
	struct buf bytes = {0};
	unsigned int choice, way;
	size_t limit;

	choice = input_byte(&in);
	format.framing = (enum framing)(choice % (FRAMING_BLOCK + 1));
	format.delimiter = (char)input_byte(&in);
	format.block = 1 + input_byte(&in);
	format.separator = separators[choice / 5 % 4];
	limit = 1 + input_byte(&in);
	way = 2 + input_byte(&in);
	buf_add(&bytes, in.at, in.left);
	(void)buf_string(&bytes);
	try_input(&format, &bytes, words[choice / 20 % 4], way, limit);
	buf_release(&bytes);
	return 0;
}
