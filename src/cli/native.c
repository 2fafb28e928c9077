/*
 * native: the options of parmap, and what their words mean.
 */
#include <sys/types.h>

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cli/native.h"
#include "cli/operands.h"
#include "cli/options.h"
#include "command/launch.h"
#include "plan.h"
#include "run/limits.h"
#include "run/signals.h"

#define BUFFER		(64 * 1024 * 1024)
#define KILL_AFTER	INT64_C(2000000000)
#define JOBS_MOST	1000000
#define PERCENT_MOST	100000

#define countof(a)	(sizeof (a) / sizeof (a)[0])

static void	set_help(struct cli *);

static void
set_file(struct cli *c)
{
	operands_add_file(c->plan, "-a", c->value, false);
}

static void
set_zip(struct cli *c)
{
	c->zip = true;
}

static void
set_null(struct cli *c)
{
	c->plan->delimiter = '\0';
}

/* The byte of an escape, and how long that is: 0 if it is none. */
static size_t
escape_read(const char *s, char *byte)
{
	static const char letters[] = "abfnrtv\\", bytes[] = "\a\b\f\n\r\t\v\\";
	const char *letter;
	char *end;
	long n;

	if (s[0] != '\\' || s[1] == '\0')
		return 0;
	if ((letter = strchr(letters, s[1])) != NULL) {
		*byte = bytes[letter - letters];
		return 2;
	}
	if (s[1] == 'x' && strspn(s + 2, "0123456789abcdefABCDEF") == strlen(s + 2))
		n = strtol(s + 2, &end, 16);
	else if (strspn(s + 1, "01234567") == strlen(s + 1))
		n = strtol(s + 1, &end, 8);
	else
		return 0;
	if (n > 255 || end == s + 2 - (s[1] != 'x'))
		return 0;
	*byte = (char)n;
	return (size_t)(end - s);
}

static void
set_delimiter(struct cli *c)
{
	size_t length = strlen(c->value);

	if (length == 1)
		c->plan->delimiter = c->value[0];
	else if (length == 0 || escape_read(c->value, &c->plan->delimiter) != length)
		cli_refuse(c, "not one byte, nor an escape such as \\t, \\0 or \\x1f");
}

/* A byte, or else a regular expression. */
static void
set_columns(struct cli *c)
{
	size_t length = strlen(c->value);

	c->plan->cut = true;
	c->plan->column_regex = NULL;
	if (length == 0)
		cli_refuse(c, "neither a byte nor a regular expression");
	if (length == 1)
		c->plan->column = c->value[0];
	else if (escape_read(c->value, &c->plan->column) != length)
		c->plan->column_regex = c->value;
	c->columns = true;
}

static void
set_csv(struct cli *c)
{
	c->plan->csv = c->plan->cut = true;
}

static void
set_header(struct cli *c)
{
	if (strcmp(c->value, ":") != 0)
		cli_refuse(c, "only : (the first record) is known");
	c->plan->headed = true;
}

static void
set_max_records(struct cli *c)
{
	const char *why;
	long long n;

	if (num_parse(c->value, 1, INT64_MAX / 2, &n, &why) == -1)
		cli_refuse(c, why);
	c->plan->max_records = (size_t)n;
}

/* The words with {} are repeated then, which is what one wants of several fields. */
static void
set_max_context(struct cli *c)
{
	set_max_records(c);
	c->plan->context = true;
}

static void
set_context(struct cli *c)
{
	c->plan->max_records = SIZE_MAX;
	c->plan->context = true;
}

static void
set_replace(struct cli *c)
{
	if (c->value[0] == '\0')
		cli_refuse(c, "nothing cannot be replaced");
	c->plan->replace = c->value;
}

static void
set_jobs(struct cli *c)
{
	static char spelled[32];

	(void)snprintf(spelled, sizeof spelled, "%s", c->spelled);
	c->jobs_spelled = spelled;
	c->jobs = c->value;
}

static void
set_line(struct cli *c)
{
	c->line = true;
}

static void
set_shell(struct cli *c)
{
	const char *why = launch_shell_refuse(c->value);

	if (c->value[0] == '\0')
		why = "no name";
	if (why != NULL)
		cli_refuse(c, why);
	c->shell = c->value;
}

static void
set_order_input(struct cli *c)
{
	c->plan->order = ORDER_INPUT;
}

static void
set_order_finish(struct cli *c)
{
	c->plan->order = ORDER_FINISH;
}

static void
set_order_lines(struct cli *c)
{
	c->plan->order = ORDER_LINES;
}

static void
set_order_none(struct cli *c)
{
	c->plan->order = ORDER_NONE;
}

static void
set_buffer(struct cli *c)
{
	const char *why;

	if (num_size(c->value, &c->plan->buffer, &why) == -1)
		cli_refuse(c, why);
}

static void
set_duration(struct cli *c, int64_t *duration)
{
	const char *why;

	if (num_duration(c->value, duration, &why) == -1)
		cli_refuse(c, why);
}

static void
set_job_limit(struct cli *c)
{
	set_duration(c, &c->plan->job_limit);
}

static void
set_run_limit(struct cli *c)
{
	set_duration(c, &c->plan->run_limit);
}

static void
set_kill_after(struct cli *c)
{
	set_duration(c, &c->plan->kill_after);
}

static void
set_signal(struct cli *c)
{
	c->plan->signal = signals_number(c->value);
	if (c->plan->signal == -1)
		cli_refuse(c, "no signal of that name or number");
}

static void
set_trace(struct cli *c)
{
	c->plan->trace = true;
}

static void
set_dry_run(struct cli *c)
{
	c->plan->dry_run = true;
}

static void
set_quiet(struct cli *c)
{
	c->plan->quiet = true;
}

static void
set_nothing(struct cli *c)
{
	(void)c;
}

/* Whatever was printed has to have arrived. */
static void __attribute__((noreturn))
exit_printed(void)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		err(EXIT_INTERNAL, "stdout");
	exit(0);
}

static void __attribute__((noreturn))
set_version(struct cli *c)
{
	(void)c;
	(void)printf("parmap %s\n", VERSION);
	exit_printed();
}

static const struct option_row rows[] = {
	{ '0', "null", NULL, set_null, "records end in NUL" },
	{ 'a', "arg-file", "FILE", set_file, "records from FILE; - is stdin; repeatable" },
	{ 0, "zip", NULL, set_zip, "pair sources up; default: their product" },
	{ 'd', "delimiter", "CHAR", set_delimiter, "records end in CHAR, a byte or \\t, \\0, \\xHH" },
	{ 'C', "colsep", "SEP", set_columns, "cut records into fields at a byte or regex" },
	{ 0, "csv", NULL, set_csv, "records are lines of CSV; -C: separator" },
	{ 0, "header", ":", set_header, "the first record has names: {name}" },
	{ 'n', "max-args", "N", set_max_records, "N records a job; default 1" },
	{ 'N', "max-replace-args", "N", set_max_context, "the same, and repeat words with {}" },
	{ 'X', "pack", NULL, set_context, "as many records as fit, repeat words with {}" },
	{ 'I', "replace", "STR", set_replace, "STR stands for the record instead of {}" },
	{ 'r', "no-run-if-empty", NULL, set_nothing, "accepted: nothing runs without records" },
	{ 'c', "shell-command", NULL, set_line, "the command is a line for a shell" },
	{ 0, "shell", "PATH", set_shell, "that shell; default bash, or else /bin/sh" },
	{ 'j', "jobs", "N", set_jobs, "N jobs at once: N, N%, +N, -N of CPUs; 0: most" },
	{ 'P', "max-procs", "N", set_jobs, NULL },
	{ 'k', "keep-order", NULL, set_order_input, "output in input order: the default" },
	{ 0, "unordered", NULL, set_order_finish, "output of whole jobs as they finish" },
	{ 0, "line-buffer", NULL, set_order_lines, "output of whole lines as they come" },
	{ 0, "lb", NULL, set_order_lines, NULL },
	{ 'u', "ungroup", NULL, set_order_none, "jobs write for themselves" },
	{ 0, "buffer", "SIZE", set_buffer, "memory for held output; default 64M" },
	{ 0, "timeout", "DUR", set_job_limit, "time limit of a job" },
	{ 0, "run-timeout", "DUR", set_run_limit, "time limit of the run" },
	{ 0, "signal", "SIG", set_signal, "signal at a limit; default TERM" },
	{ 0, "kill-after", "DUR", set_kill_after, "from there to KILL; default 2s" },
	{ 't', "verbose", NULL, set_trace, "show each command line on stderr" },
	{ 0, "dry-run", NULL, set_dry_run, "show what would run, run nothing" },
	{ 'q', "quiet", NULL, set_quiet, "no lines about failed jobs" },
	{ 0, "help", NULL, set_help, "show this" },
	{ 0, "version", NULL, set_version, "show the version" },
};

static void __attribute__((noreturn))
set_help(struct cli *c)
{
	(void)c;
	(void)printf("usage: parmap [option ...] [--] command [argument ...]\n"
	    "       parmap [option ...] command [argument ...] ::: record ...\n"
	    "       parmap [option ...] -c 'shell command line' [::: record ...]\n"
	    "\n"
	    "Runs the command for each record, one a line of stdin, in parallel; its\n"
	    "output comes in input order.  {} in the command stands for the record.\n"
	    "\n");
	options_help(rows, countof(rows));
	(void)printf("\n"
	    "DUR: seconds, or with s, m, h, d.  SIZE: bytes, or with K, M, G, T.\n"
	    "Exit status: 0 all well, 123 a job failed, 124 time limit, 125 parmap\n"
	    "itself failed, 126 cannot be executed, 127 not found.\n");
	exit_printed();
}

/* How many there are descriptors for, beside the files of records. */
static size_t
jobs_room(const struct plan *plan)
{
	size_t i, files = 0;

	for (i = 0; i < plan->source_count; i++)
		if (plan->sources[i].file != NULL)
			files++;
	return limits_slots(files);
}

/* As many as the limits allow. */
static size_t
jobs_most(const struct plan *plan)
{
	size_t slots = jobs_room(plan), processes = limits_processes();

	if (slots > processes)
		slots = processes;
	return slots < JOBS_MOST ? slots : JOBS_MOST;
}

/* What of -C and --csv needs both. */
static void
native_columns(struct cli *c)
{
	if (!c->plan->csv)
		return;
	if (c->plan->column_regex != NULL)
		errx(EXIT_INTERNAL, "-C %s: with --csv it is one byte",
		    c->plan->column_regex);
	if (!c->columns)
		c->plan->column = ',';
}

/* How many slots the words of -j mean. */
static size_t
jobs_count(struct cli *c)
{
	char digits[24];
	const char *why;
	size_t length = strlen(c->jobs);
	long long n, cpus = (long long)limits_cpus("");

	c->spelled = c->jobs_spelled;
	c->value = c->jobs;
	if (length > 1 && length < sizeof digits && c->jobs[length - 1] == '%') {
		(void)memcpy(digits, c->jobs, length - 1);
		digits[length - 1] = '\0';
		if (num_parse(digits, 0, PERCENT_MOST, &n, &why) == -1)
			cli_refuse(c, why);
		n = cpus * n / 100;
		return n > 0 ? (size_t)n : 1;
	}
	if (num_parse(c->jobs, -JOBS_MOST, JOBS_MOST, &n, &why) == -1)
		cli_refuse(c, strcmp(why, "not a number") == 0 ?
		    "not a number of jobs (N, N%, +N, -N or 0)" : why);
	if (c->jobs[0] == '+' || c->jobs[0] == '-')
		n += cpus;
	else if (n == 0)
		return jobs_most(c->plan);
	if (n < 0) {
		char text[64];

		(void)snprintf(text, sizeof text, "less than none of %lld CPU%s", cpus,
		    cpus == 1 ? "" : "s");
		cli_refuse(c, text);
	}
	return n > 0 ? (size_t)n : 1;
}

/* As many slots as were asked for, if there are descriptors for their pipes. */
static void
native_slots(struct cli *c)
{
	struct plan *plan = c->plan;
	size_t most;

	plan->slots = c->jobs != NULL ? jobs_count(c) : limits_cpus("");
	most = jobs_room(plan);
	if (most == 0)
		errx(EXIT_INTERNAL, "%zu descriptors (ulimit -n) are not enough "
		    "for a single job", limits_descriptors());
	if (plan->order == ORDER_NONE || plan->slots <= most)
		return;
	if (c->jobs != NULL && !plan->quiet)
		warnx("%s %s: %zu descriptors (ulimit -n) are enough for %zu at once",
		    c->jobs_spelled, c->jobs, limits_descriptors(), most);
	plan->slots = most;
}

static void
native_operands(struct cli *c, char **words, size_t count)
{
	struct plan *plan = c->plan;
	size_t i;

	operands_parse(plan, words, count);
	for (i = 1; i < plan->source_count && c->zip; i++)
		plan->sources[i].linked = true;
	if (plan->command_count == 0)
		errx(EXIT_INTERNAL, "no command; try '%s --help'", getprogname());
}

void
native_parse(struct plan *plan, int argc, char **argv)
{
	struct cli c = { .plan = plan };
	int first;

	*plan = (struct plan){
		.delimiter = '\n', .max_records = 1, .signal = SIGTERM,
		.kill_after = KILL_AFTER, .order = ORDER_INPUT, .buffer = BUFFER,
		.replace = "{}",
	};
	first = options_parse(rows, countof(rows), &c, argc, argv);
	native_columns(&c);
	native_operands(&c, argv + first, (size_t)(argc - first));
	native_slots(&c);
	if (c.line)
		plan->shell = c.shell != NULL ? c.shell : launch_shell();
	else if (c.shell != NULL)
		errx(EXIT_INTERNAL, "--shell=%s: only with -c", c.shell);
}
