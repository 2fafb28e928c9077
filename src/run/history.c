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
};

struct history *
history_new(const struct plan *plan)
{
	struct history *h;
	const char *why;

	if (plan->joblog == NULL || (plan->dry_run && plan->resume == RESUME_NOT))
		return NULL;
	h = mem_array(1, sizeof *h);
	h->plan = plan;
	h->log = joblog_open(plan->joblog, plan->joblog_keep, plan->joblog_digests, &why);
	if (h->log == NULL && errno == 0)
		errx(plan->exits.own, "--joblog %s: %s", plan->joblog, why);
	if (h->log == NULL)
		err(plan->exits.own, "--joblog %s", plan->joblog);
	return h;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	joblog_free(h->log);
	buf_release(&h->command);
	free(h);
}

enum past
history_past(const struct history *h, uint64_t sequence, const struct batch *batch,
    uint64_t *digest)
{
	if (h == NULL || (h->plan->resume == RESUME_NOT && !h->plan->joblog_digests))
		return PAST_NONE;
	*digest = joblog_digest(batch->fields.bytes.data, batch->fields.bytes.length);
	if (h->plan->resume == RESUME_NOT)
		return PAST_NONE;
	switch (joblog_find(h->log, sequence, *digest)) {
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
		.digest = s->digest,
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
	case ENDED_CPU:
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
