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
#include "input/split.h"

struct assemble {
	struct records		*records;
	const struct template	*template;
	struct batch		 batch;		/* the one in the making */
	size_t			 max_records;
	size_t			 word_limit;
	size_t			 total_limit;
	struct record		 held;		/* pulled, but for the next job */
	bool			 has_held;
};

struct assemble *
assemble_new(struct records *records, const struct template *template, size_t max)
{
	struct assemble *a = mem_array(1, sizeof *a);

	a->records = records;
	a->template = template;
	a->max_records = max;
	a->word_limit = argvec_word_limit();
	a->total_limit = argvec_total_limit();
	return a;
}

void
assemble_free(struct assemble *a)
{
	words_release(&a->batch.fields);
	free(a);
}

/* What is wrong with a record, and the size of its longest field. */
static enum flaw
record_flaw(const struct assemble *a, const struct record *r, size_t *size)
{
	const struct value *v;
	enum flaw flaw = FLAW_NONE;

	*size = 0;
	for (v = r->fields; v < r->fields + r->count; v++) {
		if (v->size > *size)
			*size = v->size;
		if (flaw == FLAW_NONE && memchr(v->bytes, '\0', v->length) != NULL)
			flaw = FLAW_NUL;
	}
	if (r->open)
		return FLAW_QUOTE;
	return *size > a->word_limit ? FLAW_TOO_LONG : flaw;
}

/* Is there room for that record in the job that is being made? */
static bool
assemble_fits(const struct assemble *a, const struct record *r)
{
	const struct batch *b = &a->batch;
	struct load load = {
		.count = b->fields.count + r->count,
		.bytes = b->fields.bytes.length - b->fields.count,
		.longest = b->size,
	};
	size_t longest, total, size, i;

	if (b->count == 0)
		return true;
	if (b->count == a->max_records || record_flaw(a, r, &size) != FLAW_NONE)
		return false;
	for (i = 0; i < r->count; i++)
		load.bytes += r->fields[i].length;
	if (size > load.longest)
		load.longest = size;
	template_measure(a->template, &load, &longest, &total);
	return longest <= a->word_limit && total <= a->total_limit;
}

static void
assemble_take(struct assemble *a, const struct record *r)
{
	struct batch *b = &a->batch;
	size_t i, size;

	if (b->count++ == 0) {
		b->first = r->number;
		b->width = r->count;
		b->size = 0;
	}
	b->flaw = record_flaw(a, r, &size);
	if (size > b->size)
		b->size = size;
	for (i = 0; i < r->count; i++)
		words_add(&b->fields, r->fields[i].bytes, r->fields[i].length);
}

static void
assemble_give(struct assemble *a, struct batch *out)
{
	struct batch done = a->batch;

	a->batch = *out;
	*out = done;
	words_clear(&a->batch.fields);
	a->batch.count = 0;
}

enum pull
assemble_next(struct assemble *a, struct batch *out)
{
	struct record r;
	enum pull pull;

	for (;;) {
		if (a->has_held) {
			r = a->held;
			a->has_held = false;
		} else if ((pull = records_next(a->records, &r)) != PULL_OK) {
			if (pull == PULL_WAIT || a->batch.count == 0)
				return pull;
			break;
		}
		if (!assemble_fits(a, &r)) {
			a->held = r;
			a->has_held = true;
			break;
		}
		assemble_take(a, &r);
		if (a->batch.count == a->max_records ||
		    a->batch.flaw != FLAW_NONE)
			break;
	}
	assemble_give(a, out);
	return PULL_OK;
}
