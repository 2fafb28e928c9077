/*
 * settings: options that more than one dialect has, and what they do to a plan.
 */
#include <sys/types.h>

#include <ctype.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "base/num.h"
#include "cli/operands.h"
#include "cli/options.h"
#include "cli/settings.h"
#include "plan.h"
#include "run/limits.h"
#include "run/signals.h"

#define JOBS_MOST	1000000
#define PERCENT_MOST	100000
#define JOBS_ADDED	1000		/* by signals */
#define BUFFER		(64 * 1024 * 1024)
#define BLOCK		(1024 * 1024)		/* GNU parallel's */
#define KILL_AFTER	INT64_C(2000000000)
#define LOAD_LEAST	0.01
#define NICE_LEAST	-20
#define NICE_MOST	19

void
settings_default(struct plan *plan)
{
	*plan = (struct plan){
		.delimiter = '\n', .max_records = 1, .max_lines = SIZE_MAX,
		.max_bytes = SIZE_MAX, .replace = "{}", .parts = true, .numbers = true,
		.append = true, .block = BLOCK, .usr_changes_slots = true,
		.sequence_variable = "PARMAP_SEQ", .place_variable = "PARMAP_SLOT",
		.signal = SIGTERM, .kill_after = KILL_AFTER, .order = ORDER_INPUT,
		.retry.tries = 1,
		.buffer = BUFFER, .exits = {
			.failed = 123, .job_time = 124, .halt_time = 124,
			.run_time = 124, .own = 125,
			.not_executable = 126, .not_found = 127, .flaw = 126,
		},
	};
}

void
set_null(struct cli *c)
{
	c->plan->delimiter = '\0';
}

void
set_file(struct cli *c)
{
	operands_add_file(c->plan, "-a", c->value, false);
}

/* The byte of an escape, and how long that is: 0 if it is none. */
static size_t
settings_escape(const char *s, char *byte)
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

void
set_delimiter(struct cli *c)
{
	size_t length = strlen(c->value);

	if (length == 1)
		c->plan->delimiter = c->value[0];
	else if (length == 0 || settings_escape(c->value, &c->plan->delimiter) != length)
		cli_refuse(c, "not one byte, nor an escape such as \\t, \\0 or \\x1f");
}

/* The option's value as a number from 1. */
size_t
settings_count(const struct cli *c)
{
	const char *why;
	long long n;

	if (num_parse(c->value, 1, INT64_MAX / 2, &n, &why) == -1)
		cli_refuse(c, why);
	return (size_t)n;
}

void
set_max_records(struct cli *c)
{
	c->plan->max_records = settings_count(c);
}

void
set_exact(struct cli *c)
{
	c->plan->exact = true;
}

void
set_max_bytes(struct cli *c)
{
	c->plan->max_bytes = settings_count(c);
}

void
set_end_word(struct cli *c)
{
	c->plan->end_word = c->value != NULL && c->value[0] != '\0' ? c->value : NULL;
}

void
set_jobs(struct cli *c)
{
	static char spelled[32];

	(void)snprintf(spelled, sizeof spelled, "%s", c->spelled);
	c->jobs_spelled = spelled;
	c->jobs = c->value;
}

void
set_order_input(struct cli *c)
{
	c->plan->order = ORDER_INPUT;
}

void
set_order_finish(struct cli *c)
{
	c->plan->order = ORDER_FINISH;
}

void
set_order_lines(struct cli *c)
{
	c->plan->order = ORDER_LINES;
}

void
set_order_none(struct cli *c)
{
	c->plan->order = ORDER_NONE;
}

void
set_buffer(struct cli *c)
{
	const char *why;

	if (num_size(c->value, &c->plan->buffer, &why) == -1)
		cli_refuse(c, why);
}

void
set_duration(struct cli *c, int64_t *duration)
{
	const char *why;

	if (num_duration(c->value, duration, &why) == -1)
		cli_refuse(c, why);
}

void
set_delay(struct cli *c)
{
	set_duration(c, &c->plan->delay);
}

/*
 * As the load average is that of the machine, so are the CPUs.  GNU parallel's least
 * load is 0.01 as well, so that 0 means a machine that does nothing.
 */
void
set_load(struct cli *c)
{
	bool relative = c->value[0] == '+' || c->value[0] == '-';
	const char *digits = c->value + relative;
	double load, cpus = (double)limits_machine_cpus();
	char *end;

	load = strtod(digits, &end);
	/* strtod would take blanks, more signs, "inf" and "nan" as well. */
	if ((!isdigit((unsigned char)digits[0]) && digits[0] != '.') || end == digits ||
	    strcmp(end, !relative && *end == '%' ? "%" : "") != 0)
		cli_refuse(c, "not a load (N, N%, +N or -N)");
	if (relative)
		load = c->value[0] == '+' ? cpus + load : cpus - load;
	else if (*end == '%')
		load = cpus * load / 100;
	c->plan->max_load = load > LOAD_LEAST ? load : LOAD_LEAST;
}

void
set_nice(struct cli *c)
{
	const char *why;
	long long n;

	if (num_parse(c->value, NICE_LEAST, NICE_MOST, &n, &why) == -1)
		cli_refuse(c, why);
	if (!limits_nice((int)n))
		cli_refuse(c, "less than ours, which needs a privilege");
	c->plan->niced = true;
	c->plan->niceness = (int)n;
}

void
set_job_limit(struct cli *c)
{
	set_duration(c, &c->plan->job_limit);
}

void
set_run_limit(struct cli *c)
{
	set_duration(c, &c->plan->run_limit);
}

void
set_kill_after(struct cli *c)
{
	set_duration(c, &c->plan->kill_after);
}

void
set_signal(struct cli *c)
{
	c->plan->signal = signals_number(c->value);
	if (c->plan->signal == -1)
		cli_refuse(c, "no signal of that name or number");
}

/* A byte, or else a regular expression. */
void
set_columns(struct cli *c)
{
	size_t length = strlen(c->value);

	c->plan->cut = true;
	c->plan->column_regex = NULL;
	if (length == 0)
		cli_refuse(c, "neither a byte nor a regular expression");
	if (length == 1)
		c->plan->column = c->value[0];
	else if (settings_escape(c->value, &c->plan->column) != length)
		c->plan->column_regex = c->value;
	c->columns = true;
}

void
set_header(struct cli *c)
{
	if (strcmp(c->value, ":") != 0)
		cli_refuse(c, "only : (the first record) is known");
	c->plan->headed = true;
}

void
set_block(struct cli *c)
{
	const char *why;

	if (num_size(c->value, &c->plan->block, &why) == -1)
		cli_refuse(c, why);
	if (c->plan->block == 0)
		cli_refuse(c, "too small");
}

void
set_trace(struct cli *c)
{
	c->plan->trace = TRACE_STDERR;
}

void
set_ask(struct cli *c)
{
	c->plan->ask = true;
}

void
set_open_tty(struct cli *c)
{
	c->open_tty = true;
}

void
set_dry_run(struct cli *c)
{
	c->plan->dry_run = true;
}

void
set_tag(struct cli *c)
{
	c->tag = true;
}

void
set_tag_string(struct cli *c)
{
	c->plan->tag = c->value;
}

/* After a plus, lines are added to those that are there. */
void
set_joblog(struct cli *c)
{
	c->plan->joblog_keep = c->value[0] == '+';
	c->plan->joblog = c->value + c->plan->joblog_keep;
	if (c->plan->joblog[0] == '\0')
		cli_refuse(c, "no name of a file");
}

void
set_results(struct cli *c)
{
	c->plan->results = c->value;
	if (c->value[0] == '\0')
		cli_refuse(c, "no name of a folder");
}

void
set_resume(struct cli *c)
{
	c->plan->resume = RESUME_LOGGED;
}

void
set_resume_failed(struct cli *c)
{
	c->plan->resume = RESUME_FAILED;
}

void
set_retry_failed(struct cli *c)
{
	c->plan->resume = RESUME_RETRY;
}

/* Records are lines for the shell, one a job, just as they are in the log. */
static void
settings_retry(struct plan *plan)
{
	static char *command[1];

	if (plan->job_stdin == STDIN_RECORDS || plan->work == WORK_LINES)
		errx(plan->exits.own, "--retry-failed: what jobs read from their stdin is not in "
		    "the log");
	free(plan->sources);
	plan->sources = NULL;
	plan->source_count = 0;
	plan->framing = FRAMING_BYTE;
	plan->cut = plan->headed = plan->trim_left = plan->trim_right = false;
	plan->skip_blank = plan->wrap = plan->shuffle = false;
	plan->max_records = 1;
	plan->max_lines = plan->max_bytes = SIZE_MAX;
	plan->exact = plan->share = plan->no_fields = plan->run_if_empty = false;
	command[0] = (char *)(uintptr_t)plan->replace;
	plan->command = command;
	plan->command_count = countof(command);
	plan->verbatim = true;
	plan->append = plan->context = plan->named_command = false;
}

void
settings_joblog(struct cli *c)
{
	struct plan *plan = c->plan;

	if (plan->joblog_sync && plan->joblog == NULL)
		errx(plan->exits.own, "--joblog-fsync: only with --joblog");
	if (plan->resume == RESUME_NOT)
		return;
	if (plan->joblog == NULL && plan->resume == RESUME_RETRY)
		errx(plan->exits.own, "--retry-failed: only with --joblog");
	if (plan->results != NULL && plan->resume == RESUME_RETRY)
		errx(plan->exits.own, "--retry-failed: not with --results, of which the log "
		    "does not tell where they are");
	if (plan->joblog == NULL && plan->results == NULL)
		errx(plan->exits.own, "--resume: only with --joblog or --results");
	plan->joblog_keep = true;
	if (plan->resume == RESUME_RETRY)
		settings_retry(plan);
}

/* So many jobs, or with a % such a part of all. */
static void
halt_count(struct cli *c, const char *number)
{
	struct halt *halt = &c->plan->halt;
	char digits[24];
	size_t length = strlen(number);
	const char *why;
	long long n;

	halt->percent = length > 1 && length < sizeof digits && number[length - 1] == '%';
	if (halt->percent) {
		(void)memcpy(digits, number, length - 1);
		digits[length - 1] = '\0';
		number = digits;
	}
	if (num_parse(number, 1, halt->percent ? 100 : INT64_MAX / 2, &n, &why) == -1)
		cli_refuse(c, why);
	halt->count = (size_t)n;
}

/* As GNU parallel's: when,why=N, or the old numbers, and N% alone. */
void
set_halt(struct cli *c)
{
	static const struct {
		const char	*name;
		struct halt	 halt;
	} forms[] = {
		{ "never", { HALT_NEVER, HALT_FAIL, 0, false } },
		{ "0", { HALT_NEVER, HALT_FAIL, 0, false } },
		{ "1", { HALT_SOON, HALT_FAIL, 1, false } },
		{ "2", { HALT_NOW, HALT_FAIL, 1, false } },
		{ "-1", { HALT_SOON, HALT_SUCCESS, 1, false } },
		{ "-2", { HALT_NOW, HALT_SUCCESS, 1, false } },
		{ "soon,fail=", { HALT_SOON, HALT_FAIL, 0, false } },
		{ "soon,success=", { HALT_SOON, HALT_SUCCESS, 0, false } },
		{ "soon,done=", { HALT_SOON, HALT_DONE, 0, false } },
		{ "now,fail=", { HALT_NOW, HALT_FAIL, 0, false } },
		{ "now,success=", { HALT_NOW, HALT_SUCCESS, 0, false } },
		{ "now,done=", { HALT_NOW, HALT_DONE, 0, false } },
	};
	const char *value = c->value, *name;
	size_t i, length;

	for (i = 0; i < countof(forms); i++) {
		name = forms[i].name;
		length = strlen(name);
		c->plan->halt = forms[i].halt;
		if (strcmp(value, name) == 0 && name[length - 1] != '=')
			return;
		if (name[length - 1] != '=' || strncmp(value, name, length) != 0)
			continue;
		halt_count(c, value + length);
		return;
	}
	c->plan->halt = (struct halt){ .when = HALT_SOON, .why = HALT_FAIL };
	length = strspn(value, "0123456789");
	if (length == 0 || strcmp(value + length, "%") != 0)
		cli_refuse(c, "neither never nor when,why=N: now or soon; fail, success or done");
	halt_count(c, value);
}

void
settings_halt(const struct plan *plan)
{
	if (plan->halt.when == HALT_NEVER || !plan->halt.percent)
		return;
	if (plan->framing == FRAMING_BLOCK || plan->max_records == SIZE_MAX)
		errx(plan->exits.own, "--halt: a percentage is of all jobs, and nobody knows how "
		    "many %s will make", plan->framing == FRAMING_BLOCK ? "blocks" :
		    "records that fit");
}

/* Tries in all; GNU parallel has 0 for no limit. */
void
set_retries(struct cli *c)
{
	const char *why;
	long long n;

	if (num_parse(c->value, 0, INT64_MAX / 2, &n, &why) == -1)
		cli_refuse(c, why);
	c->plan->retry.tries = n != 0 ? (size_t)n : SIZE_MAX;
}

void
set_retry_delay(struct cli *c)
{
	set_duration(c, &c->plan->retry.delay);
}

void
set_slot_variable(struct cli *c)
{
	if (c->value[0] == '\0' || strchr(c->value, '=') != NULL)
		cli_refuse(c, "not the name of a variable");
	c->plan->slot_variable = c->value;
}

void
set_nothing(struct cli *c)
{
	(void)c;
}

/* Whatever was printed has to have arrived. */
void __attribute__((noreturn))
exit_printed(const struct cli *c)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		err(c->plan->exits.own, "stdout");
	exit(0);
}

/* Where it counts, dialect.c has taken it away. */
void __attribute__((noreturn))
set_dialect(struct cli *c)
{
	cli_refuse(c, "has to be the first word");
}

void __attribute__((noreturn))
set_version(struct cli *c)
{
	(void)printf("parmap %s\n", VERSION);
	exit_printed(c);
}

void
settings_columns(struct cli *c)
{
	if (c->plan->framing != FRAMING_CSV)
		return;
	if (c->plan->column_regex != NULL)
		errx(c->plan->exits.own, "-C %s: with --csv it is one byte",
		    c->plan->column_regex);
	if (!c->columns)
		c->plan->column = ',';
}

/* Pipes of a job, or of a worker. */
static size_t
jobs_pipes(const struct plan *plan)
{
	size_t pipes = 2;

	if (plan->job_stdin == STDIN_RECORDS || plan->work != WORK_PROCESS)
		pipes++;
	if (plan->work == WORK_FUNCTION || plan->work == WORK_SHELL)
		pipes++;
	/* And what recalls a result while the worker has them. */
	if (plan->work != WORK_PROCESS && plan->results != NULL)
		pipes += 2;
	return pipes;
}

/* Do jobs need descriptors of ours? */
static bool
jobs_piped(const struct plan *plan)
{
	return plan->order != ORDER_NONE || plan->work != WORK_PROCESS;
}

/* How many there are descriptors for, beside the terminal, records and the log. */
static size_t
jobs_room(const struct plan *plan)
{
	size_t i, files = plan->ask || plan->job_stdin == STDIN_TERMINAL;

	files += plan->joblog != NULL;
	/* Two ends for others, and one for us. */
	files += plan->serve != SERVE_NOT ? 3 : 0;
	for (i = 0; i < plan->source_count; i++)
		if (plan->sources[i].file != NULL)
			files++;
	return limits_slots(files, jobs_pipes(plan) + (plan->results != NULL ? 2 : 0));
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

/* How many slots signals can add, as long as there are descriptors. */
static void
settings_slots_most(struct plan *plan, size_t most)
{
	plan->slots_most = plan->slots;
	if (plan->usr_changes_slots)
		plan->slots_most += JOBS_ADDED;
	if (jobs_piped(plan) && plan->slots_most > most)
		plan->slots_most = most;
}

/* As many slots as were asked for, if there are descriptors for their pipes. */
void
settings_slots(struct cli *c)
{
	struct plan *plan = c->plan;
	size_t most;

	plan->slots = c->jobs != NULL ? jobs_count(c) :
	    c->jobs_default != 0 ? c->jobs_default : limits_cpus("");
	most = jobs_room(plan);
	if (most == 0 && plan->source_count > 1)
		errx(c->plan->exits.own, "%zu descriptors (ulimit -n) are not enough "
		    "for %zu sources and a job", limits_descriptors(), plan->source_count);
	if (most == 0)
		errx(c->plan->exits.own, "%zu descriptors (ulimit -n) are not enough "
		    "for a single job", limits_descriptors());
	if (jobs_piped(plan) && plan->slots > most) {
		if (c->jobs != NULL && plan->report != REPORT_NOTHING)
			warnx("%s %s: %zu descriptors (ulimit -n) are enough for %zu "
			    "at once", c->jobs_spelled, c->jobs, limits_descriptors(),
			    most);
		plan->slots = most;
	}
	settings_slots_most(plan, most);
}
