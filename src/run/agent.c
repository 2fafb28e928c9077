/*
 * agent: it may block, as whoever it works for never does: that one goes on reading
 * what we say while we are fed.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "parmap.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "command/template.h"
#include "run/agent.h"
#include "run/agent-stdio.h"
#include "run/clock.h"
#include "run/desk.h"
#include "run/frame.h"
#include "run/spawn.h"

#define READ	(64 * 1024)
#define LOOKS	100		/* of who is waited for, without a sleep */
#define SHORT	16		/* bytes that are copied without a call */
#define FULL	(32 * 1024)	/* a pipe in which there is not room for much */
#define KEEP	(16 * READ)	/* of memory that a large record took */

static bool	 is_fork;	/* of a worker, by a function that then returned */
static volatile sig_atomic_t written;	/* to the descriptors themselves, lately */

/* Where a function's output goes: that of the job it is called for. */
struct agent_io {
	struct io		 io;
	const struct agent	*agent;
};

/* What is reused from one job to the next. */
struct agent_room {
	struct words	 fields;	/* of all jobs */
	struct words	 command;
	char		**argv;
	size_t		 argv_room;
	bool		 is_list;	/* the command: see template_is_list */
	struct words	 texts;
	size_t		 before;
};

static void
agent_note_written(int sig __attribute__((unused)))
{
	written = 1;
}

/* Waits until what is in that pipe was read, unless someone fills it again and again. */
static void
agent_await_pipe(int fd)
{
	static const struct timespec soon = { .tv_nsec = 20000 };
	int64_t full_since = 0, now;
	int n, looks;

	for (looks = 0; ioctl(fd, FIONREAD, &n) == 0 && n > 0; looks++) {
		if (looks < LOOKS) {
			(void)sched_yield();
			continue;
		}
		now = clock_now();
		if (n < FULL || full_since == 0)
			full_since = now;
		if (now - full_since > CLOCK_S)
			break;
		(void)nanosleep(&soon, NULL);
	}
}

/*
 * Something was written beside what is said: no more is to be said before that was read,
 * as this is when it gets its place.
 */
static void __attribute__((noinline))
agent_await_reader(void)
{
	written = !spawn_tells();
	agent_await_pipe(STDOUT_FILENO);
	agent_await_pipe(STDERR_FILENO);
}

/* That is said. */
static void
agent_put(const struct agent *a, int stream, const void *data, size_t length)
{
	if (written)
		agent_await_reader();
	desk_say(a->desk, a->out, stream, data, length);
}

static void
agent_note_fork(void)
{
	is_fork = true;
}

static void
agent_say(struct io *io, int stream, const void *data, size_t length)
{
	/* It is the first member of ours. */
	const struct agent *a = ((const struct agent_io *)(const void *)io)->agent;

	agent_put(a, stream, data, length);
}

static void
agent_say_stdio(const void *agent, int stream, const void *data, size_t length)
{
	agent_put(agent, stream, data, length);
}

/* Those of one job, of so many fields each. */
static struct words
agent_fields(const struct words *all, size_t job, size_t width)
{
	struct words w = *all;

	w.starts += job * width;
	w.count = width;
	if ((job + 1) * width < all->count)
		w.bytes.length = w.starts[width];
	return w;
}

/* The command of a job is a list: makes its argv, and gives how many words it has. */
static size_t
agent_list(struct agent_room *room, size_t job, size_t width)
{
	const struct words *texts = &room->texts;
	const size_t *starts = room->fields.starts + job * width;
	size_t count = texts->count + width, i;
	char *copy = room->command.bytes.data, **argv = room->argv;

	/* What a function makes of its words is not for the next job.  Most are short. */
	if (texts->bytes.length <= SHORT)
		(void)memcpy(copy, texts->bytes.data, SHORT);
	else
		(void)memcpy(copy, texts->bytes.data, texts->bytes.length);
	for (i = 0; i < room->before; i++)
		*argv++ = copy + texts->starts[i];
	for (i = 0; i < width; i++)
		*argv++ = room->fields.bytes.data + starts[i];
	for (i = room->before; i < texts->count; i++)
		*argv++ = copy + texts->starts[i];
	*argv = NULL;
	return count;
}

/* There is room for those lists. */
static void
agent_make_room(struct agent_room *room, size_t width)
{
	size_t count = room->texts.count + width + 1;

	buf_reserve(&room->texts.bytes, SHORT);
	buf_reserve(&room->command.bytes, SHORT + room->texts.bytes.length);
	if (room->argv_room >= count)
		return;
	room->argv_room = count;
	room->argv = mem_resize(room->argv, room->argv_room, sizeof *room->argv);
}

/* Any command, the same. */
static size_t
agent_command(const struct agent *a, struct agent_room *room, uint64_t id, size_t job,
    size_t width)
{
	const struct words fields = agent_fields(&room->fields, job, width);
	const struct attempt attempt = {
		.fields = &fields, .names = a->names, .sequence = id, .slot = a->slot,
	};

	template_expand(a->template, &attempt, &room->command);
	room->argv = words_argv(&room->command, room->argv, &room->argv_room);
	return room->command.count;
}

/* Calls the function for that job of the frame: its exit status. */
static int
agent_call(const struct agent *a, struct agent_room *room, uint64_t id, size_t job,
    size_t width)
{
	struct agent_io io = { { agent_say }, a };
	size_t count = room->is_list ? agent_list(room, job, width) :
	    agent_command(a, room, id, job, width);
	int status = a->function((int)count, room->argv, &io.io);

	if (is_fork)
		_exit(status);
	if (a->stdio)
		agent_stdio_rest();
	return status;
}

/* The jobs of a frame: their number, how many fields each has, NUL, and these. */
static void
agent_jobs(const struct agent *a, struct agent_room *room, const struct frame *f)
{
	int64_t started = clock_now();
	char *bytes = (char *)(uintptr_t)f->bytes, *p;
	size_t jobs = strtoul(bytes, &p, 10), width = strtoul(p, &p, 10), i;
	uint64_t id;
	int status;

	p++;
	words_empty(&room->fields, KEEP);
	(void)words_cut(&room->fields, p, f->length - (size_t)(p - bytes), '\0', SIZE_MAX);
	if (room->is_list)
		agent_make_room(room, width);
	desk_run(a->desk, f->id, jobs);
	for (i = 0; desk_begin(a->desk, &id); i++) {
		status = agent_call(a, room, id, i, width);
		desk_end(a->desk, a->out, status, started);
		if (written && desk_more(a->desk))
			agent_await_reader();
	}
	desk_rest(a->desk, a->out, started);
}

/* Reads more of a frame that has so many bytes, if that is known. */
static void
agent_read(const struct agent *a, struct buf *in, size_t size)
{
	ssize_t n;

	buf_reserve(in, size > in->length + READ ? size - in->length : READ);
	do
		n = read(a->in, in->data + in->length, in->size - in->length);
	while (n == -1 && errno == EINTR);
	if (n <= 0)
		_exit(n == 0 ? EXIT_SUCCESS : EXIT_FAILURE);
	in->length += (size_t)n;
}

void
agent_run(const struct agent *a)
{
	struct agent_room room = {0};
	struct buf in = {0};
	struct frame f;

	const struct sigaction note = {
		.sa_handler = agent_note_written, .sa_flags = SA_RESTART,
	};

	(void)pthread_atfork(NULL, NULL, agent_note_fork);
	(void)sigaction(SPAWN_WRITTEN, &note, NULL);
	written = !spawn_tells();
	agent_stdio(agent_say_stdio, a);
	room.is_list = template_is_list(a->template, &room.texts, &room.before);
	desk_hello(a->desk, a->out);
	for (;;) {
		switch (frame_take(in.data, in.length, &f)) {
		case FRAME_MORE:
			agent_read(a, &in, f.size);
			break;
		case FRAME_TAKEN:
			if (f.type == FRAME_RUN)
				agent_jobs(a, &room, &f);
			in.length -= f.size;
			(void)memmove(in.data, in.data + f.size, in.length);
			if (in.length == 0 && in.size > KEEP)
				buf_release(&in);
			break;
		case FRAME_BAD:
			_exit(EXIT_FAILURE);
		}
	}
}
