/*
 * slot: what happens to one attempt, from its start to its end.
 */
#include <sys/ioctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/sink.h"
#include "run/clock.h"
#include "run/kin.h"
#include "run/leftover.h"
#include "run/spawn.h"
#include "run/verdict.h"
#include "run/worker.h"
#include "run/slot.h"

#define LINGER	(100 * CLOCK_MS)
#define RECALL	(64 * 1024)	/* bytes of a result at once */

static const struct slot nothing;

void
slot_init(struct slot *s, size_t index, struct leftovers *leftovers, struct worker *worker)
{
	*s = nothing;
	s->leftovers = leftovers;
	s->worker = worker;
	s->index = index;
	s->child.fds[PIPE_OUT] = s->child.fds[PIPE_ERR] = s->child.fds[PIPE_FRAMES] =
	    s->child.input = -1;
}

void
slot_release(struct slot *s)
{
	words_release(&s->batch.fields);
	words_release(&s->command);
	buf_release(&s->place);
}

void
slot_feeds(struct slot *s, int delimiter)
{
	struct words *w = &s->batch.fields;
	size_t i;

	/* Where words have a NUL. */
	for (i = 0; delimiter != -1 && i < w->count; i++)
		w->bytes.data[(i + 1 < w->count ? w->starts[i + 1] : w->bytes.length) - 1] =
		    (char)delimiter;
	s->feed = w->bytes.data;
	s->feed_left = w->bytes.length - (delimiter == -1);
}

/* Bytes that are in a pipe. */
static size_t
slot_waiting(int fd)
{
	int n;

	return ioctl(fd, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

static void
slot_close_input(struct slot *s)
{
	s->unread = slot_waiting(s->child.input) + s->feed_left;
	(void)close(s->child.input);
	s->child.input = -1;
}

/*
 * Writes what its stdin takes now: 0, or -1 and errno.  One that does not read is no
 * failure of ours.
 */
static int
slot_feed(struct slot *s)
{
	ssize_t n = 0;

	while (s->feed_left > 0) {
		n = write(s->child.input, s->feed, s->feed_left);
		if (n == -1)
			break;
		s->feed += n;
		s->feed_left -= (size_t)n;
		/* What a worker is given may not be what a job reads. */
		if (s->worker == NULL || worker_passes(s->worker))
			s->sent += (uint64_t)n;
	}
	/* A worker is to be given more. */
	if (n != -1 && s->worker != NULL)
		return 0;
	if (n != -1 || errno == EPIPE)
		slot_close_input(s);
	else if (errno != EAGAIN && errno != EINTR)
		return -1;
	return 0;
}

/* Nothing has happened so far. */
static void
slot_reset(struct slot *s)
{
	s->state = SLOT_RUNNING;
	s->reaped = s->answered = s->babbled = s->held_up = false;
	s->recalled = false;
	s->closed = -1;
	s->cut = CUT_NONE;
	s->wants_terminal = false;
	s->limit_at = 0;
	s->kill_at = 0;
	s->killed = false;
	s->linger_until = 0;
	s->hurried = false;
	s->closing = false;
	s->torn = false;
	s->pipe_error = 0;
	s->polled[PIPE_OUT] = s->polled[PIPE_ERR] = s->polled[PIPE_FRAMES] =
	    s->polled[PIPES] = -1;
}

void
slot_began(struct slot *s, int64_t now, int64_t limit_at)
{
	slot_reset(s);
	s->began_at = now;
	s->tries++;
	s->sent = s->received = 0;
	s->limit_at = limit_at;
	/* What could not be done is tried once more, and told, by slot_supply. */
	if (s->child.input != -1)
		(void)slot_feed(s);
}

void
slot_move(struct slot *from, struct slot *to)
{
	struct slot was = *to;

	/* Buffers change hands, so that each stays with one slot. */
	to->state = from->state;
	to->batch = from->batch;
	to->command = from->command;
	to->sequence = from->sequence;
	to->digest = from->digest;
	to->has_digest = from->has_digest;
	to->logged = from->logged;
	to->place = from->place;
	to->folder = from->folder;
	to->kept = from->kept;
	to->past = from->past;
	to->tries = from->tries;
	to->due_at = from->due_at;
	to->turn = from->turn;
	to->jobs = from->jobs;
	to->on = from->on;
	to->spared = from->spared;
	to->singly = from->singly;
	from->state = was.state;
	from->batch = was.batch;
	from->command = was.command;
	from->place = was.place;
	from->kept = was.kept;
	from->turn = was.turn;
}

void
slot_recall(struct slot *s, const int fds[2])
{
	if (slot_alive(s))
		s->aside = s->child;
	s->child = (struct child){
		.input = -1, .fds = { [PIPE_OUT] = fds[0], [PIPE_ERR] = fds[1],
		[PIPE_FRAMES] = -1 },
	};
	slot_reset(s);
	s->recalled = true;
	s->reaped = true;
}

void
slot_leave(struct slot *s)
{
	s->state = SLOT_IDLE;
	s->limit_at = 0;
	if (!s->recalled || s->aside.pid == 0)
		return;
	s->child = s->aside;
	s->aside.pid = 0;
	s->recalled = s->reaped = false;
}

static void
slot_close(struct slot *s, int i)
{
	(void)close(s->child.fds[i]);
	s->child.fds[i] = -1;
}

/* Does anyone read from it?  An idle worker may be dying, or have left someone. */
static bool
slot_reads(const struct slot *s)
{
	return s->state == SLOT_RUNNING ||
	    (s->worker != NULL && (slot_alive(s) || slot_mourns(s)));
}

static bool
slot_wants(const struct slot *s, const struct sink *sink)
{
	return s->turn == NULL || sink_wants(sink, s->turn);
}

/* Does its worker read that pipe? */
static bool
slot_hears(const struct slot *s, int i)
{
	return s->worker != NULL && !s->recalled && worker_reads(s->worker, i);
}

size_t
slot_poll(struct slot *s, const struct sink *sink, struct pollfd *fds, size_t at)
{
	bool reads = slot_reads(s), wanted = reads && slot_wants(s, sink);
	size_t n = 0;
	int i, fd;

	for (i = 0; i < PIPES; i++) {
		s->polled[i] = -1;
		fd = reads ? s->child.fds[i] : -1;
		if (s->hear_at != 0 && !s->reaped && !s->recalled && worker_hushes(s->worker, i))
			continue;
		/* Of an empty pipe the end may be seen, even if more is not wanted. */
		if (fd == -1 || (!wanted && (!s->reaped || slot_waiting(fd) > 0)))
			continue;
		s->polled[i] = (int)(at + n);
		fds[at + n++] = (struct pollfd){ fd, wanted ? POLLIN : 0, 0 };
	}
	s->polled[PIPES] = -1;
	if (s->state == SLOT_RUNNING && s->child.input != -1 &&
	    (s->worker == NULL || s->feed_left > 0 || worker_passes(s->worker))) {
		s->polled[PIPES] = (int)(at + n);
		/* Also of a full pipe it is told if nobody reads it any more. */
		fds[at + n++] = (struct pollfd){ s->child.input,
		    s->worker == NULL || s->feed_left > 0 ? POLLOUT : 0, 0 };
	}
	return n;
}

/* Reads from that pipe into where it belongs. */
static ssize_t
slot_read(struct slot *s, struct sink *sink, int i, size_t most)
{
	if (slot_hears(s, i))
		return worker_read(s->worker, s->child.fds[i], most);
	return sink_read(sink, s->turn, i + 1, s->child.fds[i], most);
}

/* Reads one pipe once, at most so many bytes: how many, 0 for none by now, -1 and errno. */
static ssize_t
slot_read_pipe(struct slot *s, struct sink *sink, int i, size_t most)
{
	ssize_t got = slot_read(s, sink, i, most);

	if (got == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (got > 0 && i == PIPE_OUT && !s->recalled && !slot_hears(s, i))
		s->received += (uint64_t)got;
	if (got > 0 && s->closing)
		s->remains[i] -= (size_t)got;
	if (got <= 0 || (s->closing && s->remains[i] == 0))
		slot_close(s, i);
	return got;
}

static int
slot_drain_pipe(struct slot *s, struct sink *sink, int i, short revents)
{
	/* A file is read, as pipes are for a while, not moved. */
	size_t most = s->closing ? s->remains[i] : s->recalled ? RECALL : SIZE_MAX;

	if ((revents & POLLIN) != 0)
		return slot_read_pipe(s, sink, i, most) == -1 ? -1 : 0;
	/* No need to read the end of an empty pipe. */
	if (slot_waiting(s->child.fds[i]) == 0)
		slot_close(s, i);
	return 0;
}

int
slot_supply(struct slot *s, const struct pollfd *fds)
{
	int at = s->polled[PIPES];

	if (at == -1 || fds[at].revents == 0 || s->child.input == -1)
		return 0;
	if (s->worker != NULL && s->feed_left == 0) {
		slot_close_input(s);
		return 0;
	}
	return slot_feed(s);
}

void
slot_supply_end(struct slot *s)
{
	if (s->child.input != -1)
		slot_close_input(s);
}

bool
slot_bypassed(const struct slot *s, const struct pollfd *fds)
{
	int i;

	for (i = 0; i < PIPES; i++)
		if (!worker_reads(s->worker, i) && s->polled[i] != -1 &&
		    (fds[s->polled[i]].revents & POLLIN) != 0)
			return true;
	return false;
}

void
slot_put_off(struct slot *s)
{
	int i;

	for (i = 0; i < PIPES; i++)
		if (!worker_reads(s->worker, i))
			s->polled[i] = -1;
}

int
slot_drain(struct slot *s, struct sink *sink, const struct pollfd *fds)
{
	short revents;
	int i;

	for (i = 0; i < PIPES; i++) {
		revents = s->polled[i] != -1 ? fds[s->polled[i]].revents : 0;
		if (revents == 0 || s->child.fds[i] == -1)
			continue;
		/* What the first said may have made the second wait. */
		if ((revents & POLLIN) != 0 && !slot_wants(s, sink))
			continue;
		if (slot_drain_pipe(s, sink, i, revents) == -1)
			return -1;
	}
	return 0;
}

/* Reads what that pipe has by now, and not what someone goes on writing. */
static int
slot_drain_waiting(struct slot *s, struct sink *sink, int i)
{
	size_t left = s->child.fds[i] != -1 ? slot_waiting(s->child.fds[i]) : 0;
	ssize_t got;

	for (; left > 0; left -= (size_t)got) {
		got = slot_read_pipe(s, sink, i, left);
		if (got <= 0)
			return (int)got;
	}
	return 0;
}

int
slot_drain_answered(struct slot *s, struct sink *sink)
{
	int i;

	for (i = 0; i < PIPES; i++)
		if (!worker_reads(s->worker, i) && slot_drain_waiting(s, sink, i) == -1)
			return -1;
	return 0;
}

void
slot_mourn(struct slot *s, int64_t now)
{
	s->linger_until = now + LINGER;
}

bool
slot_mourns(const struct slot *s)
{
	return s->worker != NULL && s->state != SLOT_RUNNING && s->reaped &&
	    s->linger_until != 0;
}

bool
slot_mourned(const struct slot *s, int64_t now)
{
	return s->linger_until <= now ||
	    (s->child.fds[PIPE_OUT] == -1 && s->child.fds[PIPE_ERR] == -1);
}

void
slot_bury(struct slot *s, struct sink *sink)
{
	int i;

	s->linger_until = 0;
	for (i = 0; i < PIPES; i++) {
		(void)slot_drain_waiting(s, sink, i);
		if (s->child.fds[i] != -1)
			slot_close(s, i);
	}
}

/* The pipe that the worker reads, or -1. */
static int
slot_answers(const struct slot *s)
{
	int i;

	for (i = 0; i < PIPES; i++)
		if (slot_hears(s, i))
			return s->child.fds[i];
	return -1;
}

bool
slot_silent(const struct slot *s)
{
	return slot_answers(s) == -1;
}

bool
slot_unread(const struct slot *s)
{
	int fd = slot_answers(s);

	return fd != -1 && slot_waiting(fd) > 0;
}

bool
slot_alive(const struct slot *s)
{
	return s->child.pid > 0 && !s->reaped;
}

bool
slot_is(const struct slot *s, pid_t pid)
{
	return slot_alive(s) ? s->child.pid == pid : s->aside.pid == pid && pid > 0;
}

/* The worker that was put aside is dead: nothing was asked of it. */
static void
slot_lose_aside(struct slot *s)
{
	int i;

	s->aside.pid = 0;
	for (i = 0; i < PIPES; i++)
		if (s->aside.fds[i] != -1)
			(void)close(s->aside.fds[i]);
	if (s->aside.input != -1)
		(void)close(s->aside.input);
}

void
slot_waited(struct slot *s, int status, int64_t cpu_time, int64_t now)
{
	if (WIFSTOPPED(status)) {
		/* Nobody would ever let it go on. */
		if (WSTOPSIG(status) == SIGTTIN || WSTOPSIG(status) == SIGTTOU) {
			s->stop_signal = WSTOPSIG(status);
			if (s->cut == CUT_NONE)
				slot_cut(s, CUT_TERMINAL, SIGKILL, now);
		}
		return;
	}
	if (!slot_alive(s)) {
		slot_lose_aside(s);
		return;
	}
	s->reaped = true;
	if (s->child.input != -1)
		slot_close_input(s);
	s->limit_at = 0;
	/* It was its worker's end, then, not its own. */
	if (s->answered)
		return;
	s->ended_at = now;
	s->status = status;
	s->cpu_time = cpu_time;
}

/*
 * Either signal can come from elsewhere, so the time has to tell; the kernel counts it
 * in two ways, which differ.
 */
bool
slot_overran(const struct slot *s, int64_t limit)
{
	int sig = WIFSIGNALED(s->status) ? WTERMSIG(s->status) : 0;

	return limit != 0 && (sig == SIGXCPU || sig == SIGKILL) &&
	    s->cpu_time >= limit - limit / 4;
}

/* Has its worker answered, and taken all it was asked?  It may have done so too early. */
static bool
slot_done(const struct slot *s)
{
	return s->answered && (s->feed_left == 0 || s->child.input == -1);
}

bool
slot_over(const struct slot *s)
{
	return s->state == SLOT_RUNNING && (slot_done(s) || (s->reaped &&
	    s->child.fds[PIPE_OUT] == -1 && s->child.fds[PIPE_ERR] == -1 &&
	    s->child.fds[PIPE_FRAMES] == -1));
}

void
slot_signal(const struct slot *s, int sig)
{
	/* Once it was waited for, the number may be another's; see leftover. */
	if (s->reaped)
		return;
	/* Its group exists once it is past setpgid(2). */
	if (kill(-s->child.pid, sig) == -1)
		(void)kill(s->child.pid, sig);
}

/*
 * The same, and to those who left the group.  They have to be found first, as what ties
 * them to the job may die of the signal.
 */
static void
slot_strike(const struct slot *s, int sig, int64_t kill_at)
{
	struct kins kins = {0};

	kin_find(&kins, s->child.pid, NULL, NULL);
	slot_signal(s, sig);
	slot_signal(s, SIGCONT);
	leftovers_take(s->leftovers, &kins, s->child.pid, sig, kill_at);
}

void
slot_kill(struct slot *s)
{
	if (s->reaped)
		return;
	s->kill_at = 0;
	s->killed = true;
	slot_strike(s, SIGKILL, 0);
}

void
slot_cut(struct slot *s, enum cut why, int sig, int64_t kill_at)
{
	if (s->reaped)
		return;
	s->cut = why;
	s->limit_at = 0;
	s->kill_at = clock_sooner(s->kill_at, kill_at);
	slot_strike(s, sig, s->kill_at);
}

void
slot_hurry(struct slot *s)
{
	int i;

	s->hurried = true;
	if (s->recalled)
		s->cut = CUT_WITH_US;
	for (i = 0; (s->closing || s->recalled) && i < PIPES; i++) {
		if (s->child.fds[i] == -1)
			continue;
		s->torn = true;
		slot_close(s, i);
	}
}

/* The linger is over: only what the pipes hold at this moment is still read. */
static void
slot_linger_over(struct slot *s)
{
	int i;

	s->linger_until = 0;
	s->closing = true;
	for (i = 0; i < PIPES; i++) {
		if (s->child.fds[i] == -1)
			continue;
		s->remains[i] = slot_waiting(s->child.fds[i]);
		if (s->hurried && s->remains[i] > 0) {
			s->torn = true;
			s->remains[i] = 0;
		}
		if (s->remains[i] == 0)
			slot_close(s, i);
	}
}

int64_t
slot_tick(struct slot *s, const struct sink *sink, int64_t now)
{
	/* The linger does not begin as long as we are the ones who do not read. */
	if (s->reaped && !s->recalled && !s->closing && s->linger_until == 0 &&
	    (s->hurried || slot_wants(s, sink)))
		s->linger_until = now + LINGER;
	if (s->kill_at != 0 && s->kill_at <= now)
		slot_kill(s);
	if (s->reaped && s->linger_until != 0 && s->linger_until <= now)
		slot_linger_over(s);
	if (slot_over(s))
		return now;
	if (s->reaped)
		return s->linger_until;
	return clock_sooner(s->limit_at, s->kill_at);
}
