/*
 * parmap: map a command over records in parallel, output in input order.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/dialect.h"
#include "command/argvec.h"
#include "command/template.h"
#include "input/source.h"
#include "plan.h"
#include "input/split.h"
#include "input/columns.h"
#include "input/records.h"
#include "run/engine.h"
#include "run/history.h"
#include "run/signals.h"

/*
 * A standard descriptor that we were started without would be the next one
 * opened.  What takes its place is open for the wrong direction, so that using
 * it fails as it should.
 */
static void
fill_standard_descriptors(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1)
			(void)open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY :
			    O_RDONLY) | O_CLOEXEC);
}

/*
 * No field is longer than an argument can be, but a record of several may be; on
 * standard input, and for a function, there is no limit.
 */
static size_t
value_limit(const struct plan *plan)
{
	size_t word = argvec_word_limit(), total = argvec_total_limit();

	if (plan->work != WORK_PROCESS || plan->job_stdin == STDIN_RECORDS)
		return SIZE_MAX;
	return plan->cut && total > word ? total : word;
}

static struct source *
open_source(const struct plan *plan, const struct plan_source *p)
{
	const struct split_format format = {
		.framing = plan->framing, .delimiter = plan->delimiter,
		.block = plan->block, .block_records = plan->block_records,
		.separator = plan->column, .end_word = plan->end_word,
		.limit = value_limit(plan),
	};
	struct source *source;

	if (p->file == NULL)
		return source_list(p->words, p->word_count);
	source = source_file(p->option, p->file, &format);
	if (source == NULL && strcmp(p->file, "-") == 0)
		err(plan->exits.own, "stdin");
	if (source == NULL)
		err(plan->exits.own, "%s %s", p->option, p->file);
	return source;
}

/* How values are cut into fields, or NULL. */
static struct columns *
open_columns(const struct plan *plan)
{
	struct columns *columns;
	const char *why;

	if (!plan->cut)
		return NULL;
	if (plan->column_regex == NULL)
		return columns_byte(plan->column, plan->framing == FRAMING_CSV);
	columns = columns_regex(plan->column_regex, &why);
	if (columns == NULL)
		errx(plan->exits.own, "-C %s: %s", plan->column_regex, why);
	return columns;
}

static struct records *
open_records(const struct plan *plan, const struct columns *columns)
{
	const struct records_style style = {
		.columns = columns, .headed = plan->headed,
		.trim_left = plan->trim_left, .trim_right = plan->trim_right,
		.skip_blank = plan->skip_blank, .wrap = plan->wrap, .shuffle = plan->shuffle,
		.ahead = plan->halt.when != HALT_NEVER && plan->halt.percent,
	};
	struct records *records = records_new(&style);
	const struct plan_source *p;

	for (p = plan->sources; p < plan->sources + plan->source_count; p++)
		records_add(records, open_source(plan, p), p->linked);
	return records;
}

/* What is replaced, in the command and elsewhere. */
static struct template_style
plan_style(const struct plan *plan)
{
	return (struct template_style){
		.all = plan->replace, .parts = plan->parts, .numbers = plan->numbers,
		.plus = plan->plus, .names = plan->headed,
	};
}

static struct template *
compile_template(const struct plan *plan)
{
	struct template_style style = plan_style(plan);
	struct template *template;
	const char *why;

	if (plan->work == WORK_LINES) {
		/* It is not about any record; what looks like it is may be in a program. */
		style.parts = style.numbers = style.plus = style.names = false;
		style.slot = true;
	}
	style.context = plan->context;
	style.append = plan->append;
	style.named_command = plan->named_command;
	style.words = plan->words;
	style.verbatim = plan->verbatim;
	if (plan->shell == NULL)
		return template_words(&style, plan->command, plan->command_count);
	template = template_line(&style, plan->shell, plan->command, plan->command_count,
	    &why);
	if (template == NULL)
		errx(plan->exits.own, "a record cannot be put there safely: %s", why);
	return template;
}

/* A text in which records are replaced, and what comes after it; or NULL for NULL. */
static struct template *
compile_text(const struct plan *plan, const char *text, const char *after)
{
	const struct template_style style = plan_style(plan);
	char *word;
	struct template *template;

	if (text == NULL)
		return NULL;
	if (asprintf(&word, "%s%s", text, after) == -1)
		err(plan->exits.own, "%s", text);
	template = template_words(&style, &word, 1);
	free(word);
	return template;
}

static void
free_templates(struct templates *templates)
{
	template_free(templates->command);
	template_free(templates->tag);
	template_free(templates->results);
}

int
main(int argc, char **argv)
{
	struct plan plan;
	struct columns *columns;
	struct records *records;
	struct templates templates;
	struct history *history;
	struct source *failed;
	struct outcome outcome;

	setprogname("parmap");
	fill_standard_descriptors();
	dialect_parse(&plan, argc, argv);
	columns = open_columns(&plan);
	records = open_records(&plan, columns);
	templates.command = compile_template(&plan);
	templates.tag = compile_text(&plan, plan.tag, "\t");
	templates.results = compile_text(&plan, plan.results, "");
	history = history_new(&plan, templates.results);
	failed = history_source(history);
	if (failed != NULL)
		records_add(records, failed, false);
	outcome = engine_run(&plan, records, &templates, history);
	free_templates(&templates);
	records_free(records);
	history_free(history);
	columns_free(columns);
	free(plan.sources);
	free(plan.command_memory);
	if (outcome.signal != 0)
		signals_die(outcome.signal);
	return outcome.status;
}
