/*
 * parmap: map a command over records in parallel, output in input order.
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/native.h"
#include "command/argvec.h"
#include "command/template.h"
#include "input/source.h"
#include "input/records.h"
#include "plan.h"
#include "run/engine.h"
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

static struct source *
open_source(const struct plan *plan, const struct plan_source *p)
{
	struct source *source;

	if (p->file == NULL)
		return source_list(p->words, p->word_count);
	source = source_file(p->file, plan->delimiter, argvec_word_limit());
	if (source == NULL && strcmp(p->file, "-") == 0)
		err(EXIT_INTERNAL, "stdin");
	if (source == NULL)
		err(EXIT_INTERNAL, "%s %s", p->option, p->file);
	return source;
}

static struct records *
open_records(const struct plan *plan)
{
	struct records *records = records_new();
	const struct plan_source *p;

	for (p = plan->sources; p < plan->sources + plan->source_count; p++)
		records_add(records, open_source(plan, p), p->linked);
	return records;
}

static struct template *
compile_template(const struct plan *plan)
{
	const struct template_style style = { plan->replace, plan->context };
	struct template *template;
	const char *why;

	if (plan->shell == NULL)
		return template_words(&style, plan->command, plan->command_count);
	template = template_line(&style, plan->shell, plan->command, plan->command_count,
	    &why);
	if (template == NULL)
		errx(EXIT_INTERNAL, "-c: a record cannot be put there safely: %s", why);
	return template;
}

int
main(int argc, char **argv)
{
	struct plan plan;
	struct records *records;
	struct template *template;
	struct outcome outcome;

	setprogname("parmap");
	fill_standard_descriptors();
	native_parse(&plan, argc, argv);
	records = open_records(&plan);
	template = compile_template(&plan);
	outcome = engine_run(&plan, records, template);
	template_free(template);
	records_free(records);
	free(plan.sources);
	if (outcome.signal != 0)
		signals_die(outcome.signal);
	return outcome.status;
}
