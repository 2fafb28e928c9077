/*
 * native-work: who does the jobs: a command, a line for a shell, a shell that stays, a
 * program that is asked in lines, or a function.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
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

#define SHELL_FILE_MOST	((size_t)64 * 1024 * 1024)

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

/* Copies all that there is to read: 0, or -1 and errno. */
static int
copy_all(int from, int to)
{
	static char block[BUFSIZ];
	size_t total = 0;
	ssize_t n;

	while ((n = read(from, block, sizeof block)) > 0) {
		total += (size_t)n;
		if (total > SHELL_FILE_MOST) {
			errno = EFBIG;
			return -1;
		}
		if (write(to, block, (size_t)n) != n)
			return -1;
	}
	return n == 0 ? 0 : -1;
}

/* What can be read only once, or by one: a copy of it that shells can open, or -1 and errno. */
static int
copy_shell_file(const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC), to, error;

	if (from == -1)
		return -1;
	to = memfd_create("shell-init", MFD_CLOEXEC);
	if (to != -1 && copy_all(from, to) == -1) {
		error = errno;
		(void)close(to);
		errno = error;
		to = -1;
	}
	(void)close(from);
	return to;
}

/* The file that each slot's shell is to read, or NULL and errno. */
static const char *
find_shell_file(const char *name, struct buf *path)
{
	struct stat st;
	int fd;

	path->length = 0;
	if (access(name, R_OK) == -1 || stat(name, &st) == -1)
		return NULL;
	if (S_ISREG(st.st_mode)) {
		/* One without a slash would be looked for in PATH. */
		buf_addf(path, "%s%s", strchr(name, '/') == NULL ? "./" : "", name);
		return buf_string(path);
	}
	errno = S_ISDIR(st.st_mode) ? EISDIR : ENXIO;
	if ((!S_ISCHR(st.st_mode) && !S_ISFIFO(st.st_mode)) ||
	    (fd = copy_shell_file(name)) == -1)
		return NULL;
	buf_addf(path, "/proc/%jd/fd/%d", (intmax_t)getpid(), fd);
	return access(buf_string(path), R_OK) == 0 ? path->data : NULL;
}

void
set_shell_file(struct cli *c)
{
	/* The plan has it for ever. */
	static struct buf path;

	c->plan->shell_file = find_shell_file(c->value, &path);
	if (c->plan->shell_file == NULL)
		cli_refuse(c, strerror(errno));
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
	c->plan->plugin = true;
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
	if (c->shell == NULL && strcmp(plan->shell, "/bin/sh") == 0)
		errx(plan->exits.own, "--shell-init: there is no bash in PATH");
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
		errx(plan->exits.own, "--%s: not with functions and --shell-init, "
		    "which get arguments", plan->framing == FRAMING_BLOCK ? "pipe" : "stdin");
	if (plan->job_stdin == STDIN_TERMINAL)
		errx(plan->exits.own, "-o: workers do not have the terminal");
	if (plan->caps.cpu_time != 0)
		errx(plan->exits.own, "--cpu-time: a worker does many jobs; use --timeout");
	if (c->line && plan->work == WORK_FUNCTION)
		errx(plan->exits.own, "-c: there is no command to be run by a shell");
}
