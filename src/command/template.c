/*
 * template: a list of words, each a list of pieces: text, then maybe records,
 * then text again.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "command/argvec.h"
#include "base/quote.h"
#include "command/scan.h"
#include "command/template.h"

#define HOLE		"{}"
#define QUOTE_COST	6	/* "'...'" */
#define QUOTE_GROWTH	4	/* ' becomes '\'' */

/* What may stand where a hole is. */
enum kind {
	TEXT,			/* nothing */
	SPREAD,			/* a word for each record */
	JOINED,			/* all records, blanks between them */
	QUOTED,			/* the same, for a shell */
};

struct piece {
	struct buf		 text;		/* comes first */
	enum kind		 kind;		/* then this */
	enum quote_context	 context;	/* QUOTED */
	bool			 ends_word;
};

struct template {
	struct piece	*pieces;
	size_t		 count;
	bool		 line;		/* the last word is for a shell */
};

static struct piece *
template_add(struct template *t)
{
	t->pieces = mem_resize(t->pieces, t->count + 1, sizeof *t->pieces);
	t->pieces[t->count] = (struct piece){0};
	return &t->pieces[t->count++];
}

/* The pieces of one word of that length. */
static void
template_add_word(struct template *t, const char *word, size_t length,
    enum kind kind)
{
	const char *end = word + length, *hole;
	struct piece *p;

	while (kind != TEXT && (hole = memmem(word, (size_t)(end - word), HOLE,
	    strlen(HOLE))) != NULL) {
		p = template_add(t);
		buf_add(&p->text, word, (size_t)(hole - word));
		p->kind = kind;
		word = hole + strlen(HOLE);
	}
	p = template_add(t);
	buf_add(&p->text, word, (size_t)(end - word));
	p->ends_word = true;
}

static void
template_add_spread(struct template *t)
{
	struct piece *p = template_add(t);

	p->kind = SPREAD;
	p->ends_word = true;
}

static bool
template_has_records(const struct template *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		if (t->pieces[i].kind != TEXT)
			return true;
	return false;
}

struct template *
template_words(char *const *words, size_t count)
{
	struct template *t = mem_array(1, sizeof *t);
	size_t i;

	for (i = 0; i < count; i++) {
		if (strcmp(words[i], HOLE) == 0)
			template_add_spread(t);
		else
			template_add_word(t, words[i], strlen(words[i]), JOINED);
	}
	if (!template_has_records(t))
		template_add_spread(t);
	return t;
}

/* Asks scan for the context of each hole in the line that begins at a piece. */
static int
template_scan(struct template *t, size_t first, const char **why)
{
	enum quote_context *contexts = mem_array(t->count, sizeof *contexts);
	struct buf line = {0};
	size_t i;
	int error;

	for (i = first; i < t->count; i++) {
		buf_add(&line, t->pieces[i].text.data, t->pieces[i].text.length);
		if (t->pieces[i].kind == QUOTED)
			buf_add_byte(&line, SCAN_HOLE);
	}
	error = scan_line(line.data, line.length, contexts, why);
	for (i = first; error == 0 && i < t->count; i++)
		t->pieces[i].context = contexts[i - first];
	buf_release(&line);
	free(contexts);
	return error;
}

struct template *
template_line(const char *shell, char *const *words, size_t count, const char **why)
{
	struct template *t = mem_array(1, sizeof *t);
	struct buf line = {0};
	size_t i, first;

	/* Shells take options after -c; a blank before is nothing to a line. */
	if (words[0][0] == '-' || words[0][0] == '+')
		buf_add_byte(&line, ' ');
	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(&line, ' ');
		buf_add_string(&line, words[i]);
	}
	if (memmem(line.data, line.length, HOLE, strlen(HOLE)) == NULL)
		buf_add_string(&line, " " HOLE);
	template_add_word(t, shell, strlen(shell), TEXT);
	template_add_word(t, "-c", 2, TEXT);
	first = t->count;
	template_add_word(t, line.data, line.length, QUOTED);
	t->line = true;
	buf_release(&line);
	if (template_scan(t, first, why) == -1) {
		template_free(t);
		return NULL;
	}
	return t;
}

void
template_free(struct template *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		buf_release(&t->pieces[i].text);
	free(t->pieces);
	free(t);
}

/* Adds the records to a word in the making, blanks between them. */
static void
piece_join(const struct piece *p, const struct words *records, struct buf *word)
{
	const char *record;
	size_t i, length;

	for (i = 0; i < records->count; i++) {
		record = words_at(records, i, &length);
		if (i > 0)
			buf_add_byte(word, ' ');
		if (p->kind == QUOTED)
			quote_add(word, p->context, record, length);
		else
			buf_add(word, record, length);
	}
}

void
template_expand(const struct template *t, const struct words *records,
    struct words *argv)
{
	const struct piece *p;
	struct buf word = {0};
	const char *record;
	size_t i, j, length;

	words_clear(argv);
	for (i = 0; i < t->count; i++) {
		p = &t->pieces[i];
		if (p->kind == SPREAD) {
			for (j = 0; j < records->count; j++) {
				record = words_at(records, j, &length);
				words_add(argv, record, length);
			}
			continue;
		}
		if (p->ends_word && word.length == 0) {
			words_add(argv, p->text.data, p->text.length);
			continue;
		}
		buf_add(&word, p->text.data, p->text.length);
		if (p->kind != TEXT)
			piece_join(p, records, &word);
		if (p->ends_word) {
			words_add(argv, word.data, word.length);
			word.length = 0;
		}
	}
	buf_release(&word);
}

void
template_measure(const struct template *t, size_t count, size_t bytes,
    size_t *longest, size_t *total)
{
	const struct piece *p;
	size_t i, joined = bytes + count, length = 0;

	*longest = *total = 0;
	for (i = 0; i < t->count; i++) {
		p = &t->pieces[i];
		length += p->text.length;
		switch (p->kind) {
		case TEXT:
			break;
		case SPREAD:
			*total += bytes + count * argvec_cost(0);
			continue;
		case JOINED:
			length += joined;
			break;
		case QUOTED:
			length += QUOTE_GROWTH * bytes + count * (QUOTE_COST + 1);
			break;
		}
		if (!p->ends_word)
			continue;
		*total += argvec_cost(length);
		if (length > *longest)
			*longest = length;
		length = 0;
	}
}

bool
template_is_line(const struct template *t)
{
	return t->line;
}
