/*
 * xargs: POSIX.1-2024 and GNU findutils 4.10.  Its words mean what they mean
 * there; what is not there is taken from parmap, under long names.
 */
#include <sys/types.h>

#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "cli/operands.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "cli/xargs.h"
#include "command/argvec.h"
#include "plan.h"

#define BYTES_DEFAULT	((size_t)128 * 1024)	/* GNU's */
#define BYTES_POSIX	4096
#define PROCS_MANY	1000000

static void	set_help(struct cli *);

static void
set_items_null(struct cli *c)
{
	set_null(c);
	c->plan->framing = FRAMING_BYTE;
}

static void
set_items_delimiter(struct cli *c)
{
	set_delimiter(c);
	c->plan->framing = FRAMING_BYTE;
}

/* Jobs have our standard input then. */
static void
set_items_file(struct cli *c)
{
	/* The last one counts. */
	c->plan->source_count = 0;
	operands_add_file(c->plan, "-a", c->value, false);
	if (strcmp(c->value, "-") != 0)
		c->plan->job_stdin = STDIN_OURS;
	else
		c->plan->job_stdin = STDIN_NULL;
}

/* A number as strtol(3) has it, which is what GNU does; none is too large. */
static long long
xargs_number(const struct cli *c)
{
	char *end;
	long long n = strtoll(c->value, &end, 10);

	if (end == c->value || *end != '\0')
		cli_refuse(c, "not a number");
	return n;
}

static size_t
xargs_count(const struct cli *c)
{
	long long n = xargs_number(c);

	if (n < 1)
		cli_refuse(c, "too small");
	return (size_t)n;
}

/* Of -I, -L and -n the last one counts, as POSIX says, and GNU tells. */
static void
only(const struct cli *c, const char *former)
{
	warnx("warning: %s: ignoring the %s before it", c->spelled, former);
}

static void
set_replace(struct cli *c)
{
	struct plan *plan = c->plan;

	if (c->value != NULL && c->value[0] == '\0')
		cli_refuse(c, "nothing cannot be replaced");
	if (plan->max_lines != SIZE_MAX)
		only(c, "-L");
	if (plan->max_records != SIZE_MAX && plan->replace == NULL && plan->max_records != 1)
		only(c, "-n");
	plan->replace = c->value != NULL ? c->value : "{}";
	plan->max_lines = SIZE_MAX;
	plan->max_records = 1;
}

static void
set_lines(struct cli *c)
{
	struct plan *plan = c->plan;

	if (plan->replace != NULL)
		only(c, "-I");
	else if (plan->max_records != SIZE_MAX)
		only(c, "-n");
	plan->max_lines = c->value != NULL ? xargs_count(c) : 1;
	plan->max_records = SIZE_MAX;
	plan->replace = NULL;
}

static void
set_args(struct cli *c)
{
	struct plan *plan = c->plan;
	size_t n = xargs_count(c);

	/* People write -I {} -n 1. */
	if (plan->replace != NULL && n == 1)
		return;
	if (plan->replace != NULL)
		only(c, "-I");
	if (plan->max_lines != SIZE_MAX)
		only(c, "-L");
	plan->max_records = n;
	plan->max_lines = SIZE_MAX;
	plan->replace = NULL;
}

static void
set_procs(struct cli *c)
{
	static char digits[sizeof "1000000"];
	long long n = xargs_number(c);

	if (n < 0 || n > INT_MAX)
		cli_refuse(c, "not a number of processes");
	(void)snprintf(digits, sizeof digits, "%d", n < PROCS_MANY ? (int)n : 0);
	c->value = digits;
	set_jobs(c);
}

static void
set_chars(struct cli *c)
{
	long long n = xargs_number(c);

	if (n < 1)
		warnx("warning: %s %s: less than 1, which is used instead", c->spelled, c->value);
	c->plan->max_bytes = n < 1 ? 1 : (size_t)n;
}

static void
set_not_if_empty(struct cli *c)
{
	c->plan->run_if_empty = false;
}

static void
set_show_limits(struct cli *c)
{
	c->show_limits = true;
}

static const struct option_row rows[] = {
	{ '0', "null", NULL, set_items_null, "items end in NUL, nothing is special", false },
	{ 'a', "arg-file", "FILE", set_items_file, "items from FILE; jobs get our stdin", false },
	{ 'd', "delimiter", "CHAR", set_items_delimiter, "items end in CHAR, nothing is special", false },
	{ 'E', NULL, "WORD", set_end_word, "the input ends at the item WORD", false },
	{ 'e', "eof", "WORD", set_end_word, "the same; without WORD it does not", true },
	{ 'I', NULL, "STR", set_replace, "a command an input line, in place of STR", false },
	{ 'i', "replace", "STR", set_replace, "the same; {} by default", true },
	{ 'L', NULL, "N", set_lines, "at most N lines a command", false },
	{ 'l', "max-lines", "N", set_lines, "the same; 1 by default", true },
	{ 'n', "max-args", "N", set_args, "at most N items a command", false },
	{ 'o', "open-tty", NULL, set_open_tty, "commands read from the terminal", false },
	{ 'P', "max-procs", "N", set_procs, "N commands at once; 0: as many as can be", false },
	{ 'p', "interactive", NULL, set_ask, "ask before each command", false },
	{ 0, "process-slot-var", "NAME", set_slot_variable, "variable with the slot, from 0", false },
	{ 'r', "no-run-if-empty", NULL, set_not_if_empty, "run nothing if there are no items", false },
	{ 's', "max-chars", "N", set_chars, "at most N bytes a command line", false },
	{ 0, "show-limits", NULL, set_show_limits, "show what fits into a command line", false },
	{ 't', "verbose", NULL, set_trace, "show each command line on stderr", false },
	{ 'x', "exit", NULL, set_exact, "give up if what -n or -L says does not fit", false },
	{ 0, "keep-order", NULL, set_order_input, "output in input order", false },
	{ 0, "unordered", NULL, set_order_finish, "output of whole jobs as they finish", false },
	{ 0, "line-buffer", NULL, set_order_lines, "output of whole lines as they come", false },
	{ 0, "buffer", "SIZE", set_buffer, "memory for output that is held", false },
	{ 0, "delay", "DUR", set_delay, "from one start to the next", false },
	{ 0, "load", "N", set_load, "start none at that load average", false },
	{ 0, "nice", "N", set_nice, "niceness of commands", false },
	{ 0, "timeout", "DUR", set_job_limit, "time limit of a command", false },
	{ 0, "run-timeout", "DUR", set_run_limit, "time limit of the run", false },
	{ 0, "signal", "SIG", set_signal, "signal at a limit; default TERM", false },
	{ 0, "kill-after", "DUR", set_kill_after, "from there to KILL; default 2s", false },
	{ 0, "dry-run", NULL, set_dry_run, "show what would run, run nothing", false },
	{ 0, "dialect", "NAME", set_dialect, "as the first word: parmap, xargs, parallel", false },
	{ 0, "help", NULL, set_help, "show this", false },
	{ 0, "version", NULL, set_version, "show the version of parmap", false },
};

static void __attribute__((noreturn))
set_help(struct cli *c)
{
	(void)printf("usage: xargs [option ...] [command [initial-argument ...]]\n"
	    "\n"
	    "This is parmap as xargs: it runs the command, echo by default, with items\n"
	    "from stdin as further arguments.\n"
	    "\n");
	options_help(rows, countof(rows));
	exit_printed(c);
}

static void
show_limits(size_t most, size_t used)
{
	(void)fprintf(stderr,
	    "Arguments beside the environment can have at most %zu bytes\n"
	    "POSIX has any system allow for %d\n"
	    "A command line is given at most %zu\n", most, BYTES_POSIX, used);
}

/* Bytes of a command line: as asked for, if that is possible. */
static void
xargs_bytes(struct cli *c)
{
	struct plan *plan = c->plan;
	size_t most = argvec_total_limit();

	if (plan->max_bytes == SIZE_MAX)
		plan->max_bytes = most < BYTES_DEFAULT ? most : BYTES_DEFAULT;
	else if (plan->max_bytes > most) {
		warnx("-s %zu: more than %zu bytes cannot be given to a command",
		    plan->max_bytes, most);
		plan->max_bytes = most;
	}
	if (c->show_limits)
		show_limits(most, plan->max_bytes);
}

/* The command has to fit without an item too; what -I makes of it, for each line. */
static void
xargs_measure(const struct plan *plan)
{
	size_t i, bytes = 0;

	for (i = 0; i < plan->command_count; i++)
		bytes += strlen(plan->command[i]) + 1;
	if (plan->replace == NULL && bytes > plan->max_bytes)
		errx(plan->exits.own, "the command alone has %zu bytes; "
		    "a command line is given at most %zu", bytes, plan->max_bytes);
}

void
xargs_parse(struct plan *plan, int argc, char **argv)
{
	static char echo[] = "echo", *by_default[] = { echo, NULL };
	struct cli c = { .plan = plan, .jobs = "1", .jobs_spelled = "-P" };
	int first;

	settings_default(plan);
	plan->framing = FRAMING_WORDS;
	plan->max_records = SIZE_MAX;
	plan->replace = NULL;
	plan->parts = plan->numbers = false;
	plan->named_command = true;
	plan->run_if_empty = true;
	plan->order = ORDER_NONE;
	plan->report = REPORT_STOPS;
	plan->exits = (struct exit_map){
		.failed = 123, .job_time = 124, .run_time = 124, .own = 1,
		.not_executable = 126, .not_found = 127, .flaw = 1,
		.stop_255 = 124, .stop_killed = 125, .stop_flaw = true,
		.stop_no_exec = true, .failed_first = true,
	};
	first = options_parse(rows, countof(rows), &c, argc, argv);
	if (plan->framing == FRAMING_BYTE)
		plan->end_word = NULL;
	if (plan->max_lines != SIZE_MAX)
		plan->exact = true;
	if (plan->replace != NULL) {
		if (plan->framing == FRAMING_WORDS)
			plan->framing = FRAMING_LINES;
		plan->append = plan->run_if_empty = false;
	}
	if (c.open_tty)
		plan->job_stdin = STDIN_TERMINAL;
	xargs_bytes(&c);
	if (plan->source_count == 0)
		operands_add_file(plan, NULL, "-", false);
	plan->command = first < argc ? argv + first : by_default;
	plan->command_count = first < argc ? (size_t)(argc - first) : 1;
	xargs_measure(plan);
	settings_slots(&c);
}
