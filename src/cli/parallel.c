/*
 * parallel: GNU parallel 20221122.  Its words mean what they mean there, but that
 * records are quoted for where they stand; what is not there is taken from parmap,
 * under long names.  What can never be there is refused with what to do instead.
 */
#include <sys/types.h>

#include <err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/num.h"
#include "base/quote.h"
#include "base/words.h"
#include "cli/operands.h"
#include "cli/options.h"
#include "cli/parallel.h"
#include "cli/settings.h"
#include "command/argvec.h"
#include "command/launch.h"
#include "plan.h"
#include "run/limits.h"

#define LATER	"parmap does not do this yet"
#define LIKE		"20221122"	/* the version we are held against */
#define FAILURES_MOST	101
#define STATUS_OWN	255
#define PID		"PARALLEL_PID"
#define SHELL		"PARALLEL_SHELL"

static void	set_help(struct cli *);
static void	set_refused(struct cli *);

static void
set_link(struct cli *c)
{
	c->zip = true;
	c->plan->wrap = true;
}

static void
set_separator(struct cli *c)
{
	if (c->value[0] == '\0')
		cli_refuse(c, "nothing separates nothing");
	operands_separate(c->value, false);
}

static void
set_file_separator(struct cli *c)
{
	if (c->value[0] == '\0')
		cli_refuse(c, "nothing separates nothing");
	operands_separate(c->value, true);
}

static void
set_csv(struct cli *c)
{
	c->plan->framing = FRAMING_CSV;
	c->plan->cut = true;
	c->plan->trim_left = c->plan->trim_right = false;
	c->trimmed = true;
}

static void
set_trim(struct cli *c)
{
	static const char *const forms[] = { "n", "l", "r", "lr", "rl" };
	size_t i;

	for (i = 0; i < countof(forms); i++)
		if (strcmp(c->value, forms[i]) == 0)
			break;
	if (i == countof(forms))
		cli_refuse(c, "neither n, l, r, lr nor rl");
	c->plan->trim_left = strchr(c->value, 'l') != NULL;
	c->plan->trim_right = strchr(c->value, 'r') != NULL;
	c->trimmed = true;
}

static void
set_shuffle(struct cli *c)
{
	c->plan->shuffle = true;
}

/* 0 takes one record, and gives it to nobody. */
static void
set_count(struct cli *c)
{
	c->plan->no_fields = c->value != NULL && strcmp(c->value, "0") == 0;
	c->plan->max_records = c->plan->no_fields || c->value == NULL ? 1 : settings_count(c);
	c->counted = true;
}

static void
set_count_context(struct cli *c)
{
	set_count(c);
	c->plan->context = true;
}

/* A line has at least one value. */
static void
set_line_count(struct cli *c)
{
	if (c->value != NULL && strcmp(c->value, "0") == 0)
		c->value = NULL;
	set_count(c);
}

/* With --pipe it would be about records of several lines. */
static void
set_lines(struct cli *c)
{
	set_count_context(c);
	c->lines = true;
}

static void
set_not_blank(struct cli *c)
{
	c->plan->skip_blank = true;
}

static void
set_many(struct cli *c)
{
	c->many = true;
}

static void
set_packed(struct cli *c)
{
	c->many = true;
	c->unshared = true;
}

static void
set_many_context(struct cli *c)
{
	c->many = true;
	c->plan->context = true;
}

static void
set_replace(struct cli *c)
{
	if (c->value != NULL && c->value[0] == '\0')
		cli_refuse(c, "nothing cannot be replaced");
	c->plan->replace = c->value != NULL ? c->value : "{}";
}

static void
set_plus(struct cli *c)
{
	c->plan->plus = true;
}

/* A table of them would be another thing than a folder. */
static void
set_results_only(struct cli *c)
{
	static const char *const tables[] = { ".csv", ".tsv", ".json" };
	size_t i, length = strlen(c->value), ending;

	for (i = 0; i < countof(tables); i++) {
		ending = strlen(tables[i]);
		if (length >= ending && strcasecmp(c->value + length - ending, tables[i]) == 0)
			cli_refuse(c, LATER);
	}
	set_results(c);
	c->plan->results_only = true;
}

/* \t is a tab there, and \n a newline. */
static void
set_tag_escaped(struct cli *c)
{
	static struct buf b;	/* which the plan points into */
	const char *s;

	b.length = 0;
	for (s = c->value; *s != '\0'; s++)
		if (s[0] == '\\' && (s[1] == 't' || s[1] == 'n'))
			buf_add_byte(&b, *++s == 't' ? '\t' : '\n');
		else
			buf_add_byte(&b, *s);
	c->plan->tag = buf_string(&b);
}

static void
set_quote(struct cli *c)
{
	c->quote = true;
}

static void
set_keep(struct cli *c)
{
	c->keep = true;
}

static void
set_no_keep(struct cli *c)
{
	c->keep = false;
}

/* It would be what jobs print that is truncated, or read at the next --resume. */
static void
set_log(struct cli *c)
{
	if (strcmp(c->value, "-") == 0)
		cli_refuse(c, "the log is not for standard output; ./- is a file of that name");
	set_joblog(c);
}

static void
set_silent(struct cli *c)
{
	c->plan->trace = TRACE_NOWHERE;
}

static void
set_line_limit(struct cli *c)
{
	(void)printf("%zu\n", argvec_word_limit());
	exit_printed(c);
}

static void
set_verbose(struct cli *c)
{
	c->plan->trace = TRACE_STDOUT;
}

static void
set_pipe(struct cli *c)
{
	c->plan->job_stdin = STDIN_RECORDS;
}

static void
set_directory(struct cli *c)
{
	if (strcmp(c->value, "...") == 0)
		cli_refuse(c, "parmap makes no directories; use mktemp -d");
	c->plan->directory = c->value;
}

static void
set_min_version(struct cli *c)
{
	const char *why;
	long long n;

	if (num_parse(c->value, 0, INT64_MAX, &n, &why) == -1)
		cli_refuse(c, why);
	(void)puts(LIKE);
	if (n <= atoll(LIKE))
		exit_printed(c);
	exit(STATUS_OWN);
}

static void
set_cpus(struct cli *c)
{
	(void)printf("%zu\n", limits_cpus(""));
	exit_printed(c);
}

static void
set_versions(struct cli *c)
{
	(void)printf("parallel (parmap) %s\nTakes the options of GNU parallel " LIKE ".\n",
	    VERSION);
	exit_printed(c);
}

static const struct option_row rows[] = {
	{ '0', "null", NULL, set_null, "values end in NUL", false },
	{ 'a', "arg-file", "FILE", set_file, "values from FILE; - is stdin; repeatable", false },
	{ 0, "arg-sep", "STR", set_separator, "STR begins values instead of :::", false },
	{ 0, "arg-file-sep", "STR", set_file_separator, "STR begins files instead of ::::", false },
	{ 'd', "delimiter", "CHAR", set_delimiter, "values end in CHAR, a byte or an escape", false },
	{ 'E', NULL, "WORD", set_end_word, "the input ends at the value WORD", false },
	{ 0, "eof", "WORD", set_end_word, NULL, false },
	{ 'e', NULL, "WORD", set_end_word, "the same; without WORD it does not", true },
	{ 'C', "colsep", "REGEX", set_columns, "cut values into fields", false },
	{ 0, "csv", NULL, set_csv, "values are lines of CSV", false },
	{ 0, "header", ":", set_header, "the first value has names: {name}", false },
	{ 0, "trim", "n|l|r|lr", set_trim, "take blanks away; with -C lr, else n", false },
	{ 0, "link", NULL, set_link, "pair sources up; the shorter begin again", false },
	{ 0, "xapply", NULL, set_link, NULL, false },
	{ 0, "shuf", NULL, set_shuffle, "run jobs in random order", false },
	{ 'r', "no-run-if-empty", NULL, set_not_blank, "run nothing for values that are blank", false },
	{ 'n', "max-args", "N", set_count, "N values a job; 0: none, but a job for each", false },
	{ 'N', "max-replace-args", "N", set_count_context, "the same, and repeat words with {}", false },
	{ 'L', NULL, "N", set_lines, "the same, as a value is a line", false },
	{ 'l', "max-lines", "N", set_line_count, "the same; 1 by default", true },
	{ 'm', NULL, NULL, set_many, "as many values as fit, shared by the slots", false },
	{ 'X', NULL, NULL, set_many_context, "the same, and repeat words with {}", false },
	{ 0, "xargs", NULL, set_packed, "as many values as fit", false },
	{ 's', "max-chars", "N", set_max_bytes, "at most N bytes a command line", false },
	{ 'x', "exit", NULL, set_exact, "give up if -n does not fit into -s", false },
	{ 'I', NULL, "STR", set_replace, "STR stands for the value instead of {}", false },
	{ 'i', "replace", "STR", set_replace, "the same; {} by default", true },
	{ 0, "plus", NULL, set_plus, "more of these: {..} {+.} {%re} {/re/text}", false },
	{ 'q', "quote", NULL, set_quote, "quote the command", false },
	{ 0, "pipe", NULL, set_pipe, "jobs read blocks of stdin", false },
	{ 0, "spreadstdin", NULL, set_pipe, NULL, false },
	{ 0, "pipe-part", NULL, set_pipe, "the same, of the file of -a", false },
	{ 0, "pipepart", NULL, set_pipe, NULL, false },
	{ 0, "block", "SIZE", set_block, "size of those blocks; default 1M", false },
	{ 0, "block-size", "SIZE", set_block, NULL, false },
	{ 0, "recend", "CHAR", set_delimiter, "records of blocks end in CHAR", false },
	{ 'j', "jobs", "N", set_jobs, "N jobs at once: N, N%, +N, -N of CPUs; 0: most", false },
	{ 'P', "max-procs", "N", set_jobs, NULL, false },
	{ 'k', "keep-order", NULL, set_keep, "output in input order", false },
	{ 0, "keeporder", NULL, set_keep, NULL, false },
	{ 0, "no-keep-order", NULL, set_no_keep, "as jobs finish: the default", false },
	{ 0, "group", NULL, set_order_finish, "output of whole jobs: the default", false },
	{ 'u', "ungroup", NULL, set_order_none, "jobs write for themselves", false },
	{ 0, "line-buffer", NULL, set_order_lines, "output of whole lines as they come", false },
	{ 0, "linebuffer", NULL, set_order_lines, NULL, false },
	{ 0, "line-buffered", NULL, set_order_lines, NULL, false },
	{ 0, "lb", NULL, set_order_lines, NULL, false },
	{ 0, "tag", NULL, set_tag, "begin lines of output with the value and a tab", false },
	{ 0, "tagstring", "STR", set_tag_escaped, "or with STR, in which {} and others stand", false },
	{ 0, "tag-string", "STR", set_tag_escaped, NULL, false },
	{ 0, "timeout", "DUR", set_job_limit, "time limit of a job", false },
	{ 0, "delay", "DUR", set_delay, "from one start to the next", false },
	{ 0, "load", "N", set_load, "start none at that load average", false },
	{ 0, "nice", "N", set_nice, "niceness of jobs", false },
	{ 0, "halt", "WHEN,WHY=N[%]", set_halt, "end the run: now or soon, fail, success or done", false },
	{ 0, "halt-on-error", "WHEN,WHY=N[%]", set_halt, NULL, false },
	{ 0, "joblog", "FILE", set_log, "a line in FILE for each job; +FILE: add", false },
	{ 0, "jl", "FILE", set_log, NULL, false },
	{ 0, "retries", "N", set_retries, "N tries for a job; 0: until it is well", false },
	{ 0, "results", "DIR", set_results_only, "write the output of each job to files in DIR", false },
	{ 0, "res", "DIR", set_results_only, NULL, false },
	{ 0, "resume", NULL, set_resume, "run only what is not in the job log", false },
	{ 0, "resume-failed", NULL, set_resume_failed, "and what failed there", false },
	{ 0, "retry-failed", NULL, set_retry_failed, "run only that, by the commands in the log", false },
	{ 0, "process-slot-var", "NAME", set_slot_variable, "variable with the slot, from 0", false },
	{ 0, "wd", "DIR", set_directory, "directory of jobs", false },
	{ 0, "workdir", "DIR", set_directory, NULL, false },
	{ 0, "work-dir", "DIR", set_directory, NULL, false },
	{ 0, "env", "NAME", set_nothing, "accepted: jobs have the whole environment", false },
	{ 'p', "interactive", NULL, set_ask, "ask on the terminal before each job", false },
	{ 'o', "tty", NULL, set_open_tty, "jobs read from the terminal", false },
	{ 0, "open-tty", NULL, set_open_tty, NULL, false },
	{ 't', "verbose", NULL, set_trace, "show each command line on stderr", false },
	{ 'v', NULL, NULL, set_verbose, "the same on stdout", false },
	{ 0, "silent", NULL, set_silent, "neither of them", false },
	{ 0, "dry-run", NULL, set_dry_run, "show what would run, run nothing", false },
	{ 0, "dryrun", NULL, set_dry_run, NULL, false },
	{ 0, "gnu", NULL, set_nothing, "accepted: there is no other mode", false },
	{ 0, "will-cite", NULL, set_nothing, "accepted: parmap does not ask for it", false },
	{ 0, "no-notice", NULL, set_nothing, NULL, false },
	{ 0, "buffer", "SIZE", set_buffer, "memory for output that is held", false },
	{ 0, "run-timeout", "DUR", set_run_limit, "time limit of the run", false },
	{ 0, "signal", "SIG", set_signal, "signal at a limit; default TERM", false },
	{ 0, "kill-after", "DUR", set_kill_after, "from there to KILL; default 2s", false },
	{ 0, "dialect", "NAME", set_dialect, "as the first word: parmap, xargs or parallel", false },
	{ 0, "number-of-cpus", NULL, set_cpus, "show how many CPUs there are for jobs", false },
	{ 0, "number-of-cores", NULL, set_cpus, NULL, false },
	{ 0, "number-of-threads", NULL, set_cpus, NULL, false },
	{ 0, "max-line-length-allowed", NULL, set_line_limit, "show how long a command line can be", false },
	{ 0, "minversion", "N", set_min_version, "is GNU parallel as new as that?", false },
	{ 'h', "help", NULL, set_help, "show this", false },
	{ 'V', "version", NULL, set_versions, "show the version of parmap", false },

	{ 0, "bar", NULL, set_refused, LATER, false },
	{ 0, "eta", NULL, set_refused, LATER, false },
	{ 0, "progress", NULL, set_refused, LATER, false },
	{ 'S', "sshlogin", "HOST", set_refused, LATER, false },
	{ 0, "sshloginfile", "FILE", set_refused, LATER, false },
	{ 0, "slf", "FILE", set_refused, NULL, false },
	{ 0, "memfree", "SIZE", set_refused, LATER, false },
	{ 0, "round-robin", NULL, set_refused, "use --pipe: a job for each block", false },
	{ 0, "roundrobin", NULL, set_refused, NULL, false },
	{ 0, "tee", NULL, set_refused, "use tee(1) and process substitution", false },
	{ 0, "regexp", NULL, set_refused, "records end in a byte; see --recend", false },
	{ 0, "rrs", NULL, set_refused, "the end of a record is a part of it", false },
	{ 0, "remove-rec-sep", NULL, set_refused, NULL, false },
	{ 0, "group-by", "COL", set_refused, "records of blocks are not looked into", false },
	{ 0, "groupby", "COL", set_refused, NULL, false },
	{ 0, "shard", "COL", set_refused, "records of blocks are not looked into", false },
	{ 0, "bin", "COL", set_refused, "records of blocks are not looked into", false },
	{ 0, "block-timeout", "DUR", set_refused, "blocks are of a size", false },
	{ 0, "filter", "EXPR", set_refused, "filter the records before", false },
	{ 0, "skip-first-line", NULL, set_refused, "use tail -n +2", false },
	{ 0, "total-jobs", "N", set_refused, LATER, false },
	{ 0, "term-seq", "SEQ", set_refused, "see --signal and --kill-after", false },
	{ 0, "termseq", "SEQ", set_refused, NULL, false },
	{ 0, "color", NULL, set_refused, "output is the bytes of jobs; see --tag", false },
	{ 0, "colour", NULL, set_refused, NULL, false },
	{ 0, "ctag", NULL, set_refused, NULL, false },
	{ 0, "color-failed", NULL, set_refused, "output is the bytes of jobs; see --halt", false },
	{ 0, "latest-line", NULL, set_refused, "see --line-buffer", false },
	{ 0, "ll", NULL, set_refused, NULL, false },
	{ 0, "embed", NULL, set_refused, "parmap is one file anyway", false },
	{ 0, "plain", NULL, set_refused, "there are no profiles; unset PARALLEL", false },
	{ 0, "show-limits", NULL, set_refused, "see --max-line-length-allowed", false },
	{ 0, "number-of-sockets", NULL, set_refused, "see --number-of-cpus", false },
	{ 0, "parens", "STR", set_refused, "there is no Perl here", false },
	{ 0, "limit", "CMD", set_refused, "see --load", false },
	{ 0, "noswap", NULL, set_refused, "see --load", false },
	{ 0, "record-env", NULL, set_refused, "jobs have the whole environment", false },
	{ 0, "session", NULL, set_refused, "jobs have the whole environment", false },
	{ 0, "transfer", NULL, set_refused, LATER, false },
	{ 0, "transferfile", "FILE", set_refused, LATER, false },
	{ 0, "transfer-file", "FILE", set_refused, NULL, false },
	{ 0, "tf", "FILE", set_refused, NULL, false },
	{ 0, "return", "FILE", set_refused, LATER, false },
	{ 0, "cleanup", NULL, set_refused, LATER, false },
	{ 0, "trc", "FILE", set_refused, LATER, false },
	{ 0, "basefile", "FILE", set_refused, LATER, false },
	{ 0, "bf", "FILE", set_refused, NULL, false },
	{ 0, "onall", NULL, set_refused, LATER, false },
	{ 0, "nonall", NULL, set_refused, LATER, false },
	{ 0, "ssh", "CMD", set_refused, LATER, false },
	{ 0, "recstart", "STR", set_refused, "records end in a byte; see --recend", false },
	{ 0, "cat", NULL, set_refused, "jobs can read /dev/stdin", false },
	{ 0, "fifo", NULL, set_refused, NULL, false },
	{ 0, "files", NULL, set_refused, "redirect the output in the command", false },
	{ 0, "compress", NULL, set_refused, "held output is in memory first; see --buffer", false },
	{ 0, "tmpdir", "DIR", set_refused, "set TMPDIR", false },
	{ 0, "tempdir", "DIR", set_refused, NULL, false },
	{ 0, "rpl", "STR", set_refused, "only replacement strings without Perl are known", false },
	{ 0, "extensionreplace", "STR", set_refused, "write {.}", false },
	{ 0, "er", "STR", set_refused, NULL, false },
	{ 0, "basenamereplace", "STR", set_refused, "write {/}", false },
	{ 0, "bnr", "STR", set_refused, NULL, false },
	{ 0, "dirnamereplace", "STR", set_refused, "write {//}", false },
	{ 0, "dnr", "STR", set_refused, NULL, false },
	{ 0, "basenameextensionreplace", "STR", set_refused, "write {/.}", false },
	{ 0, "bner", "STR", set_refused, NULL, false },
	{ 0, "seqreplace", "STR", set_refused, "write {#}", false },
	{ 0, "slotreplace", "STR", set_refused, "write {%}", false },
	{ 0, "shell-quote", NULL, set_refused, "use printf %q", false },
	{ 0, "shellquote", NULL, set_refused, NULL, false },
	{ 0, "semaphore", NULL, set_refused, "use flock(1)", false },
	{ 0, "sql", "DBURL", set_refused, "pipe records in, and results out", false },
	{ 0, "sqlmaster", "DBURL", set_refused, NULL, false },
	{ 0, "sqlworker", "DBURL", set_refused, NULL, false },
	{ 0, "sqlandworker", "DBURL", set_refused, NULL, false },
	{ 0, "tmux", NULL, set_refused, "jobs have no terminal; see --line-buffer", false },
	{ 0, "tmuxpane", NULL, set_refused, NULL, false },
	{ 'J', "profile", "NAME", set_refused, "use a variable of the shell", false },
};

static void __attribute__((noreturn))
set_refused(struct cli *c)
{
	cli_refuse(c, c->row->help);
}

static void __attribute__((noreturn))
set_help(struct cli *c)
{
	size_t there = 0;

	while (there < countof(rows) && rows[there].set != set_refused)
		there++;
	(void)printf("usage: parallel [option ...] [command [argument ...]] < values\n"
	    "       parallel [option ...] [command [argument ...]] ::: value ...\n"
	    "\n"
	    "This is parmap as GNU parallel: it runs the command line in a shell for each\n"
	    "value; {} stands for it.  Without a command the values are command lines.\n"
	    "\n");
	options_help(rows, there);
	(void)printf("\nThese are refused, as there is something else, or not yet:\n\n");
	options_help(rows + there, countof(rows) - there);
	exit_printed(c);
}

/* Each word as the shell has to see it. */
static void
parallel_quote(struct plan *plan)
{
	/* The plan points into these from now on. */
	static struct words words;
	static char **argv;
	static size_t room;
	struct buf b = {0};
	size_t i;

	for (i = 0; i < plan->command_count; i++) {
		b.length = 0;
		quote_add_bare(&b, plan->command[i], strlen(plan->command[i]));
		words_add(&words, b.data, b.length);
	}
	buf_release(&b);
	argv = words_argv(&words, argv, &room);
	plan->command = argv;
}

/* Without a command, or with {} for one, values are what the shell runs. */
static void
parallel_command(struct cli *c)
{
	static char *by_default[2];
	struct plan *plan = c->plan;

	if (c->quote)
		parallel_quote(plan);
	if (plan->command_count > 1 ||
	    (plan->command_count == 1 && strcmp(plan->command[0], plan->replace) != 0))
		return;
	if (plan->job_stdin == STDIN_RECORDS)
		errx(STATUS_OWN, "--pipe: no command");
	by_default[0] = (char *)(uintptr_t)plan->replace;
	plan->command = by_default;
	plan->command_count = 1;
	plan->verbatim = !c->quote;
	plan->context = false;
}

/* Replacement strings that there are in GNU parallel and never here. */
static void
parallel_refuse_strings(const struct plan *plan, const char *text)
{
	static const char *const others[] = {
		"{##}", "{0#}", "{0%}", "{slot}", "{choose_k}", "{uniq}", "{host}", "{sshlogin}",
		"{hgrp}", "{sep}",
	};
	size_t i;

	for (i = 0; i < countof(others) && plan->plus; i++)
		if (strstr(text, others[i]) != NULL)
			errx(STATUS_OWN, "%s: not known with --plus", others[i]);
}

/* Perl, which may have blanks in it, and so be several words. */
static void
parallel_refuse_perl(const struct plan *plan)
{
	struct buf line = {0};
	const char *perl;
	size_t i;

	for (i = 0; i < plan->command_count; i++) {
		buf_add_string(&line, plan->command[i]);
		buf_add_byte(&line, ' ');
	}
	perl = strstr(buf_string(&line), "{=");
	if (perl == NULL && plan->tag != NULL)
		perl = strstr(plan->tag, "{=");
	if (perl != NULL && strstr(perl, "=}") != NULL)
		errx(STATUS_OWN, "%.*s: there is no Perl here; use --plus, -C, or the shell",
		    (int)(strstr(perl, "=}") + 2 - perl), perl);
	buf_release(&line);
}

/* How many values a job gets. */
static void
parallel_count(struct cli *c)
{
	struct plan *plan = c->plan;

	if (c->many && !c->counted)
		plan->max_records = SIZE_MAX;
	plan->share = c->many && !c->unshared;
	if (plan->max_records == 1 && !c->many)
		plan->context = false;
	if (plan->no_fields)
		plan->append = false;
	if (plan->headed && plan->max_records != 1)
		errx(STATUS_OWN, "--header: a name is that of one record; not with -n, -N, -L, -m or -X");
}

/* What jobs read. */
static void
parallel_stdin(struct cli *c)
{
	struct plan *plan = c->plan;

	if (c->open_tty && plan->job_stdin == STDIN_RECORDS)
		errx(STATUS_OWN, "--tty: jobs read blocks with --pipe");
	if (c->open_tty)
		plan->job_stdin = STDIN_TERMINAL;
	if (plan->job_stdin != STDIN_RECORDS)
		return;
	if (plan->source_count > 1 || plan->sources[0].file == NULL)
		errx(STATUS_OWN, "--pipe: there are no blocks after :::");
	if (plan->cut || plan->headed)
		errx(STATUS_OWN, "--pipe: blocks have no fields; not with -C, --csv or --header");
	if (c->lines)
		errx(STATUS_OWN, "--pipe: not with -L; use -N");
	plan->framing = FRAMING_BLOCK;
	if (c->counted && !plan->no_fields)
		plan->block_records = plan->max_records;
	plan->no_fields = false;
	plan->max_records = 1;
	plan->append = plan->context = plan->share = false;
}

static void
parallel_output(struct cli *c)
{
	struct plan *plan = c->plan;

	/* Nothing of it is written here. */
	if (plan->results_only)
		plan->order = ORDER_FINISH;
	if (c->keep && plan->order != ORDER_NONE)
		plan->order = ORDER_INPUT;
	if (c->tag && plan->tag == NULL)
		plan->tag = plan->replace;
	if (plan->order == ORDER_NONE || (plan->tag != NULL && plan->tag[0] == '\0'))
		plan->tag = NULL;
	if (plan->halt.when != HALT_NEVER && plan->halt.why == HALT_FAIL)
		plan->report = REPORT_JOBS;
}

static const char *
parallel_shell(void)
{
	const char *shell = getenv(SHELL), *why;

	if (shell == NULL || *shell == '\0')
		return launch_shell();
	why = launch_shell_refuse(shell);
	if (why != NULL)
		errx(STATUS_OWN, SHELL "=%s: %s", shell, why);
	return shell;
}

void
parallel_parse(struct plan *plan, int argc, char **argv)
{
	struct cli c = { .plan = plan, .number_follows = true };
	char pid[24];
	size_t i;
	int first;

	settings_default(plan);
	plan->order = ORDER_FINISH;
	plan->report = REPORT_OURS;
	plan->words = true;
	plan->usr_changes_slots = false;
	plan->sequence_variable = "PARALLEL_SEQ";
	plan->place_variable = "PARALLEL_JOBSLOT";
	plan->exits = (struct exit_map){
		.failed = 1, .count_most = FAILURES_MOST, .job_time = 1,
		.halt_time = STATUS_OWN, .run_time = 124, .own = STATUS_OWN,
		.not_executable = STATUS_OWN, .not_found = STATUS_OWN, .flaw = STATUS_OWN,
		.stop_flaw = true, .stop_no_exec = true,
	};
	options_variable(rows, countof(rows), &c, "PARALLEL");
	first = options_parse(rows, countof(rows), &c, argc, argv);
	if (plan->headed && !plan->cut) {
		plan->cut = true;
		plan->column = '\t';
	}
	if (plan->cut && !c.trimmed)
		plan->trim_left = plan->trim_right = true;
	settings_columns(&c);
	operands_parse(plan, argv + first, (size_t)(argc - first));
	if (c.zip)
		operands_link(plan);
	for (i = 0; i < plan->command_count; i++)
		parallel_refuse_strings(plan, plan->command[i]);
	if (plan->tag != NULL)
		parallel_refuse_strings(plan, plan->tag);
	parallel_refuse_perl(plan);
	parallel_command(&c);
	parallel_count(&c);
	parallel_output(&c);
	parallel_stdin(&c);
	plan->shell = parallel_shell();
	(void)snprintf(pid, sizeof pid, "%jd", (intmax_t)getpid());
	if (setenv(PID, pid, 1) == -1)
		err(STATUS_OWN, PID);
	settings_joblog(&c);
	settings_halt(plan);
	settings_slots(&c);
}
