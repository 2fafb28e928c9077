/*
 * operands: command ::: values :::+ values :::: files ::::+ files
 */
#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "base/mem.h"
#include "cli/operands.h"
#include "plan.h"

static struct separator {
	const char	*word;
	bool		 files;
	bool		 linked;
} separators[] = {
	/* One word that is for both is for files. */
	{ "::::", true, false },
	{ "::::+", true, true },
	{ ":::", false, false },
	{ ":::+", false, true },
};

void
operands_separate(const char *word, bool files)
{
	size_t length = strlen(word), i;
	char *linked = mem_array(length + 2, 1);

	memcpy(linked, word, length);
	linked[length] = '+';
	linked[length + 1] = '\0';
	for (i = 0; i < countof(separators); i++)
		if (separators[i].files == files)
			separators[i].word = separators[i].linked ? linked : word;
}

static const struct separator *
separator_find(const char *word)
{
	size_t i;

	for (i = 0; i < countof(separators); i++)
		if (strcmp(word, separators[i].word) == 0)
			return &separators[i];
	return NULL;
}

static struct plan_source *
operands_add(struct plan *plan)
{
	plan->sources = mem_resize(plan->sources, plan->source_count + 1,
	    sizeof *plan->sources);
	plan->sources[plan->source_count] = (struct plan_source){0};
	return &plan->sources[plan->source_count++];
}

void
operands_add_file(struct plan *plan, const char *option, const char *file, bool linked)
{
	struct plan_source *s;
	size_t i;

	for (i = 0; i < plan->source_count && strcmp(file, "-") == 0; i++)
		if (plan->sources[i].file != NULL && strcmp(plan->sources[i].file, "-") == 0)
			errx(plan->exits.own, "%s -: standard input is read already", option);
	s = operands_add(plan);
	s->option = option;
	s->file = file;
	s->linked = linked;
}

/* How many words there are before the one that ends the input. */
static size_t
operands_until_end(const struct plan *plan, char **words, size_t count)
{
	size_t i;

	for (i = 0; i < count && plan->end_word != NULL; i++)
		if (strcmp(words[i], plan->end_word) == 0)
			return i;
	return count;
}

/* The words that follow a separator. */
static void
operands_add_words(struct plan *plan, const struct separator *by, char **words,
    size_t count)
{
	struct plan_source *s;
	size_t i;

	if (!by->files) {
		s = operands_add(plan);
		s->option = by->word;
		s->words = words;
		s->word_count = operands_until_end(plan, words, count);
		s->linked = by->linked;
		return;
	}
	if (count == 0)
		errx(plan->exits.own, "%s: no file follows", by->word);
	for (i = 0; i < count; i++)
		operands_add_file(plan, by->word, words[i], by->linked);
}

void
operands_link(struct plan *plan)
{
	size_t i;

	for (i = 1; i < plan->source_count; i++)
		plan->sources[i].linked = true;
}

void
operands_parse(struct plan *plan, char **words, size_t count)
{
	const struct separator *by, *next = NULL;
	size_t i, n;

	plan->command = words;
	for (i = 0; i < count && (next = separator_find(words[i])) == NULL; i++)
		;
	plan->command_count = i;
	while (i < count) {
		by = next;
		for (n = ++i; n < count && (next = separator_find(words[n])) == NULL; n++)
			;
		operands_add_words(plan, by, words + i, n - i);
		i = n;
	}
	if (plan->source_count == 0)
		operands_add_file(plan, NULL, "-", false);
}
