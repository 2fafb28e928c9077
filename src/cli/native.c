/*
 * native: the options of parmap, and what their words mean.
 */
#include <sys/types.h>
#include <sys/resource.h>

#include <ctype.h>
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "base/num.h"
#include "cli/native.h"
#include "cli/operands.h"
#include "cli/options.h"
#include "cli/native-make.h"
#include "cli/native-work.h"
#include "cli/settings.h"
#include "output/quota.h"
#include "plan.h"
#include "run/clock.h"
#include "run/limits.h"
#include "run/signals.h"

static void	set_help(struct cli *);

static void
set_zip(struct cli *c)
{
	c->zip = true;
}

static void
set_csv(struct cli *c)
{
	c->plan->framing = FRAMING_CSV;
	c->plan->cut = true;
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
set_stdin(struct cli *c)
{
	c->plan->job_stdin = STDIN_RECORDS;
}

static void
set_pipe(struct cli *c)
{
	set_stdin(c);
	c->plan->framing = FRAMING_BLOCK;
}

/* The most there can be is what we may have: so much the job really gets. */
static void
set_memory(struct cli *c)
{
	const char *why;
	size_t size;

	if (num_size(c->value, &size, &why) == -1)
		cli_refuse(c, why);
	c->plan->caps.memory = limits_most(RLIMIT_AS, size);
}

/* The kernel counts whole seconds. */
static void
set_cpu_time(struct cli *c)
{
	int64_t duration;

	set_duration(c, &duration);
	c->plan->caps.cpu_time = CLOCK_S *
	    (int64_t)limits_most(RLIMIT_CPU, (size_t)((duration + CLOCK_S - 1) / CLOCK_S));
}

static void
set_files(struct cli *c)
{
	const char *why;
	long long n;

	if (num_parse(c->value, 0, INT_MAX, &n, &why) == -1)
		cli_refuse(c, why);
	c->plan->caps.files = limits_most(RLIMIT_NOFILE, (size_t)n);
}

static void
set_quiet(struct cli *c)
{
	c->plan->report = REPORT_NOTHING;
}

/* Adds one of --retry-on: false if it is nothing that an attempt can end with. */
static bool
retry_on(struct retry *retry, const char *word)
{
	const char *why;
	long long n;
	int sig;

	if (strcmp(word, "timeout") == 0) {
		retry->times = true;
	} else if (isdigit((unsigned char)word[0])) {
		if (num_parse(word, 1, countof(retry->statuses) - 1, &n, &why) == -1)
			return false;
		retry->statuses[n] = true;
	} else {
		sig = signals_number(word);
		if (sig <= 0 || (size_t)sig >= countof(retry->signals))
			return false;
		retry->signals[sig] = true;
	}
	return true;
}

static void
set_retry_on(struct cli *c)
{
	const char *p = c->value;
	char word[16];
	size_t length;

	c->plan->retry.listed = true;
	for (;; p += length + 1) {
		length = strcspn(p, ",");
		(void)snprintf(word, sizeof word, "%.*s", (int)length, p);
		if (length >= sizeof word || !retry_on(&c->plan->retry, word))
			cli_refuse(c, "not exit statuses, signals or timeout, with commas");
		if (p[length] == '\0')
			break;
	}
}

static void
set_fallback(struct cli *c)
{
	c->plan->fallback = c->value;
}

static void
set_atomic(struct cli *c)
{
	c->plan->atomic = true;
}

/* How the output is said. */
static void
set_format(struct cli *c, enum format format)
{
	if (c->plan->format != FORMAT_BYTES && c->plan->format != format)
		cli_refuse(c, "--json and --json-array are two things");
	c->plan->format = format;
}

static void
set_json(struct cli *c)
{
	set_format(c, FORMAT_JSON);
}

static void
set_json_array(struct cli *c)
{
	set_format(c, FORMAT_JSON_ARRAY);
}

static void
set_max_output(struct cli *c)
{
	char least[32];
	const char *why;

	if (num_size(c->value, &c->plan->max_output, &why) == -1)
		cli_refuse(c, why);
	(void)snprintf(least, sizeof least, "less than %d bytes", QUOTA_LEAST);
	if (c->plan->max_output < QUOTA_LEAST)
		cli_refuse(c, least);
}

static void
set_deadline(struct cli *c)
{
	const char *why;

	if (num_moment(c->value, &c->plan->deadline, &why) == -1)
		cli_refuse(c, why);
	c->plan->deadline_word = c->value;
}

static void
set_joblog_sync(struct cli *c)
{
	c->plan->joblog_sync = true;
}

static void
set_summary(struct cli *c)
{
	c->plan->summary = true;
}

static const struct option_row rows[] = {
	{ '0', "null", NULL, set_null, "records end in NUL", false },
	{ 'a', "arg-file", "FILE", set_file, "records from FILE; - is stdin; repeatable", false },
	{ 0, "zip", NULL, set_zip, "pair sources up; default: their product", false },
	{ 'd', "delimiter", "CHAR", set_delimiter, "records end in CHAR, a byte or \\t, \\0, \\xHH", false },
	{ 'C', "colsep", "SEP", set_columns, "cut records into fields at a byte or regex", false },
	{ 0, "csv", NULL, set_csv, "records are lines of CSV; -C: separator", false },
	{ 0, "header", ":", set_header, "the first record has names: {name}", false },
	{ 'n', "max-args", "N", set_max_records, "N records a job; default 1", false },
	{ 'L', "max-lines", "N", set_max_records, NULL, false },
	{ 'N', "max-replace-args", "N", set_max_context, "the same, and repeat words with {}", false },
	{ 'X', "pack", NULL, set_context, "as many records as fit, repeat words with {}", false },
	{ 's', "max-chars", "N", set_max_bytes, "at most N bytes a command line", false },
	{ 'E', "eof", "WORD", set_end_word, "the input ends at the record WORD", false },
	{ 'I', "replace", "STR", set_replace, "STR stands for the record instead of {}", false },
	{ 0, "stdin", NULL, set_stdin, "jobs read their records from stdin", false },
	{ 0, "pipe", NULL, set_pipe, "jobs read blocks of our input from stdin", false },
	{ 0, "block", "SIZE", set_block, "size of those blocks; default 1M", false },
	{ 'o', "open-tty", NULL, set_open_tty, "jobs read from the terminal", false },
	{ 'r', "no-run-if-empty", NULL, set_nothing, "accepted: nothing runs without records", false },
	{ 'c', "shell-command", NULL, set_line, "the command is a line for a shell", false },
	{ 0, "shell", "PATH", set_shell, "that shell; default bash, or else /bin/sh", false },
	{ 0, "shell-init", "FILE", set_shell_file, "a bash for each slot reads FILE, once", false },
	{ 0, "coprocess", NULL, set_coprocess, "the command stays and answers lines with lines", false },
	{ 0, "builtin", "NAME", set_builtin, "a function of our own, no command; list: all", false },
	{ 0, "plugin", "FILE:FUNCTION", set_plugin, "a function of a shared object, no command", false },
	{ 'j', "jobs", "N", set_jobs, "N jobs at once: N, N%, +N, -N of CPUs; 0: most", false },
	{ 'P', "max-procs", "N", set_jobs, NULL, false },
	{ 0, "jobserver", "WHICH", set_jobserver, "that of make: auto, off, require, or serve", false },
	{ 0, "jobserver-style", "STYLE", set_jobserver_style, "of the one we serve: pipe (default) or fifo", false },
	{ 0, "delay", "DUR", set_delay, "at least that from one start to the next", false },
	{ 0, "load", "N", set_load, "no start at that load: N, N%, +N, -N of CPUs", false },
	{ 0, "nice", "N", set_nice, "niceness of jobs, -20 to 19; default ours", false },
	{ 'k', "keep-order", NULL, set_order_input, "output in input order: the default", false },
	{ 0, "unordered", NULL, set_order_finish, "output of whole jobs as they finish", false },
	{ 0, "line-buffer", NULL, set_order_lines, "output of whole lines as they come", false },
	{ 0, "lb", NULL, set_order_lines, NULL, false },
	{ 'u', "ungroup", NULL, set_order_none, "jobs write for themselves", false },
	{ 0, "tag", NULL, set_tag, "begin lines of output with the record and a tab", false },
	{ 0, "tagstring", "STR", set_tag_string, "or with STR, in which {} and others stand", false },
	{ 0, "json", NULL, set_json, "an object of JSON for each job, one a line", false },
	{ 0, "json-array", NULL, set_json_array, "one array with the output of each job", false },
	{ 0, "max-output", "SIZE", set_max_output, "end the run before stdout gets larger", false },
	{ 0, "buffer", "SIZE", set_buffer, "memory for held output; default 64M", false },
	{ 0, "timeout", "DUR", set_job_limit, "time limit of a job", false },
	{ 0, "run-timeout", "DUR", set_run_limit, "time limit of the run", false },
	{ 0, "deadline", "MOMENT", set_deadline, "the run ends by then: @N since 1970, or @Nms", false },
	{ 0, "signal", "SIG", set_signal, "signal at a limit; default TERM", false },
	{ 0, "kill-after", "DUR", set_kill_after, "from there to KILL; default 2s", false },
	{ 0, "memory", "SIZE", set_memory, "memory that a process of a job may have", false },
	{ 0, "cpu-time", "DUR", set_cpu_time, "CPU time it may use, whole seconds", false },
	{ 0, "files", "N", set_files, "files it may have open", false },
	{ 0, "halt", "WHEN,WHY=N[%]", set_halt, "end the run: now or soon, fail, success or done", false },
	{ 0, "joblog", "FILE", set_joblog, "a line in FILE for each job; +FILE: add", false },
	{ 0, "joblog-fsync", NULL, set_joblog_sync, "each of its lines is on the disk at once", false },
	{ 0, "results", "DIR", set_results, "keep the output of each job in files in DIR", false },
	{ 0, "resume", NULL, set_resume, "run only what is not in the log or results", false },
	{ 0, "resume-failed", NULL, set_resume_failed, "and what failed there", false },
	{ 0, "retry-failed", NULL, set_retry_failed, "only that, by the commands in the log", false },
	{ 0, "retries", "N", set_retries, "try a job up to N times; 0: until it is well", false },
	{ 0, "retry-delay", "DUR", set_retry_delay, "wait that before the 2nd try, then double", false },
	{ 0, "retry-on", "LIST", set_retry_on, "only after these: 75,TERM,timeout", false },
	{ 0, "fallback", "TEXT", set_fallback, "TEXT is the output of a job that failed", false },
	{ 0, "atomic", NULL, set_atomic, "no output unless the run is complete", false },
	{ 0, "process-slot-var", "NAME", set_slot_variable, "variable with the slot, from 0", false },
	{ 'p', "interactive", NULL, set_ask, "ask on the terminal before each job", false },
	{ 't', "verbose", NULL, set_trace, "show each command line on stderr", false },
	{ 0, "dry-run", NULL, set_dry_run, "show what would run, run nothing", false },
	{ 0, "summary", NULL, set_summary, "at the end: failures by cause, times", false },
	{ 'q', "quiet", NULL, set_quiet, "no lines about failed jobs", false },
	{ 0, "dialect", "NAME", set_dialect, "as the first word: parmap, xargs, parallel", false },
	{ 0, "help", NULL, set_help, "show this", false },
	{ 0, "version", NULL, set_version, "show the version", false },
};

static void __attribute__((noreturn))
set_help(struct cli *c)
{
	(void)printf("usage: parmap [option ...] [--] command [argument ...]\n"
	    "       parmap [option ...] command [argument ...] ::: record ...\n"
	    "       parmap [option ...] -c 'shell command line' [::: record ...]\n"
	    "       parmap [option ...] --builtin name [argument ...]\n"
	    "\n"
	    "Runs the command for each record, one a line of stdin, in parallel; its\n"
	    "output comes in input order.  {} in the command stands for the record.\n"
	    "\n");
	options_help(rows, countof(rows));
	(void)printf("\n"
	    "DUR: seconds, or with s, m, h, d.  SIZE: bytes, or with K, M, G, T\n"
	    "for powers of 1024, k, m, g, t for powers of 1000.\n"
	    "Exit status: 0 all well, 123 a job failed, 124 time limit, 125 parmap\n"
	    "itself failed, 126 cannot be executed, 127 not found.\n");
	exit_printed(c);
}

/* What jobs read; with --stdin or --pipe the command has nothing to do with records. */
static void
native_stdin(struct cli *c)
{
	struct plan *plan = c->plan;

	if (plan->job_stdin != STDIN_RECORDS) {
		if (c->open_tty)
			plan->job_stdin = STDIN_TERMINAL;
		return;
	}
	if (c->open_tty)
		errx(plan->exits.own, "-o: with --stdin or --pipe jobs read their records");
	if (plan->source_count > 1 || plan->cut || plan->headed)
		errx(plan->exits.own, "--stdin: records of several fields are for arguments");
	if (plan->context)
		errx(plan->exits.own, "--stdin: -N and -X are for arguments; use -n");
	if (plan->max_bytes != SIZE_MAX)
		errx(plan->exits.own, "--stdin: -s is for arguments");
	if (plan->framing == FRAMING_BLOCK && plan->end_word != NULL)
		errx(plan->exits.own, "--pipe: -E is for records; use --stdin");
	if (plan->framing == FRAMING_BLOCK && plan->max_records != 1)
		errx(plan->exits.own, "--pipe: a job has one block; use --stdin with -n");
	if (plan->framing == FRAMING_BLOCK && plan->sources[0].file == NULL)
		errx(plan->exits.own, "--pipe: there are no blocks after :::");
	plan->replace = NULL;
	plan->parts = plan->append = false;
}

/* What is to be held cannot be what jobs write for themselves. */
static void
native_held(const struct cli *c)
{
	const struct plan *plan = c->plan;

	if (plan->fallback != NULL && plan->order == ORDER_LINES)
		errx(plan->exits.own, "--fallback: with --line-buffer lines are written at once");
	if (plan->fallback != NULL && plan->order == ORDER_NONE)
		errx(plan->exits.own, "--fallback: with -u jobs write for themselves");
	if (plan->results != NULL && plan->order == ORDER_NONE)
		errx(plan->exits.own, "--results: with -u jobs write for themselves");
	if (plan->atomic && plan->results == NULL &&
	    (plan->resume == RESUME_LOGGED || plan->resume == RESUME_FAILED))
		errx(plan->exits.own, "--atomic: to resume with it takes --results, as what was "
		    "not printed is nowhere else");
	if (plan->atomic && plan->order == ORDER_NONE)
		errx(plan->exits.own, "--atomic: with -u jobs write for themselves");
	if (plan->retry.tries == 1 && plan->retry.delay != 0)
		errx(plan->exits.own, "--retry-delay: only with --retries");
	if (plan->retry.tries == 1 && plan->retry.listed)
		errx(plan->exits.own, "--retry-on: only with --retries");
}

/* Values of JSON are whole jobs, of which nothing else is said. */
static void
native_format(const struct plan *plan)
{
	if (plan->max_output != 0 && plan->order == ORDER_NONE)
		errx(plan->exits.own, "--max-output: with -u jobs write for themselves");
	if (plan->format == FORMAT_BYTES)
		return;
	if (plan->order == ORDER_NONE)
		errx(plan->exits.own, "--json: with -u jobs write for themselves");
	if (plan->order == ORDER_LINES)
		errx(plan->exits.own, "--json: with --line-buffer lines are written at once");
	if (plan->tag != NULL)
		errx(plan->exits.own, "--json: tells jobs apart itself; not with --tag");
}

/* What lines begin with. */
static void
native_tag(struct cli *c)
{
	struct plan *plan = c->plan;

	if (c->tag && plan->job_stdin == STDIN_RECORDS)
		errx(plan->exits.own, "--tag: not of records on stdin; use --tagstring {#}");
	if (c->tag && plan->tag == NULL)
		plan->tag = plan->replace;
	if (plan->tag != NULL && plan->order == ORDER_NONE)
		errx(plan->exits.own, "--tag: with -u jobs write for themselves");
}

static void
native_operands(struct cli *c, char **words, size_t count)
{
	struct plan *plan = c->plan;

	operands_parse(plan, words, count);
	if (c->zip)
		operands_link(plan);
	if (plan->headed && plan->max_records != 1)
		errx(plan->exits.own, "--header: a name is that of one record; not with -n, -N or -X");
	if (c->function != NULL)
		native_function(c);
	if (plan->command_count == 0 && plan->resume != RESUME_RETRY)
		errx(c->plan->exits.own, "no command; try '%s --help'", getprogname());
}

/* Has what would be done no time left?  Then nothing is, not even the log is opened. */
static void
native_deadline(const struct plan *plan)
{
	if (plan->deadline_word != NULL && plan->deadline <= clock_epoch())
		errx(plan->exits.run_time, "--deadline %s: it has passed", plan->deadline_word);
}

void
native_parse(struct plan *plan, int argc, char **argv)
{
	struct cli c = { .plan = plan };
	int first;

	settings_default(plan);
	options_variable(rows, countof(rows), &c, "PARMAP_OPTS");
	first = options_parse(rows, countof(rows), &c, argc, argv);
	settings_columns(&c);
	native_operands(&c, argv + first, (size_t)(argc - first));
	native_tag(&c);
	native_stdin(&c);
	native_held(&c);
	native_format(plan);
	native_shell(&c);
	native_work(&c);
	native_make(&c);
	plan->joblog_digests = true;
	settings_joblog(&c);
	if (plan->dry_run) {
		plan->halt.when = HALT_NEVER;	/* what is shown would run */
		plan->atomic = false;
		plan->format = FORMAT_BYTES;
	}
	settings_halt(plan);
	settings_slots(&c);
	native_deadline(plan);
}
