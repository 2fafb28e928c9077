/*
 * report: causes in words.  Records can be anything, so they are shown as vis(3)
 * would have them, and not all of a long one.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/visible.h"
#include "base/words.h"
#include "command/argvec.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/report.h"
#include "run/signals.h"
#include "run/verdict.h"

#define SHOWN		60	/* bytes of a record */

/* What is in it, printable and not all of it if it is long. */
static void
report_visible(struct buf *b, const char *record, size_t length)
{
	size_t shown = length;

	if (length > SHOWN) {
		shown = SHOWN;
		/* Not in the middle of a UTF-8 character. */
		while (shown > SHOWN - 4 && (record[shown] & 0xc0) == 0x80)
			shown--;
	}
	visible_add(b, record, shown, visible_utf8());
	if (shown < length)
		buf_add_string(b, "...");
}

void
report_duration(struct buf *b, int64_t duration)
{
	int64_t s = duration / 1000000000, ns = duration % 1000000000;
	char fraction[16];
	size_t n;

	buf_addf(b, "%jd", (intmax_t)s);
	if (ns != 0) {
		n = (size_t)snprintf(fraction, sizeof fraction, ".%09jd", (intmax_t)ns);
		while (fraction[n - 1] == '0')
			n--;
		buf_add(b, fraction, n);
	}
	buf_add_byte(b, 's');
}

static void
report_flaw(struct buf *b, enum flaw flaw, size_t size)
{
	switch (flaw) {
	case FLAW_NONE:
		break;
	case FLAW_TOO_LONG:
		if (size > argvec_word_limit())
			buf_addf(b, "%zu bytes; an argument can have at most %zu bytes",
			    size, argvec_word_limit());
		else
			buf_add_string(b, "argument line too long");
		break;
	case FLAW_NUL:
		buf_add_string(b,
		    "contains a NUL byte, which no argument can hold; use -0");
		break;
	case FLAW_NEWLINE:
		buf_add_string(b, "contains a newline, which no line can hold; use -0");
		break;
	case FLAW_QUOTE:
		buf_add_string(b, "a quote in it is not closed");
		break;
	case FLAW_ROOM:
		buf_add_string(b, "argument list too long");
		break;
	}
}

/* Why execve(2) failed, and what explains it. */
static void
report_errno(struct buf *b, int error, const struct buf *detail)
{
	buf_addf(b, ": %s", strerror(error));
	if (detail->length > 0)
		buf_add_string(b, ": ");
	buf_add(b, detail->data, detail->length);
}

/* A size as it can be written for --memory, the shortest. */
static void
report_size(struct buf *b, size_t size)
{
	static const char units[] = "KMGT";
	size_t n = 0;

	while (n < sizeof units - 1 && size % 1024 == 0) {
		size /= 1024;
		n++;
	}
	buf_addf(b, n > 0 ? "%zu%c" : "%zu", size, units[n - (n > 0)]);
}

/*
 * What it was not allowed: a program that cannot have more says so in its own way, or
 * not at all.
 */
static void
report_caps(struct buf *b, const struct caps *caps)
{
	struct buf parts = {0};

	if (caps->memory != 0) {
		buf_add_string(&parts, ", memory limit ");
		report_size(&parts, caps->memory);
	}
	if (caps->cpu_time != 0) {
		buf_add_string(&parts, ", CPU time limit ");
		report_duration(&parts, caps->cpu_time);
	}
	if (caps->files != 0)
		buf_addf(&parts, ", file limit %zu", caps->files);
	if (parts.length > 0)
		buf_addf(b, " (%s)", buf_string(&parts) + 2);
	buf_release(&parts);
}

static void
report_signal(struct buf *b, int sig)
{
	buf_addf(b, "signal %d (", sig);
	signals_add_name(b, sig);
	buf_add_byte(b, ')');
}

static void
report_cause(struct buf *b, const struct batch *batch, const struct result *r,
    const char *command, const struct buf *detail, const struct plan *plan)
{
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_WITH_US:
		break;
	case ENDED_STATUS:
		buf_addf(b, "exit status %d", r->code);
		report_caps(b, &plan->caps);
		break;
	case ENDED_SIGNAL:
		buf_add_string(b, "killed by ");
		report_signal(b, r->code);
		report_caps(b, &plan->caps);
		break;
	case ENDED_CPU:
		buf_add_string(b, "used up its CPU time of ");
		report_duration(b, r->limit);
		break;
	case ENDED_TIME:
		buf_add_string(b, "timed out after ");
		report_duration(b, r->limit);
		break;
	case ENDED_RUN:
		buf_add_string(b, "ended by the run's time limit");
		break;
	case ENDED_LEFT:
		buf_addf(b, "its worker exited with status %d before it had ended", r->code);
		report_caps(b, &plan->caps);
		break;
	case ENDED_BABBLE:
		if (r->code > 0)
			buf_addf(b, "its worker said %d bytes more than an answer", r->code);
		else
			buf_add_string(b, "its worker said what is no answer");
		break;
	case ENDED_MUTE:
		buf_addf(b, "its worker closed its standard %s",
		    r->code == STDIN_FILENO ? "input" : "output");
		report_caps(b, &plan->caps);
		break;
	case ENDED_NO_EXEC:
		buf_add_string(b, "cannot run ");
		report_visible(b, command, strlen(command));
		report_errno(b, r->code, detail);
		report_caps(b, &plan->caps);
		break;
	case ENDED_FLAW:
		report_flaw(b, batch->flaw, batch->size);
		break;
	case ENDED_TERMINAL:
		buf_add_string(b, "wants the terminal, which jobs do not have: ");
		report_signal(b, r->code);
		break;
	}
}

const char *
report_noun(const struct plan *plan)
{
	return plan->framing == FRAMING_BLOCK ? "block" : "record";
}

void
report_subject(struct buf *b, const struct batch *batch, const struct plan *plan)
{
	struct buf shown = {0};
	const char *field;
	size_t i, length;

	for (i = 0; i < batch->width; i++) {
		field = words_at(&batch->fields, i, &length);
		if (i > 0)
			buf_add_byte(&shown, ' ');
		buf_add(&shown, field, length);
	}
	if (batch->count == 1)
		buf_addf(b, "%s %ju", report_noun(plan), (uintmax_t)batch->first);
	else
		buf_addf(b, "%ss %ju-%ju", report_noun(plan), (uintmax_t)batch->first,
		    (uintmax_t)(batch->first + batch->count - 1));
	buf_add_string(b, " \"");
	report_visible(b, buf_string(&shown), shown.length);
	buf_add_string(b, batch->count == 1 ? "\"" : "\" ...");
	buf_release(&shown);
}

void
report_job(struct buf *b, const struct batch *batch, const struct result *r,
    const char *command, const struct buf *detail, const struct plan *plan)
{
	buf_addf(b, "%s: ", getprogname());
	report_subject(b, batch, plan);
	buf_add_string(b, ": ");
	report_cause(b, batch, r, command, detail, plan);
	if (r->tries > 1)
		buf_addf(b, ", the last of %zu tries", r->tries);
	buf_add_byte(b, '\n');
}

void
report_stop(struct buf *b, const struct batch *batch, const struct result *r,
    const char *command, const struct buf *detail, const struct plan *plan)
{
	buf_addf(b, "%s: ", getprogname());
	/* In the words of GNU xargs, which people know, and scripts may look for. */
	if (command != NULL)
		report_visible(b, command, strlen(command));
	if (r->ending == ENDED_STATUS) {
		buf_addf(b, ": exited with status %d; aborting", r->code);
	} else if (r->ending == ENDED_SIGNAL) {
		buf_addf(b, ": terminated by signal %d", r->code);
	} else if (r->ending == ENDED_NO_EXEC) {
		report_errno(b, r->code, detail);
	} else {
		if (command != NULL)
			buf_add_string(b, ": ");
		report_cause(b, batch, r, command, detail, plan);
	}
	buf_add_byte(b, '\n');
}
