/*
 * native-work: who does the jobs: a command, a line for a shell, a shell that stays, a
 * program that is asked in lines, or a function.
 */
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parmap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "builtin/builtin.h"
#include "builtin/plugin.h"
#include "cli/options.h"
#include "cli/native-work.h"
#include "cli/settings.h"
#include "command/launch.h"
#include "plan.h"

void
set_line(struct cli *c)
{
	c->line = true;
}

void
set_shell(struct cli *c)
{
	const char *why = launch_shell_refuse(c->value);

	if (c->value[0] == '\0')
		why = "no name";
	if (why != NULL)
		cli_refuse(c, why);
	c->shell = c->value;
}

/* Each slot's shell is to read it. */
static const char *
refuse_shell_file(const char *path)
{
	struct stat st;

	if (access(path, R_OK) == -1 || stat(path, &st) == -1)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file, which can be read more than once";
	return NULL;
}

/* A name without a slash would be looked for in PATH. */
void
set_shell_file(struct cli *c)
{
	/* The plan has it for ever. */
	static struct buf path;
	const char *why = refuse_shell_file(c->value);

	if (why != NULL)
		cli_refuse(c, why);
	path.length = 0;
	buf_addf(&path, "%s%s", strchr(c->value, '/') == NULL ? "./" : "", c->value);
	c->plan->shell_file = buf_string(&path);
}

/* What follows are its arguments, as behind a command. */
static void
set_function(struct cli *c, const char *name)
{
	/* One that a variable asked for is another matter. */
	if (c->plan->work == WORK_LINES)
		cli_refuse(c, "not with --coprocess");
	c->function = name;
	c->plan->work = WORK_FUNCTION;
	c->ended = true;
}

/* The command stays, and is asked in lines. */
void
set_coprocess(struct cli *c)
{
	if (c->function != NULL)
		cli_refuse(c, "there is a function already");
	c->plan->work = WORK_LINES;
}

/* All there are, with what they take. */
static void __attribute__((noreturn))
list_builtins(struct cli *c)
{
	struct buf lines = {0};

	builtin_list(&lines);
	(void)fwrite(lines.data, 1, lines.length, stdout);
	buf_release(&lines);
	exit_printed(c);
}

void
set_builtin(struct cli *c)
{
	const struct builtin *b;

	if (strcmp(c->value, "list") == 0)
		list_builtins(c);
	b = builtin_find(c->value);
	if (b == NULL)
		cli_refuse(c, "there is no such builtin; --builtin list has them");
	set_function(c, b->name);
	c->plan->function = b->run;
}

void
set_plugin(struct cli *c)
{
	const char *why, *name = strrchr(c->value, ':');

	c->plan->function = plugin_load(c->value, &why);
	if (c->plan->function == NULL)
		cli_refuse(c, why);
	set_function(c, name + 1);
}

void
native_function(struct cli *c)
{
	struct plan *plan = c->plan;
	char **words = mem_array(plan->command_count + 1, sizeof *words);

	words[0] = (char *)(uintptr_t)c->function;
	if (plan->command_count > 0)
		(void)memcpy(words + 1, plan->command, plan->command_count * sizeof *words);
	plan->command = plan->command_memory = words;
	plan->command_count++;
}

void
native_shell(struct cli *c)
{
	struct plan *plan = c->plan;
	const char *name;

	if (c->line || plan->resume == RESUME_RETRY)
		plan->shell = c->shell != NULL ? c->shell : launch_shell();
	else if (c->shell != NULL)
		errx(plan->exits.own, "--shell=%s: only with -c", c->shell);
	if (plan->shell_file == NULL)
		return;
	if (!c->line || c->function != NULL)
		errx(plan->exits.own, "--shell-init: only with -c");
	if (plan->work == WORK_LINES)
		errx(plan->exits.own, "--shell-init: not with --coprocess");
	name = strrchr(plan->shell, '/');
	name = name != NULL ? name + 1 : plan->shell;
	if (strncmp(name, "bash", 4) != 0)
		errx(plan->exits.own, "--shell-init: takes bash, not %s", plan->shell);
	plan->work = WORK_SHELL;
}

/* The command gets records as lines; of what it is itself nothing depends on them. */
static void
native_lines(struct plan *plan)
{
	size_t i;

	if (plan->job_stdin == STDIN_RECORDS)
		errx(plan->exits.own, "--coprocess: records are lines for it; not with --stdin "
		    "or --pipe");
	if (plan->max_records != 1 || plan->max_lines != SIZE_MAX || plan->context)
		errx(plan->exits.own, "--coprocess: a job is one record; not with -n, -L, -N or -X");
	if (plan->max_bytes != SIZE_MAX)
		errx(plan->exits.own, "--coprocess: -s is for arguments");
	for (i = 0; i < plan->command_count; i++)
		if (strstr(plan->command[i], plan->replace) != NULL)
			errx(plan->exits.own, "--coprocess: %s in its command, which runs before "
			    "there are records; -I names another string for that", plan->replace);
	plan->append = false;
	plan->terminator = plan->framing == FRAMING_BYTE && plan->delimiter == '\0' ?
	    '\0' : '\n';
}

void
native_work(const struct cli *c)
{
	struct plan *plan = c->plan;

	if (plan->work == WORK_PROCESS)
		return;
	if (plan->work == WORK_LINES)
		native_lines(plan);
	if (plan->job_stdin == STDIN_RECORDS)
		errx(plan->exits.own, "--stdin: not with functions and --shell-init, "
		    "which get arguments");
	if (plan->job_stdin == STDIN_TERMINAL)
		errx(plan->exits.own, "-o: workers do not have the terminal");
	if (plan->caps.cpu_time != 0)
		errx(plan->exits.own, "--cpu-time: a worker does many jobs; use --timeout");
	if (c->line && plan->work == WORK_FUNCTION)
		errx(plan->exits.own, "-c: there is no command to be run by a shell");
}
