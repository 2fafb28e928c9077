/*
 * desk: frames lie in data[], and have places in the stream of all that the worker
 * ever says: what begins at `base` is at data[0].  Up to `sealed` they are whole; what is
 * from there to `length` is a frame of output that may grow, with room for its head.
 * The worker can be killed between any two stores, so each of them leaves all as it was or
 * all as it is to be.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "run/clock.h"
#include "run/desk.h"
#include "run/frame.h"

#define ROOM	(256 * 1024)
#define SPARE	(2 * (FRAME_HEAD + FRAME_DONE_ROOM))	/* to seal, and for a DONE */

struct desk {
	atomic_flag		 lock;
	bool			 shared;
	bool			 timed;
	uint64_t		 asked;		/* how often it was given jobs, by us, ... */
	_Atomic uint64_t	 run;		/* and which of these are those below */
	uint64_t		 first;		/* number of the first job */
	size_t			 jobs;
	size_t			 begun;
	_Atomic size_t		 ended;
	size_t			 told;		/* of these, in frames */
	_Atomic int64_t		 began_at;
	_Atomic uint64_t	 base;
	_Atomic uint64_t	 sealed;
	_Atomic uint64_t	 length;
	_Atomic uint64_t	 whole[2];	/* up to there the last job to end said it, ... */
						/* if an even number has ended, or an odd one */
	enum frame_type		 type;		/* of what is open, ... */
	uint64_t		 id;		/* and the job it is of */
	char			 data[ROOM];
	char			 aside[ROOM];	/* see desk_part */
};

/* A store that comes after all before it. */
#define SET(where, value)	atomic_store_explicit(&(where), (value), memory_order_release)
#define GET(where)		atomic_load_explicit(&(where), memory_order_acquire)

struct desk *
desk_new(void)
{
	struct desk *d = mmap(NULL, sizeof *d, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	bool shared = d != MAP_FAILED;

	if (!shared)
		d = mem_array(1, sizeof *d);
	d->shared = shared;
	return d;
}

void
desk_free(struct desk *d)
{
	if (d->shared)
		(void)munmap(d, sizeof *d);
	else
		free(d);
}

bool
desk_shared(const struct desk *d)
{
	return d->shared;
}

void
desk_clear(struct desk *d, bool timed)
{
	atomic_flag_clear(&d->lock);
	d->timed = timed;
	d->jobs = d->begun = d->told = 0;
	d->asked = 0;
	SET(d->run, 0);
	SET(d->ended, 0);
	SET(d->began_at, 0);
	SET(d->base, 0);
	SET(d->sealed, 0);
	SET(d->length, 0);
	SET(d->whole[0], 0);
}

/* The other one holds it for a copy, or for a write(2) that we will read. */
static void __attribute__((noinline))
desk_await(struct desk *d)
{
	do
		(void)usleep(10);
	while (atomic_flag_test_and_set_explicit(&d->lock, memory_order_acquire));
}

static inline void
desk_lock(struct desk *d)
{
	if (atomic_flag_test_and_set_explicit(&d->lock, memory_order_acquire))
		desk_await(d);
}

static void
desk_unlock(struct desk *d)
{
	atomic_flag_clear_explicit(&d->lock, memory_order_release);
}

static char *
desk_at(struct desk *d, uint64_t place)
{
	return d->data + (place - GET(d->base));
}

static size_t
desk_room(struct desk *d)
{
	size_t used = (size_t)(GET(d->length) - GET(d->base));

	return used < ROOM - SPARE ? ROOM - SPARE - used : 0;
}

/* What is open becomes a whole frame. */
static void
desk_seal(struct desk *d)
{
	uint64_t sealed = GET(d->sealed), length = GET(d->length);
	char head[FRAME_HEAD];
	size_t n;

	if (length <= sealed) {
		/* Who died may just not have said so. */
		SET(d->length, sealed);
		return;
	}
	n = frame_head(head, d->type, d->id, 0);
	(void)frame_head(head, d->type, d->id, (size_t)(length - sealed) - n);
	(void)memcpy(desk_at(d, sealed), head, n);
	*desk_at(d, length) = '\n';
	SET(d->sealed, length + 1);
	SET(d->length, length + 1);
}

/* Opens a frame of that type; none is open. */
static void
desk_open(struct desk *d, enum frame_type type, uint64_t id)
{
	d->type = type;
	d->id = id;
	SET(d->length, GET(d->length) + frame_head(desk_at(d, GET(d->length)), type, id, 0));
}

/* Adds to what is open. */
static void
desk_add(struct desk *d, const void *data, size_t length)
{
	(void)memcpy(desk_at(d, GET(d->length)), data, length);
	SET(d->length, GET(d->length) + length);
}

/* Adds a whole frame. */
static void
desk_put(struct desk *d, enum frame_type type, uint64_t id, const void *data, size_t length)
{
	char *at = desk_at(d, GET(d->sealed));
	size_t n = frame_head(at, type, id, length);

	(void)memcpy(at + n, data, length);
	at[n + length] = '\n';
	SET(d->sealed, GET(d->sealed) + n + length + 1);
	SET(d->length, GET(d->sealed));
}

/*
 * Seals, and says of all jobs that have ended, up to that one, how the last one did.  It is
 * said before it is counted: of what is only counted it is known that it was well.
 */
static void
desk_tell(struct desk *d, size_t ended, int status, int64_t took)
{
	const struct frame_done done = {
		.jobs = ended - d->told, .status = status, .took = took,
	};
	char bytes[FRAME_DONE_ROOM];
	size_t length;

	desk_seal(d);
	if (done.jobs == 0)
		return;
	length = frame_done_put(bytes, &done);
	desk_put(d, FRAME_DONE, d->first + d->told, bytes, length);
	d->told += done.jobs;
}

/*
 * Seals, and tells of the jobs that have ended before what was said by the one that has not,
 * as that may turn out not to be wanted.  It is put aside for that; if the worker is killed
 * meanwhile it is lost.
 */
static void
desk_part(struct desk *d)
{
	char head[FRAME_HEAD];
	/* It may end at any moment. */
	size_t size, ended = GET(d->ended);
	uint64_t sealed = GET(d->sealed), length = GET(d->length), from;
	uint64_t first = sealed + frame_head(head, d->type, d->id, 0);
	uint64_t whole = GET(d->whole[ended % 2]);

	from = whole > first ? whole : first;
	if (length <= from || ended == d->told) {
		desk_tell(d, ended, 0, 0);
		return;
	}
	size = (size_t)(length - from);
	(void)memcpy(d->aside, desk_at(d, from), size);
	SET(d->length, from == whole ? whole : sealed);
	desk_tell(d, ended, 0, 0);
	desk_open(d, d->type, d->first + d->begun - 1);
	desk_add(d, d->aside, size);
	desk_seal(d);
}

/* Writes all that is there.  Who cannot be heard need not go on. */
static void
desk_write(struct desk *d, int fd)
{
	uint64_t at = GET(d->base);
	ssize_t n;

	desk_seal(d);
	while (at < GET(d->length)) {
		n = write(fd, desk_at(d, at), (size_t)(GET(d->length) - at));
		if (n == -1 && errno != EINTR)
			_exit(EXIT_FAILURE);
		at += n > 0 ? (uint64_t)n : 0;
	}
	/* Not before, as it is where the others are counted from. */
	SET(d->base, at);
}

void
desk_hello(struct desk *d, int fd)
{
	desk_lock(d);
	desk_put(d, FRAME_HELLO, 0, FRAME_VERSION, strlen(FRAME_VERSION));
	desk_write(d, fd);
	desk_unlock(d);
}

void
desk_run(struct desk *d, uint64_t id, size_t jobs)
{
	desk_lock(d);
	d->first = id;
	d->jobs = jobs;
	d->begun = d->told = 0;
	SET(d->whole[0], GET(d->length));
	SET(d->ended, 0);
	SET(d->run, d->asked);
	desk_unlock(d);
}

bool
desk_begin(struct desk *d, uint64_t *id)
{
	bool more;

	desk_lock(d);
	more = d->begun < d->jobs;
	*id = d->first + d->begun;
	d->begun += more;
	if (d->timed)
		SET(d->began_at, more ? clock_now() : 0);
	desk_unlock(d);
	return more;
}

bool
desk_more(struct desk *d)
{
	bool more;

	desk_lock(d);
	more = d->begun < d->jobs;
	desk_unlock(d);
	return more;
}

/* Adds to what is open, if that is all there is to it. */
static bool
desk_say_more(struct desk *d, enum frame_type type, const void *data, size_t size)
{
	uint64_t length, used;
	bool more;

	desk_lock(d);
	length = GET(d->length);
	used = length - GET(d->base);
	more = d->type == type && length > GET(d->sealed) && used < ROOM - SPARE &&
	    size < ROOM - SPARE - used;
	if (more) {
		(void)memcpy(d->data + used, data, size);
		SET(d->length, length + size);
	}
	desk_unlock(d);
	return more;
}

/* Says it in as many frames as it takes. */
static void __attribute__((noinline))
desk_say_all(struct desk *d, int fd, enum frame_type type, const void *data, size_t length)
{
	const char *p = data;
	size_t n;

	while (length > 0) {
		desk_lock(d);
		if (d->type != type)
			desk_part(d);
		/* What is told goes beyond the room, and then has to go first. */
		if (desk_room(d) <= FRAME_HEAD) {
			desk_part(d);
			desk_write(d, fd);
		}
		if (GET(d->length) == GET(d->sealed))
			desk_open(d, type, d->first + d->begun - 1);
		n = length < desk_room(d) ? length : desk_room(d);
		desk_add(d, p, n);
		desk_unlock(d);
		p += n;
		length -= n;
	}
}

void
desk_say(struct desk *d, int fd, int stream, const void *data, size_t length)
{
	enum frame_type type = stream == STDOUT_FILENO ? FRAME_OUT : FRAME_ERR;

	if (!desk_say_more(d, type, data, length))
		desk_say_all(d, fd, type, data, length);
}

/* The job is one of which that is told at once. */
static void __attribute__((noinline))
desk_end_alone(struct desk *d, int fd, int status, int64_t started)
{
	desk_lock(d);
	desk_tell(d, GET(d->ended) + 1, W_EXITCODE(status & UCHAR_MAX, 0),
	    clock_now() - started);
	SET(d->ended, GET(d->ended) + 1);
	if (!d->shared || desk_room(d) <= FRAME_HEAD)
		desk_write(d, fd);
	desk_unlock(d);
}

void
desk_end(struct desk *d, int fd, int status, int64_t started)
{
	size_t ended = GET(d->ended) + 1;

	/* One that is well is told with the next that is not, or with the last. */
	if (status == 0 && d->shared) {
		SET(d->whole[ended % 2], GET(d->length));
		SET(d->ended, ended);
	} else
		desk_end_alone(d, fd, status, started);
}

void
desk_rest(struct desk *d, int fd, int64_t started)
{
	desk_lock(d);
	desk_tell(d, GET(d->ended), 0, clock_now() - started);
	desk_write(d, fd);
	desk_unlock(d);
}

/*
 * Can what it says of itself be?  It is in the memory of a function that may have written
 * anywhere, also to the pipe.
 */
static bool
desk_sound(const struct desk *d, uint64_t from)
{
	uint64_t base = GET(d->base), sealed = GET(d->sealed), length = GET(d->length);

	return base <= sealed && sealed - base < ROOM && base <= length &&
	    length - base < ROOM && base <= from && (from <= sealed || from <= length) &&
	    (length <= sealed || d->type == FRAME_OUT || d->type == FRAME_ERR);
}

void
desk_ask(struct desk *d)
{
	d->asked++;
}

/* Adds what is on it from that place on. */
static void
desk_take(struct desk *d, uint64_t from, struct buf *b)
{
	buf_add(b, desk_at(d, from), (size_t)(GET(d->length) - from));
	SET(d->base, GET(d->length));
}

ssize_t
desk_peek(struct desk *d, int fd, struct buf *b)
{
	size_t before = b->length;
	ssize_t n;

	if (!d->shared)
		return 0;
	if (atomic_flag_test_and_set_explicit(&d->lock, memory_order_acquire))
		return -1;
	do {
		buf_reserve(b, ROOM);
		n = read(fd, b->data + b->length, ROOM);
		b->length += n > 0 ? (size_t)n : 0;
	} while (n > 0);
	if (desk_sound(d, GET(d->base))) {
		desk_part(d);
		desk_take(d, GET(d->base), b);
	}
	desk_unlock(d);
	return (ssize_t)(b->length - before);
}

size_t
desk_recall(struct desk *d, size_t least, size_t most)
{
	size_t keep, rest = 0;

	if (!d->shared || atomic_flag_test_and_set_explicit(&d->lock, memory_order_acquire))
		return 0;
	/* Between two jobs it is at none of them. */
	keep = GET(d->ended) + least > d->begun ? GET(d->ended) + least : d->begun;
	if (GET(d->run) == d->asked && keep < d->jobs && d->jobs - keep <= most) {
		rest = d->jobs - keep;
		d->jobs = keep;
	}
	desk_unlock(d);
	return rest;
}

bool
desk_idle(const struct desk *d)
{
	return d->shared && (GET(d->run) != d->asked || d->begun == GET(d->ended));
}

bool
desk_clear_away(struct desk *d, uint64_t received, struct buf *b)
{
	if (!d->shared || !desk_sound(d, received))
		return false;
	desk_seal(d);
	desk_take(d, received, b);
	return true;
}

size_t
desk_ended(const struct desk *d)
{
	return GET(d->run) == d->asked ? GET(d->ended) : 0;
}

int64_t
desk_began(const struct desk *d)
{
	return GET(d->began_at);
}
