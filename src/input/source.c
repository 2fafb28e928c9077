/*
 * source: the far left of the street.  It reads only when a value is asked
 * for and none is left, once, and only when that cannot block.
 */
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "input/source.h"
#include "plan.h"
#include "input/split.h"

struct source {
	/* Words of the command line, ... */
	char *const	*words;
	size_t		 count;
	size_t		 next;
	/* ... or a file. */
	const char	*option;
	const char	*name;
	struct split	*split;
	int		 fd;
	bool		 regular;	/* a read of it does not wait for anyone */
	bool		 try_nowait;	/* RWF_NOWAIT may work on it */
	bool		 ready;		/* poll(2) said so: one read is free */
	bool		 ended;
	int		 error;		/* errno of the read that failed */
	const char	*spoilt;
};

/* Reads in a row for one long value, before others get their turn. */
#define READS	16

struct source *
source_list(char *const *words, size_t count)
{
	struct source *s = mem_array(1, sizeof *s);

	s->words = words;
	s->count = count;
	s->fd = -1;
	return s;
}

struct source *
source_file(const char *option, const char *name, const struct split_format *format)
{
	struct source *s;
	struct stat st;
	int e, fd = STDIN_FILENO;

	/*
	 * Non-blocking, as opening a FIFO would wait for its writer; whoever
	 * opens a file owns its flags.
	 */
	if (strcmp(name, "-") != 0)
		fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd == -1)
		return NULL;
	if (fstat(fd, &st) == -1 || (S_ISDIR(st.st_mode) && (errno = EISDIR))) {
		e = errno;
		if (fd != STDIN_FILENO)
			(void)close(fd);
		errno = e;
		return NULL;
	}
	s = mem_array(1, sizeof *s);
	s->fd = fd;
	s->option = option;
	s->name = name;
	s->regular = S_ISREG(st.st_mode) || S_ISBLK(st.st_mode);
	/* A FIFO without a writer would seem to be at its end: poll it first. */
	s->try_nowait = !s->regular && fd == STDIN_FILENO;
	s->split = split_new(format);
	return s;
}

/* As POSIX has it (XCU 1.4, INPUT FILES), what was read too much of a file is for the next. */
static void
source_put_back(const struct source *s)
{
	off_t left = s->split != NULL ? (off_t)split_left(s->split) : 0;

	if (left > 0 && s->regular && s->fd == STDIN_FILENO)
		(void)lseek(s->fd, -left, SEEK_CUR);
}

void
source_free(struct source *s)
{
	source_put_back(s);
	if (s->split != NULL)
		split_free(s->split);
	if (s->fd > STDERR_FILENO)
		(void)close(s->fd);
	free(s);
}

/* One read that does not block: what read(2) gives, EAGAIN for "poll first". */
static ssize_t
source_read(struct source *s, char *data, size_t size)
{
	struct iovec iov = { .iov_base = data, .iov_len = size };
	ssize_t n;

	if (s->ready || s->regular) {
		s->ready = false;
		return read(s->fd, data, size);
	}
	if (s->try_nowait) {
		n = preadv2(s->fd, &iov, 1, -1, RWF_NOWAIT);
		if (n >= 0 || errno == EAGAIN)
			return n;
		s->try_nowait = false;
	}
	errno = EAGAIN;
	return -1;
}

static enum pull
source_next_word(struct source *s, struct value *v)
{
	if (s->next == s->count)
		return PULL_END;
	v->bytes = s->words[s->next++];
	v->length = v->size = strlen(v->bytes);
	v->ends_line = true;
	return PULL_OK;
}

enum pull
source_next(struct source *s, struct value *v)
{
	char *data;
	size_t room;
	ssize_t n;
	int reads;

	if (s->spoilt != NULL || s->error != 0)
		return PULL_FAILED;
	if (s->split == NULL)
		return source_next_word(s, v);
	for (reads = 0; !split_take(s->split, v); reads++) {
		if (split_problem(s->split) != NULL)
			return PULL_FAILED;
		if (s->ended || split_ended(s->split))
			return PULL_END;
		if (reads == READS)
			return PULL_WAIT;
		data = split_room(s->split, &room);
		n = source_read(s, data, room);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return PULL_WAIT;
		if (n == -1) {
			s->error = errno;
			return PULL_FAILED;
		}
		if (n == 0) {
			split_end(s->split);
			s->ended = true;
			continue;
		}
		split_fed(s->split, (size_t)n);
	}
	return PULL_OK;
}

size_t
source_some(struct source *s, struct words *words, size_t values, size_t bytes)
{
	return s->split != NULL ? split_some(s->split, words, values, bytes) : 0;
}

void
source_spoil(struct source *s, const char *why)
{
	s->spoilt = why;
}

void
source_problem(const struct source *s, struct buf *b)
{
	const char *problem = s->spoilt;

	if (problem == NULL && s->split != NULL)
		problem = split_problem(s->split);
	if (s->split == NULL)
		buf_add_string(b, ":::");
	else if (s->fd == STDIN_FILENO)
		buf_add_string(b, "stdin");
	else
		buf_addf(b, "%s %s", s->option, s->name);
	buf_addf(b, ": %s", problem != NULL ? problem : strerror(s->error));
}

int
source_fd(const struct source *s)
{
	return s->fd;
}

void
source_ready(struct source *s)
{
	s->ready = true;
}
