/*
 * summary: jobs are counted by their ends, and the few that took longest are kept, as
 * they will be shown, so that it takes the same memory for any number of them.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/clock.h"
#include "run/report.h"
#include "run/spawn.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/summary.h"

#define SLOWEST	3

/* The words for ends that are failures, in the order they are said. */
static const struct {
	enum ending	 ending;
	const char	*words;
} causes[] = {
	{ ENDED_STATUS, "by exit status" },
	{ ENDED_SIGNAL, "by signal" },
	{ ENDED_TIME, "by time limit" },
	{ ENDED_CPU, "by CPU time" },
	{ ENDED_TERMINAL, "for want of the terminal" },
	{ ENDED_NO_EXEC, "could not be run" },
	{ ENDED_LEFT, "as the worker exited" },
	{ ENDED_BABBLE, "by a wrong answer" },
	{ ENDED_MUTE, "by no answer" },
};

/* A job that took long. */
struct slow {
	int64_t		 took;
	struct buf	 shown;
};

struct summary {
	const struct plan	*plan;
	int64_t			 began_at;
	int64_t			 took;		/* all attempts together */
	uintmax_t		 jobs;
	uintmax_t		 ended[ENDED_WITH_US + 1];
	uintmax_t		 failed;
	uintmax_t		 not_run;
	uintmax_t		 retries;
	struct slow		 slow[SLOWEST];	/* the slowest first */
	size_t			 slow_count;
};

struct summary *
summary_new(const struct plan *plan)
{
	struct summary *m;

	if (!plan->summary || plan->dry_run)
		return NULL;
	m = mem_array(1, sizeof *m);
	m->plan = plan;
	m->began_at = clock_now();
	return m;
}

void
summary_free(struct summary *m)
{
	size_t i;

	for (i = 0; m != NULL && i < m->slow_count; i++)
		buf_release(&m->slow[i].shown);
	free(m);
}

/* Is it one of the slowest?  Of two that took the same, the first is. */
static void
summary_rank(struct summary *m, const struct slot *s, int64_t took)
{
	struct slow slow;
	size_t i;

	if (m->slow_count == SLOWEST && took <= m->slow[SLOWEST - 1].took)
		return;
	i = m->slow_count < SLOWEST ? m->slow_count++ : SLOWEST - 1;
	slow = m->slow[i];
	for (; i > 0 && m->slow[i - 1].took < took; i--)
		m->slow[i] = m->slow[i - 1];
	slow.took = took;
	slow.shown.length = 0;
	report_subject(&slow.shown, &s->batch, m->plan);
	m->slow[i] = slow;
}

void
summary_retry(struct summary *m, const struct slot *s)
{
	if (m != NULL)
		m->took += s->ended_at - s->began_at;
}

void
summary_add(struct summary *m, const struct slot *s, const struct result *r)
{
	enum ending ending = r->ending != ENDED_FLAW ? r->ending : ENDED_NO_EXEC;
	bool ran = s->state == SLOT_RUNNING && !s->recalled;

	if (m == NULL)
		return;
	m->jobs++;
	m->retries += s->tries > 1 ? s->tries - 1 : 0;
	if (ending == ENDED_WITH_US && s->tries == 0)
		m->not_run++;
	else
		m->ended[ending]++;
	if (ending != ENDED_WELL && ending != ENDED_RUN && ending != ENDED_WITH_US)
		m->failed++;
	if (!ran)
		return;
	m->took += s->ended_at - s->began_at;
	if (ending != ENDED_NO_EXEC)
		summary_rank(m, s, s->ended_at - s->began_at);
}

static void
summary_begin(struct buf *b)
{
	buf_addf(b, "%s: summary: ", getprogname());
}

/* To the millisecond. */
static void
summary_duration(struct buf *b, int64_t duration)
{
	report_duration(b, (duration + CLOCK_MS / 2) / CLOCK_MS * CLOCK_MS);
}

static void
summary_say_jobs(const struct summary *m, struct buf *b)
{
	uintmax_t cut = m->ended[ENDED_RUN] + m->ended[ENDED_WITH_US];

	summary_begin(b);
	buf_addf(b, "%ju job%s: %ju succeeded, %ju failed", m->jobs,
	    m->jobs == 1 ? "" : "s", m->ended[ENDED_WELL], m->failed);
	if (cut > 0)
		buf_addf(b, ", %ju ended with the run", cut);
	if (m->not_run > 0)
		buf_addf(b, ", %ju not run", m->not_run);
	buf_add_byte(b, '\n');
}

static void
summary_say_causes(const struct summary *m, struct buf *b)
{
	const char *separator = "failed: ";
	uintmax_t count;
	size_t i;

	if (m->failed == 0)
		return;
	summary_begin(b);
	for (i = 0; i < countof(causes); i++) {
		if ((count = m->ended[causes[i].ending]) == 0)
			continue;
		buf_addf(b, "%s%ju %s", separator, count, causes[i].words);
		separator = ", ";
	}
	buf_add_byte(b, '\n');
}

static void
summary_say_times(const struct summary *m, struct buf *b)
{
	int64_t took = clock_now() - m->began_at;

	summary_begin(b);
	buf_add_string(b, "took ");
	summary_duration(b, took);
	buf_add_string(b, ", all jobs ");
	summary_duration(b, m->took);
	buf_addf(b, ": %.1f at once\n", took > 0 ? (double)m->took / (double)took : 0);
}

static void
summary_say_slowest(const struct summary *m, struct buf *b)
{
	const struct slow *slow;

	for (slow = m->slow; slow < m->slow + m->slow_count; slow++) {
		summary_begin(b);
		buf_add_string(b, "slowest: ");
		buf_add(b, slow->shown.data, slow->shown.length);
		buf_add_string(b, ": ");
		summary_duration(b, slow->took);
		buf_add_byte(b, '\n');
	}
}

void
summary_say(const struct summary *m, bool whole, struct buf *b)
{
	if (m == NULL)
		return;
	summary_say_jobs(m, b);
	summary_say_causes(m, b);
	if (!whole) {
		summary_begin(b);
		buf_add_string(b, "the input was not read to its end\n");
	}
	if (m->retries > 0) {
		summary_begin(b);
		buf_addf(b, "%ju retr%s\n", m->retries, m->retries == 1 ? "y" : "ies");
	}
	summary_say_times(m, b);
	summary_say_slowest(m, b);
}
