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
open_source(const struct plan *plan)
{
	struct source *source;

	if (plan->file == NULL)
		return source_list(plan->words, plan->word_count);
	source = source_file(plan->file, plan->delimiter, argvec_word_limit());
	if (source == NULL && strcmp(plan->file, "-") == 0)
		err(EXIT_INTERNAL, "stdin");
	if (source == NULL)
		err(EXIT_INTERNAL, "-a %s", plan->file);
	return source;
}

static struct template *
compile_template(const struct plan *plan)
{
	struct template *template;
	const char *why;

	if (plan->shell == NULL)
		return template_words(plan->command, plan->command_count);
	template = template_line(plan->shell, plan->command, plan->command_count, &why);
	if (template == NULL)
		errx(EXIT_INTERNAL, "-c: a record cannot be put there safely: %s", why);
	return template;
}

int
main(int argc, char **argv)
{
	struct plan plan;
	struct source *source;
	struct template *template;
	struct outcome outcome;

	setprogname("parmap");
	fill_standard_descriptors();
	native_parse(&plan, argc, argv);
	source = open_source(&plan);
	template = compile_template(&plan);
	outcome = engine_run(&plan, source, template);
	template_free(template);
	source_free(source);
	if (outcome.signal != 0)
		signals_die(outcome.signal);
	return outcome.status;
}
