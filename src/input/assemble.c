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
#include "input/split.h"

struct assemble {
	struct source		*source;
	const struct template	*template;
	struct batch		 batch;		/* the one in the making */
	size_t			 max_records;
	size_t			 word_limit;
	size_t			 total_limit;
	struct record		 held;		/* pulled, but for the next job */
	bool			 has_held;
};

struct assemble *
assemble_new(struct source *source, const struct template *template, size_t max)
{
	struct assemble *a = mem_array(1, sizeof *a);

	a->source = source;
	a->template = template;
	a->max_records = max;
	a->word_limit = argvec_word_limit();
	a->total_limit = argvec_total_limit();
	return a;
}

void
assemble_free(struct assemble *a)
{
	words_release(&a->batch.records);
	free(a);
}

static enum flaw
record_flaw(const struct assemble *a, const struct record *r)
{
	if (r->size > a->word_limit)
		return FLAW_TOO_LONG;
	if (memchr(r->bytes, '\0', r->length) != NULL)
		return FLAW_NUL;
	return FLAW_NONE;
}

/* Is there room for that record in the job that is being made? */
static bool
assemble_fits(const struct assemble *a, const struct record *r)
{
	const struct words *w = &a->batch.records;
	size_t longest, total;

	if (w->count == 0)
		return true;
	if (w->count == a->max_records || record_flaw(a, r) != FLAW_NONE)
		return false;
	template_measure(a->template, w->count + 1,
	    w->bytes.length - w->count + r->length, &longest, &total);
	return longest <= a->word_limit && total <= a->total_limit;
}

static void
assemble_take(struct assemble *a, const struct record *r)
{
	struct batch *b = &a->batch;

	if (b->records.count == 0) {
		b->first = r->number;
		b->flaw = record_flaw(a, r);
		b->size = r->size;
	}
	words_add(&b->records, r->bytes, r->length);
}

static void
assemble_give(struct assemble *a, struct batch *out)
{
	struct batch done = a->batch;

	a->batch = *out;
	*out = done;
	words_clear(&a->batch.records);
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
		} else if ((pull = source_next(a->source, &r)) != PULL_OK) {
			if (pull == PULL_WAIT || a->batch.records.count == 0)
				return pull;
			break;
		}
		if (!assemble_fits(a, &r)) {
			a->held = r;
			a->has_held = true;
			break;
		}
		assemble_take(a, &r);
		if (a->batch.records.count == a->max_records ||
		    a->batch.flaw != FLAW_NONE)
			break;
	}
	assemble_give(a, out);
	return PULL_OK;
}
