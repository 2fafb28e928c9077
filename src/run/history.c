/*
 * history: a job is noted when it ended by itself or at its time limit, not when we
 * ended it with the run: then it is to be run again.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "builtin/print.h"
#include "command/template.h"
#include "output/capture.h"
#include "output/joblog.h"
#include "output/results.h"
#include "plan.h"
#include "run/clock.h"
#include "run/report.h"
#include "run/spawn.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/history.h"

#define NOT_EXECUTABLE	126	/* as shells have it */
#define NOT_FOUND	127
#define PATH_ROOM	64		/* for the names of files in a result */
#define OWED_MOST	(1024 * 1024)	/* bytes of a log that nobody reads */

struct history {
	const struct plan	*plan;
	struct joblog		*log;		/* or NULL */
	const struct template	*results;	/* or NULL */
	int			 root;		/* where we were when the run began */
	struct words		 place;		/* of a result, the only word */
	struct buf		 command;
	struct buf		 note;
	struct buf		 thing;		/* that could not be written */
	bool			 failed;	/* nothing more is noted */
	struct joblog_entry	*retries;	/* jobs that failed, if they are to be run again, ... */
	char			**commands;	/* and by what */
	size_t			 retry_count;
};

/* How a job ended, in the note that is in its result. */
static const char *const endings[] = {
	[ENDED_WELL] = "well",
	[ENDED_STATUS] = "status",
	[ENDED_SIGNAL] = "signal",
	[ENDED_TIME] = "timeout",
	[ENDED_NO_EXEC] = "no-exec",
	[ENDED_TERMINAL] = "terminal",
	[ENDED_CPU] = "cpu-time",
	[ENDED_LEFT] = "left",
	[ENDED_BABBLE] = "babble",
	[ENDED_MUTE] = "mute",
};

/* The numbers of a note, behind the word for how the job ended. */
enum {
	NOTE_CODE, NOTE_TRIES, NOTE_LIMIT, NOTE_SEQUENCE, NOTE_DIGEST, NOTE_BEGAN, NOTE_TOOK,
	NOTE_SENT, NOTE_RECEIVED, NOTES,
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

/* With a message, and no more, if that cannot be done. */
static struct joblog *
history_open_log(const struct plan *plan)
{
	const struct joblog_style style = {
		.keep = plan->joblog_keep, .digests = plan->joblog_digests,
		.sync = plan->joblog_sync, .failed = plan->resume == RESUME_RETRY,
	};
	struct joblog *log;
	const char *why;

	if (plan->joblog == NULL)
		return NULL;
	log = joblog_open(plan->joblog, &style, &why);
	if (log == NULL && errno == 0)
		errx(plan->exits.own, "--joblog %s: %s", plan->joblog, why);
	if (log == NULL)
		err(plan->exits.own, "--joblog %s", plan->joblog);
	return log;
}

struct history *
history_new(const struct plan *plan, const struct template *results)
{
	struct history *h;
	struct joblog *log;

	if (plan->joblog == NULL && results == NULL)
		return NULL;
	if (plan->dry_run && plan->resume == RESUME_NOT)
		return NULL;
	log = history_open_log(plan);
	h = mem_array(1, sizeof *h);
	h->plan = plan;
	h->log = log;
	h->results = results;
	h->root = AT_FDCWD;
	if (plan->resume == RESUME_RETRY)
		history_retry(h);
	if (results == NULL || plan->directory == NULL)
		return h;
	h->root = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (h->root == -1)
		err(plan->exits.own, "--results %s", plan->results);
	return h;
}

void
history_free(struct history *h)
{
	if (h == NULL)
		return;
	if (h->log != NULL)
		joblog_free(h->log);
	if (h->root != AT_FDCWD)
		(void)close(h->root);
	words_release(&h->place);
	buf_release(&h->command);
	buf_release(&h->note);
	buf_release(&h->thing);
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

/*
 * Finds out where the result of a job is.  As with GNU parallel, a name in which
 * something was replaced is that of a folder if it ends in a slash, or else what the
 * names of files begin with; any other is a folder for the results of all jobs.
 */
static void
history_place(struct history *h, struct slot *s, const struct attempt *attempt)
{
	const char *name;
	size_t length;

	words_clear(&h->place);
	template_expand(h->results, attempt, &h->place);
	name = words_at(&h->place, 0, &length);
	s->folder = true;
	s->place.length = 0;
	buf_add(&s->place, name, length);
	if (strcmp(name, h->plan->results) != 0) {
		s->folder = length > 0 && name[length - 1] == '/';
		while (s->place.length > 1 && s->place.data[s->place.length - 1] == '/')
			s->place.length--;
	} else if (attempt->fields->count > 0) {
		results_path(&s->place, attempt->fields, s->batch.width, attempt->names,
		    h->plan->results_only ? "" : "\\");
		/* The number of the job is short enough for any system. */
		if (s->place.length > PATH_MAX - PATH_ROOM) {
			s->place.length = length;
			buf_addf(&s->place, "/\\%ju", (uintmax_t)s->sequence);
		}
	} else
		buf_addf(&s->place, "/%ju", (uintmax_t)s->sequence);
}

static struct place
history_slot_place(const struct history *h, struct slot *s)
{
	return (struct place){
		.root = h->root, .path = buf_string(&s->place), .folder = s->folder,
	};
}

/* Reads the note of a result into the slot: false if it is of another job. */
static bool
history_read(struct history *h, struct slot *s)
{
	const char *text = buf_string(&h->note), *p = text + strcspn(text, " ");
	size_t length = (size_t)(p - text), i, ending;
	uintmax_t n[NOTES];

	for (i = 0; i < NOTES; i++)
		if (!num_next(&p, i == NOTE_DIGEST ? 16 : 10, &n[i]))
			return false;
	if (n[NOTE_SEQUENCE] != s->sequence || n[NOTE_DIGEST] != s->digest)
		return false;
	for (ending = 0; ending < countof(endings); ending++)
		if (endings[ending] != NULL && strlen(endings[ending]) == length &&
		    memcmp(text, endings[ending], length) == 0)
			break;
	if (ending == countof(endings))
		return false;
	s->past = (struct result){
		.ending = (enum ending)ending, .code = (int)n[NOTE_CODE],
		.tries = (size_t)n[NOTE_TRIES], .limit = (int64_t)n[NOTE_LIMIT],
	};
	s->sent = n[NOTE_SENT];
	s->received = n[NOTE_RECEIVED];
	s->began_at = clock_now() - (clock_epoch() - (int64_t)n[NOTE_BEGAN]);
	s->ended_at = s->began_at + (int64_t)n[NOTE_TOOK];
	return true;
}

/* What could not be written, for errno: the result of that job, or the log. */
static int
history_failed(struct history *h, const struct slot *s)
{
	int error = errno;

	h->thing.length = 0;
	if (s != NULL)
		buf_addf(&h->thing, "--results %s: %s %ju", h->plan->results,
		    report_noun(h->plan), (uintmax_t)s->batch.first);
	else
		buf_addf(&h->thing, "--joblog %s", h->plan->joblog);
	errno = error;
	return -1;
}

int
history_recall(struct history *h, struct slot *s, int fds[2])
{
	struct place place = history_slot_place(h, s);
	int found = results_open(&place, &h->note, fds);

	if (found == -1)
		return history_failed(h, s);
	if (found == 0 || (history_read(h, s) && (h->plan->resume == RESUME_LOGGED ||
	    s->past.ending == ENDED_WELL)))
		return found;
	(void)close(fds[0]);
	(void)close(fds[1]);
	fds[0] = fds[1] = -1;
	return 0;
}

/* What would be shown of the job, if it is not run. */
static enum past
history_has(struct history *h, struct slot *s)
{
	int fds[2];

	if (history_recall(h, s, fds) != 1)
		return PAST_NONE;
	(void)close(fds[0]);
	(void)close(fds[1]);
	return PAST_DONE;
}

enum past
history_past(struct history *h, struct slot *s, const struct attempt *attempt)
{
	const struct words *fields = &s->batch.fields;
	enum logged logged = LOGGED_NOT;
	struct place place;

	if (h == NULL)
		return PAST_NONE;
	if (h->results != NULL)
		history_place(h, s, attempt);
	if (h->plan->resume == RESUME_RETRY)
		return history_again(h, s);
	s->has_digest = h->results != NULL || h->plan->joblog_digests ||
	    h->plan->resume != RESUME_NOT;
	if (s->has_digest)
		s->digest = joblog_digest(fields->bytes.data, fields->bytes.length);
	if (h->plan->resume == RESUME_NOT)
		return PAST_NONE;
	if (h->log != NULL)
		logged = joblog_find(h->log, s->sequence, s->digest);
	s->logged = logged != LOGGED_NOT;
	if (logged == LOGGED_OTHER)
		return PAST_OTHER;
	if (logged == LOGGED_FAILED && h->plan->resume == RESUME_FAILED)
		return PAST_NONE;
	if (h->results != NULL && !h->plan->results_only)
		return !h->plan->dry_run ? PAST_KEPT : history_has(h, s);
	if (h->results != NULL && !s->logged) {
		place = history_slot_place(h, s);
		return results_exist(&place) ? PAST_DONE : PAST_NONE;
	}
	return s->logged ? PAST_DONE : PAST_NONE;
}

const char *
history_thing(struct history *h)
{
	return buf_string(&h->thing);
}

int
history_keep(struct history *h, struct slot *s)
{
	struct place place;

	if (h == NULL || h->results == NULL)
		return 0;
	if (s->kept != NULL)
		return 0;
	place = history_slot_place(h, s);
	s->kept = kept_new(&place, s->sequence);
	return s->kept != NULL ? 0 : history_failed(h, s);
}

/* The command line as the log has it: that of a shell, or words in one line. */
static void
history_command(struct history *h, const struct slot *s)
{
	h->command.length = 0;
	print_command(&s->command, h->plan->shell != NULL, &h->command);
	h->command.length--;		/* its newline */
}

/* The status and the signal that the log has for a result: false if it has none. */
static bool
history_status(const struct history *h, const struct result *r, int *status, int *sig)
{
	*status = *sig = 0;
	switch (r->ending) {
	case ENDED_WELL:
		return true;
	case ENDED_STATUS:
	case ENDED_LEFT:
	case ENDED_BABBLE:
	case ENDED_MUTE:
		*status = result_status(r, &h->plan->exits);
		return true;
	case ENDED_SIGNAL:
	case ENDED_CPU:
	case ENDED_TERMINAL:
		*sig = r->code;
		return true;
	case ENDED_TIME:
		*status = -1;
		*sig = h->plan->signal;
		return true;
	case ENDED_NO_EXEC:
		*status = r->code == ENOENT ? NOT_FOUND : NOT_EXECUTABLE;
		return true;
	case ENDED_RUN:
	case ENDED_FLAW:
	case ENDED_WITH_US:
		return false;
	}
	return false;
}

/* The result takes its place. */
static int
history_commit(struct history *h, struct slot *s, const struct result *r, int64_t began)
{
	struct kept *kept = s->kept;

	s->kept = NULL;
	h->note.length = 0;
	buf_addf(&h->note, "%s %d %zu %jd %ju %016jx %jd %jd %ju %ju\n", endings[r->ending],
	    r->code, r->tries, (intmax_t)r->limit, (uintmax_t)s->sequence, (uintmax_t)s->digest,
	    (intmax_t)began, (intmax_t)(s->ended_at - s->began_at), (uintmax_t)s->sent,
	    (uintmax_t)s->received);
	return kept_commit(kept, result_status(r, &h->plan->exits),
	    !h->plan->results_only ? buf_string(&h->note) : NULL, h->plan->joblog_sync);
}

int
history_add(struct history *h, struct slot *s, const struct result *r)
{
	struct joblog_entry e;

	if (h == NULL || h->failed)
		return 0;
	e = (struct joblog_entry){
		.sequence = s->sequence, .began = clock_epoch() - (clock_now() - s->began_at),
		.took = s->ended_at - s->began_at, .sent = s->sent, .received = s->received,
		.digest = s->digest, .has_digest = s->has_digest,
	};
	if (!history_status(h, r, &e.status, &e.signal))
		return 0;
	/* It ended well before the run did, but not all of its output was read by then. */
	if (s->kept != NULL && s->torn)
		return 0;
	if (s->kept != NULL && history_commit(h, s, r, e.began) == -1) {
		h->failed = true;
		return history_failed(h, s);
	}
	if (h->log == NULL || (s->recalled && s->logged))
		return 0;
	history_command(h, s);
	e.command = h->command.data;
	e.length = h->command.length;
	h->failed = joblog_add(h->log, &e) == -1;
	return !h->failed ? 0 : history_failed(h, NULL);
}

bool
history_owes(const struct history *h, int *fd)
{
	size_t bytes;

	return h != NULL && h->log != NULL && !h->failed && joblog_owes(h->log, fd, &bytes);
}

bool
history_full(const struct history *h)
{
	size_t bytes;
	int fd;

	return h != NULL && h->log != NULL && joblog_owes(h->log, &fd, &bytes) &&
	    bytes >= OWED_MOST;
}

int
history_flush(struct history *h)
{
	int fd;

	if (!history_owes(h, &fd) || joblog_flush(h->log) == 0)
		return 0;
	h->failed = true;
	return history_failed(h, NULL);
}

void
history_rewind(struct slot *s)
{
	if (s->kept != NULL)
		kept_rewind(s->kept);
}

void
history_drop(struct slot *s)
{
	if (s->kept != NULL)
		kept_drop(s->kept);
	s->kept = NULL;
}
