/*
 * tell: a job has a status if it ended by itself, and a signal if one ended it, whoever
 * sent that; so the status is 0 of those that did well, and of no other.
 */
#include <sys/wait.h>

#include <stdint.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/json.h"
#include "plan.h"
#include "run/clock.h"
#include "run/spawn.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/tell.h"

static bool
tell_are_text(const struct words *words)
{
	struct json_text text;
	const char *word;
	size_t i, length;

	for (i = 0; i < words->count; i++) {
		text = (struct json_text){0};
		word = words_at(words, i, &length);
		json_scan(&text, word, length);
		if (!json_is_text(&text))
			return false;
	}
	return true;
}

/* The fields, all of them in base64 if one is not text. */
static void
tell_args(const struct words *words, struct buf *b)
{
	bool text = tell_are_text(words);
	const char *word;
	size_t i, length;

	buf_addf(b, ",\"args%s\":[", text ? "" : "_base64");
	for (i = 0; i < words->count; i++) {
		word = words_at(words, i, &length);
		buf_add_string(b, i > 0 ? ",\"" : "\"");
		if (text)
			json_add_text(b, word, length);
		else
			json_add_base64(b, word, length);
		buf_add_byte(b, '"');
	}
	buf_add_byte(b, ']');
}

/* A number, or if it is not known null. */
static void
tell_number(struct buf *b, const char *name, int n)
{
	if (n >= 0)
		buf_addf(b, ",\"%s\":%d", name, n);
	else
		buf_addf(b, ",\"%s\":null", name);
}

/* Milliseconds are all that anyone has use for. */
static void
tell_time(struct buf *b, const char *name, int64_t time)
{
	buf_addf(b, ",\"%s\":%jd.%03d", name, (intmax_t)(time / CLOCK_S),
	    (int)(time % CLOCK_S / CLOCK_MS));
}

/* The status and the signal that a job ended with, or -1. */
static void
tell_status(const struct plan *plan, const struct slot *s, const struct result *r,
    int *status, int *sig)
{
	*status = *sig = -1;
	switch (r->ending) {
	case ENDED_WELL:
	case ENDED_STATUS:
	case ENDED_LEFT:
	case ENDED_BABBLE:
	case ENDED_MUTE:
	case ENDED_NO_EXEC:
	case ENDED_FLAW:
		*status = result_status(r, &plan->exits);
		break;
	case ENDED_SIGNAL:
	case ENDED_CPU:
	case ENDED_TERMINAL:
		*sig = r->code;
		break;
	case ENDED_TIME:
		if (r->code != 0)
			*sig = r->code;
		break;
	case ENDED_RUN:
	case ENDED_WITH_US:
		if (s->tries > 0 && s->reaped && WIFSIGNALED(s->status))
			*sig = WTERMSIG(s->status);
		break;
	}
}

void
tell_members(const struct plan *plan, const struct slot *s, const struct result *r,
    struct buf *b)
{
	static const struct words nothing;
	bool began = s->tries > 0 || s->recalled;
	int status, sig;

	tell_status(plan, s, r, &status, &sig);
	buf_addf(b, "\"seq\":%ju", (uintmax_t)s->sequence);
	tell_args(plan->job_stdin != STDIN_RECORDS ? &s->batch.fields : &nothing, b);
	tell_number(b, "status", status);
	tell_number(b, "signal", sig);
	buf_addf(b, ",\"timed_out\":%s", r->ending == ENDED_TIME || r->ending == ENDED_RUN ?
	    "true" : "false");
	if (began) {
		tell_time(b, "start", clock_epoch() - (clock_now() - s->began_at));
		tell_time(b, "seconds", s->ended_at - s->began_at);
	} else
		buf_add_string(b, ",\"start\":null,\"seconds\":null");
}
