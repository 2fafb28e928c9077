/*
 * history: a job is logged when it ended by itself or at its time limit, not when we
 * ended it with the run: then it is to be run again.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "builtin/print.h"
#include "output/joblog.h"
#include "plan.h"
#include "run/clock.h"
#include "run/spawn.h"
#include "run/slot.h"
#include "run/verdict.h"
#include "run/history.h"

#define NOT_EXECUTABLE	126	/* as shells have it */
#define NOT_FOUND	127

struct history {
	const struct plan	*plan;
	struct joblog		*log;
	struct buf		 command;
	bool			 failed;	/* nothing more is written */
	struct joblog_entry	*retries;	/* jobs that failed, if they are to be run again, ... */
	char			**commands;	/* and by what */
	size_t			 retry_count;
};

/* Finds the jobs that are to be run again. */
static void
history_retry(struct history *h)
{
	struct joblog_entry e;
	size_t at = 0, room = 0, n;

	while (joblog_failed(h->log, &at, &e)) {
		if (e.sent != 0)
			errx(h->plan->exits.own, "--joblog %s: job %ju read from its stdin what "
			    "is not in the log", h->plan->joblog, (uintmax_t)e.sequence);
		n = h->retry_count++;
		if (n == room) {
			room = room != 0 ? 2 * room : 16;
			h->retries = mem_resize(h->retries, room, sizeof *h->retries);
			h->commands = mem_resize(h->commands, room, sizeof *h->commands);
		}
		h->retries[n] = e;
		/* Sources have words as main(3) does; they are not changed. */
		h->commands[n] = (char *)(uintptr_t)e.command;
	}
}

struct history *
history_new(const struct plan *plan)
{
	const struct joblog_style style = {
		.keep = plan->joblog_keep, .digests = plan->joblog_digests,
		.sync = plan->joblog_sync, .failed = plan->resume == RESUME_RETRY,
	};
	struct history *h;
	struct joblog *log;
	const char *why;

	if (plan->joblog == NULL || (plan->dry_run && plan->resume == RESUME_NOT))
		return NULL;
	log = joblog_open(plan->joblog, &style, &why);
	if (log == NULL && errno == 0)
		errx(plan->exits.own, "--joblog %s: %s", plan->joblog, why);
	if (log == NULL)
		err(plan->exits.own, "--joblog %s", plan->joblog);
	h = mem_array(1, sizeof *h);
	h->plan = plan;
	h->log = log;
	if (plan->resume == RESUME_RETRY)
		history_retry(h);
	return h;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	joblog_free(h->log);
	buf_release(&h->command);
	free(h->retries);
	free(h->commands);
	free(h);
}

struct source *
history_source(const struct history *h)
{
	if (h == NULL || h->plan->resume != RESUME_RETRY)
		return NULL;
	return source_list(h->commands, h->retry_count);
}

/* It is a job of the log, with all that the log had about it. */
static enum past
history_again(const struct history *h, struct slot *s)
{
	const struct joblog_entry *e = &h->retries[s->sequence - 1];

	s->sequence = s->batch.first = e->sequence;
	s->digest = e->digest;
	s->has_digest = e->has_digest;
	return PAST_NONE;
}

enum past
history_past(const struct history *h, struct slot *s)
{
	const struct buf *records = &s->batch.fields.bytes;

	if (h == NULL || (h->plan->resume == RESUME_NOT && !h->plan->joblog_digests))
		return PAST_NONE;
	if (h->plan->resume == RESUME_RETRY)
		return history_again(h, s);
	s->has_digest = true;
	s->digest = joblog_digest(records->data, records->length);
	if (h->plan->resume == RESUME_NOT)
		return PAST_NONE;
	switch (joblog_find(h->log, s->sequence, s->digest)) {
	case LOGGED_NOT:
		return PAST_NONE;
	case LOGGED_WELL:
		return PAST_DONE;
	case LOGGED_FAILED:
		return h->plan->resume == RESUME_FAILED ? PAST_NONE : PAST_DONE;
	case LOGGED_OTHER:
		return PAST_OTHER;
	}
	return PAST_NONE;
}

/* The command line as the log has it: that of a shell, or words in one line. */
static void
history_command(struct history *h, const struct slot *s)
{
	h->command.length = 0;
	print_command(&s->command, h->plan->shell != NULL, &h->command);
	h->command.length--;		/* its newline */
}

int
history_add(struct history *h, const struct slot *s, const struct result *r)
{
	struct joblog_entry e = {
		.sequence = s->sequence, .began = clock_epoch() - (clock_now() - s->began_at),
		.took = s->ended_at - s->began_at, .sent = s->sent, .received = s->received,
		.digest = s->digest, .has_digest = s->has_digest,
	};

	if (h->failed)
		return 0;
	switch (r->ending) {
	case ENDED_WELL:
		break;
	case ENDED_STATUS:
		e.status = r->code;
		break;
	case ENDED_SIGNAL:
	case ENDED_TERMINAL:
		e.signal = r->code;
		break;
	case ENDED_TIME:
		e.status = -1;
		e.signal = h->plan->signal;
		break;
	case ENDED_NO_EXEC:
		e.status = r->code == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
		break;
	case ENDED_RUN:
	case ENDED_FLAW:
	case ENDED_WITH_US:
		return 0;
	}
	history_command(h, s);
	e.command = h->command.data;
	e.length = h->command.length;
	h->failed = joblog_add(h->log, &e) == -1;
	return h->failed ? -1 : 0;
}
