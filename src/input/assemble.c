/*
 * assemble: the last room of input.  Records become jobs here, in input order,
 * as many to a job as the user asked for and the kernel takes.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "command/argvec.h"
#include "command/template.h"
#include "input/source.h"
#include "input/assemble.h"
#include "input/records.h"
#include "plan.h"
#include "input/split.h"

#define NO_LIMIT	(SIZE_MAX / 2)
#define BATCH_KEEP	(256 * 1024)	/* of the memory of a batch of many jobs */

struct assemble {
	struct records		*records;
	const struct template	*template;
	const struct plan	*plan;
	struct batch		 batch;		/* the one in the making */
	struct load		 load;		/* its fields */
	size_t			 word_limit;
	size_t			 total_limit;
	struct record		 held;		/* pulled, but for the next job */
	bool			 has_held;
	bool			 gave;		/* a job, so there was one */
	struct batch		 rest;		/* the last records, to be shared by slots */
	size_t			 rest_at;	/* how many of them are given */
	size_t			 part;		/* how many a slot gets; 0: not sharing */
};

struct assemble *
assemble_new(struct records *records, const struct template *template,
    const struct plan *plan)
{
	struct assemble *a = mem_array(1, sizeof *a);

	a->records = records;
	a->template = template;
	a->plan = plan;
	a->word_limit = plan->work != WORK_PROCESS ? NO_LIMIT : argvec_word_limit();
	/* As many records as fit still is a number of them. */
	a->total_limit = plan->work != WORK_PROCESS && (plan->max_records != SIZE_MAX ||
	    plan->max_lines != SIZE_MAX) ? NO_LIMIT : argvec_total_limit();
	return a;
}

void
assemble_free(struct assemble *a)
{
	words_release(&a->batch.fields);
	words_release(&a->rest.fields);
	free(a);
}

struct batch
batch_part(const struct batch *b, size_t from, size_t count)
{
	struct batch part = *b;
	size_t before = from * b->width, words = count * b->width;

	if (count == b->count)
		return part;
	part.first += from;
	part.count = count;
	part.fields.starts += before;
	part.fields.count = words;
	if (before + words < b->fields.count)
		part.fields.bytes.length = part.fields.starts[words];
	return part;
}

void
batch_copy(struct batch *to, const struct batch *from)
{
	struct words fields = to->fields;
	const char *field;
	size_t i, length;

	words_clear(&fields);
	for (i = 0; i < from->fields.count; i++) {
		field = words_at(&from->fields, i, &length);
		words_add(&fields, field, length);
	}
	*to = *from;
	to->fields = fields;
}

/* What is wrong with a record, and the size of its longest field. */
static enum flaw
record_flaw(const struct assemble *a, const struct record *r, size_t *size)
{
	const struct value *v;
	enum flaw flaw = FLAW_NONE;
	char end = a->plan->terminator;

	*size = 0;
	for (v = r->fields; v < r->fields + r->count; v++) {
		if (v->size > *size)
			*size = v->size;
		if (flaw == FLAW_NONE && memchr(v->bytes, end, v->length) != NULL)
			flaw = end == '\0' ? FLAW_NUL : FLAW_NEWLINE;
	}
	if (r->open)
		return FLAW_QUOTE;
	return *size > a->word_limit ? FLAW_TOO_LONG : flaw;
}

/* Adds the fields of a record. */
static void
assemble_load(const struct assemble *a, struct load *load, const struct record *r)
{
	const struct value *v;

	for (v = r->fields; v < r->fields + r->count; v++)
		load_add(load, v->bytes, v->length, v->size, template_is_line(a->template));
}

/* Would the command be too long with that load? */
static bool
assemble_overflows(const struct assemble *a, const struct load *load)
{
	struct need need;

	template_measure(a->template, load, &need);
	return need.longest > a->word_limit + 1 || need.command > a->plan->max_bytes ||
	    need.bytes + need.words * ARGVEC_POINTER > a->total_limit;
}

/* Does it fit into no command?  One that is alone is the kernel's to judge, ... */
static bool
assemble_exceeds(const struct assemble *a, const struct record *r, size_t size)
{
	struct load alone = {0};

	/* ... or the user's if they said so. */
	if (a->plan->max_bytes == SIZE_MAX)
		return false;
	assemble_load(a, &alone, r);
	return size >= a->plan->max_bytes || assemble_overflows(a, &alone);
}

/* How many fields of the record a job gets. */
static size_t
assemble_width(const struct assemble *a, const struct record *r)
{
	return a->plan->no_fields ? 0 : r->count;
}

static void
assemble_take(const struct assemble *a, struct batch *b, const struct record *r,
    enum flaw flaw, size_t size)
{
	size_t i, width = assemble_width(a, r);

	if (b->count++ == 0) {
		b->first = r->number;
		b->width = width;
	}
	b->uneven |= width != b->width;
	b->flaw = flaw;
	b->lines += r->ends_line;
	if (size > b->size)
		b->size = size;
	for (i = 0; i < width; i++)
		words_add(&b->fields, r->fields[i].bytes, r->fields[i].length);
}

/* It is of the next job. */
static void
assemble_hold(struct assemble *a, const struct record *r)
{
	a->held = *r;
	a->has_held = true;
}

/* Takes the record into the job that is being made.  Does the job end here? */
static bool
assemble_add(struct assemble *a, const struct record *r)
{
	struct batch *b = &a->batch;
	struct load load = a->load;
	size_t size = 0;
	enum flaw flaw = FLAW_NONE;
	bool argument = a->plan->job_stdin != STDIN_RECORDS, full;

	if (argument)
		flaw = record_flaw(a, r, &size);
	/* Not what is alone in its job anyway, which may be a block of megabytes. */
	if (argument && a->plan->max_records != 1)
		assemble_load(a, &load, r);
	full = b->count > 0 && argument &&
	    (flaw != FLAW_NONE || assemble_overflows(a, &load));
	if ((full || b->count == 0) && flaw == FLAW_NONE && assemble_exceeds(a, r, size))
		flaw = FLAW_TOO_LONG;
	if (full) {
		assemble_hold(a, r);
		if (a->plan->exact && flaw != FLAW_NONE)
			b->flaw = flaw;
		else if (a->plan->exact && (a->plan->max_records != SIZE_MAX ||
		    a->plan->max_lines != SIZE_MAX))
			b->flaw = FLAW_ROOM;
		return true;
	}
	assemble_take(a, b, r, flaw, size);
	a->load = load;
	return flaw != FLAW_NONE || b->count == a->plan->max_records ||
	    b->lines == a->plan->max_lines;
}

/* The records are at their end: those of the batch are for all slots. */
static void
assemble_share(struct assemble *a)
{
	struct batch all = a->batch;

	a->batch = a->rest;
	a->rest = all;
	a->part = (all.count + a->plan->slots - 1) / a->plan->slots;
}

/* Puts the next part of the rest into the batch. */
static void
assemble_part(struct assemble *a)
{
	struct batch *b = &a->batch, *rest = &a->rest;
	size_t i, length;
	const char *field;

	b->first = rest->first + a->rest_at;
	b->width = rest->width;
	while (b->count < a->part && a->rest_at < rest->count) {
		for (i = 0; i < rest->width; i++) {
			field = words_at(&rest->fields, a->rest_at * rest->width + i, &length);
			words_add(&b->fields, field, length);
			if (length > b->size)
				b->size = length;
		}
		b->count++;
		a->rest_at++;
	}
}

static void
assemble_give(struct assemble *a, struct batch *out)
{
	struct batch done = a->batch;

	a->batch = *out;
	*out = done;
	words_empty(&a->batch.fields, a->plan->work == WORK_FUNCTION ? BATCH_KEEP : WORDS_KEEP);
	a->batch.count = a->batch.lines = a->batch.size = 0;
	a->batch.flaw = FLAW_NONE;
	a->batch.uneven = false;
	a->load = (struct load){0};
	a->gave = true;
}

enum pull
assemble_next(struct assemble *a, struct batch *out)
{
	struct record r;
	enum pull pull;

	for (;;) {
		if (a->part != 0) {
			assemble_part(a);
			if (a->batch.count == 0)
				return PULL_END;
			break;
		}
		if (a->has_held) {
			r = a->held;
			a->has_held = false;
		} else if ((pull = records_next(a->records, &r)) != PULL_OK) {
			if (pull == PULL_END && a->plan->run_if_empty && !a->gave)
				break;
			if (pull == PULL_WAIT || a->batch.count == 0 ||
			    (pull == PULL_FAILED && a->plan->exact))
				return pull;
			if (pull == PULL_END && a->plan->share && !a->batch.uneven) {
				assemble_share(a);
				continue;
			}
			break;
		}
		if (assemble_add(a, &r))
			break;
	}
	assemble_give(a, out);
	return PULL_OK;
}

/* What is wrong with a record of a job of its own. */
static enum flaw
assemble_flaw(const struct assemble *a, const struct record *r, size_t *size)
{
	enum flaw flaw;

	*size = 0;
	if (a->plan->job_stdin == STDIN_RECORDS)
		return FLAW_NONE;
	flaw = record_flaw(a, r, size);
	return flaw == FLAW_NONE && assemble_exceeds(a, r, *size) ? FLAW_TOO_LONG : flaw;
}

/* The bytes that the record adds to a batch. */
static size_t
record_bytes(const struct record *r, size_t width)
{
	size_t i, bytes = 0;

	for (i = 0; i < width; i++)
		bytes += r->fields[i].length + 1;
	return bytes;
}

/* One more record, if the next one may be of the same batch. */
static bool
assemble_one_more(struct assemble *a, struct batch *b, size_t bytes)
{
	struct record r;
	size_t size, width;

	if (records_next(a->records, &r) != PULL_OK)
		return false;
	width = assemble_width(a, &r);
	if (width != b->width || record_bytes(&r, width) > bytes ||
	    assemble_flaw(a, &r, &size) != FLAW_NONE) {
		assemble_hold(a, &r);
		return false;
	}
	assemble_take(a, b, &r, FLAW_NONE, size);
	return true;
}

/* Many more, where nothing is to be asked of each. */
static size_t
assemble_many_more(struct assemble *a, struct batch *b, size_t jobs, size_t bytes)
{
	size_t n;

	if (b->width != 1 || a->plan->max_bytes != SIZE_MAX || a->plan->work == WORK_PROCESS)
		return 0;
	/* Then what ends records in the input, or is looked for anyway, is not it. */
	if (a->plan->terminator != '\0' && a->plan->terminator != a->plan->delimiter)
		return 0;
	n = records_some(a->records, &b->fields, jobs, bytes);
	b->count += n;
	b->lines += n;
	return n;
}

enum pull
assemble_some(struct assemble *a, struct batch *out, size_t jobs, size_t bytes)
{
	enum pull pull = assemble_next(a, out);
	size_t left, n;

	if (pull != PULL_OK || out->flaw != FLAW_NONE || out->count == 0)
		return pull;
	while (out->count < jobs && out->fields.bytes.length < bytes) {
		left = bytes - out->fields.bytes.length;
		n = assemble_many_more(a, out, jobs - out->count, left);
		if (n == 0 && !assemble_one_more(a, out, left))
			break;
	}
	return PULL_OK;
}
