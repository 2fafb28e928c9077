/*
 * jobserver: both sides of it.  Flags of a descriptor that others have too are left as
 * they are: we read by a description of our own, or ask the kernel for a read that does
 * not wait.
 */
#include <sys/stat.h>
#include <sys/uio.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/mem.h"
#include "base/tmpdir.h"
#include "run/jobserver.h"
#include "run/makeflags.h"

#define TOKEN	'+'	/* of ours, as make has it */

struct jobserver {
	int		 in;
	int		 out;
	bool		 polite;	/* a read from it may wait, unless asked not to */
	bool		 broken;
	struct buf	 tokens;	/* that we hold */
	int		 inherited[2];	/* ends of a pipe that those we start get; or -1 */
	char		*directory;	/* that we made, with the FIFO; or NULL */
	char		*fifo;
};

static struct jobserver *
jobserver_new(void)
{
	struct jobserver *js = mem_array(1, sizeof *js);

	js->in = js->out = js->inherited[0] = js->inherited[1] = -1;
	return js;
}

/* Are these the two ends of one pipe?  If not, errno says why. */
static bool
is_pipe(const int ends[2])
{
	struct stat in, out;
	int from, to;

	from = fcntl(ends[0], F_GETFL);
	to = fcntl(ends[1], F_GETFL);
	if (from == -1 || to == -1 || fstat(ends[0], &in) == -1 || fstat(ends[1], &out) == -1)
		return false;
	errno = ENXIO;
	return S_ISFIFO(in.st_mode) && S_ISFIFO(out.st_mode) && in.st_dev == out.st_dev &&
	    in.st_ino == out.st_ino && (from & O_ACCMODE) != O_WRONLY &&
	    (to & O_ACCMODE) != O_RDONLY;
}

/* Can be read from without waiting, by ourselves alone: 0, or -1 and errno. */
static int
jobserver_open_pipe(struct jobserver *js, const int ends[2])
{
	char path[32];
	int flags;

	js->out = ends[1];
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
	js->in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (js->in != -1)
		return 0;
	flags = fcntl(ends[0], F_GETFL);
	if (flags == -1)
		return -1;
	js->in = fcntl(ends[0], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	js->polite = (flags & O_NONBLOCK) == 0;
	return js->in == -1 ? -1 : 0;
}

/* The same of a FIFO, whose reader is a writer as well, so that it never ends. */
static int
jobserver_open_fifo(struct jobserver *js, const char *path)
{
	struct stat st;

	js->in = js->out = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (js->in == -1 || fstat(js->in, &st) == -1)
		return -1;
	if (S_ISFIFO(st.st_mode))
		return 0;
	errno = ENXIO;
	return -1;
}

struct jobserver *
jobserver_join(const struct makeflags *m)
{
	struct jobserver *js = jobserver_new();
	int error, status = -1;

	errno = ENXIO;
	if (m->style == MAKEFLAGS_FIFO)
		status = jobserver_open_fifo(js, m->path.data);
	else if (m->style == MAKEFLAGS_PIPE && is_pipe(m->ends))
		status = jobserver_open_pipe(js, m->ends);
	if (status == 0)
		return js;
	error = errno;
	jobserver_free(js);
	errno = error;
	return NULL;
}

/* A FIFO in a folder of its own, as make's: 0, or -1 and errno. */
static int
jobserver_make_fifo(struct jobserver *js)
{
	struct buf path = {0};
	char *made;

	buf_addf(&path, "%s/parmap.XXXXXX", tmpdir());
	made = mkdtemp(buf_string(&path));
	/* Jobs may be somewhere else. */
	if (made != NULL && (js->directory = realpath(made, NULL)) == NULL)
		(void)rmdir(made);
	buf_release(&path);
	if (js->directory == NULL)
		return -1;
	buf_addf(&path, "%s/jobserver", js->directory);
	js->fifo = buf_string(&path);
	if (mkfifo(js->fifo, 0600) == -1)
		return -1;
	return jobserver_open_fifo(js, js->fifo);
}

/* A pipe that those we start get: 0, or -1 and errno. */
static int
jobserver_make_pipe(struct jobserver *js)
{
	if (pipe(js->inherited) == -1)
		return -1;
	return jobserver_open_pipe(js, js->inherited);
}

/* What is said of it in the environment of those we start: 0, or -1 and errno. */
static int
jobserver_announce(const struct jobserver *js, size_t jobs)
{
	static const char *const names[] = { "MAKEFLAGS", "CARGO_MAKEFLAGS" };
	struct buf options = {0}, all = {0};
	int status = 0;
	size_t i;

	buf_addf(&options, "-j%zu ", jobs);
	if (js->fifo != NULL)
		makeflags_quote("--jobserver-auth=fifo:", js->fifo, &options);
	else
		buf_addf(&options, "--jobserver-fds=%d,%d --jobserver-auth=%d,%d",
		    js->inherited[0], js->inherited[1], js->inherited[0], js->inherited[1]);
	for (i = 0; i < countof(names) && status == 0; i++) {
		all.length = 0;
		makeflags_join(getenv(names[i]), buf_string(&options), &all);
		status = setenv(names[i], buf_string(&all), 1);
	}
	buf_release(&options);
	buf_release(&all);
	return status;
}

/* Each job but one has a token, as far as there is room for them. */
static void
jobserver_fill(struct jobserver *js, size_t jobs)
{
	const size_t most = PIPE_BUF;

	for (size_t i = 1; i < jobs && i <= most; i++)
		buf_add_byte(&js->tokens, TOKEN);
	jobserver_keep(js, 0);
}

struct jobserver *
jobserver_serve(size_t jobs, enum jobserver_style style)
{
	struct jobserver *js = jobserver_new();
	int error, status;

	status = style == JOBSERVER_FIFO ? jobserver_make_fifo(js) : jobserver_make_pipe(js);
	if (status == 0 && jobserver_announce(js, jobs) == 0) {
		jobserver_fill(js, jobs);
		return js;
	}
	error = errno;
	jobserver_free(js);
	errno = error;
	return NULL;
}

void
jobserver_free(struct jobserver *js)
{
	int i;

	if (js == NULL)
		return;
	if (js->out != -1)
		jobserver_keep(js, 0);
	if (js->in != -1)
		(void)close(js->in);
	for (i = 0; i < 2; i++)
		if (js->inherited[i] != -1)
			(void)close(js->inherited[i]);
	if (js->fifo != NULL)
		(void)unlink(js->fifo);
	if (js->directory != NULL)
		(void)rmdir(js->directory);
	free(js->fifo);
	free(js->directory);
	buf_release(&js->tokens);
	free(js);
}

/* As read(2), of one byte. */
static ssize_t
jobserver_read(const struct jobserver *js, char *token)
{
	struct iovec one = { token, 1 };

	if (js->polite)
		return preadv2(js->in, &one, 1, -1, RWF_NOWAIT);
	return read(js->in, token, 1);
}

bool
jobserver_take(struct jobserver *js)
{
	ssize_t n;
	char token = TOKEN;

	if (js->broken)
		return false;
	/* Without memory it would be lost. */
	buf_reserve(&js->tokens, 1);
	do
		n = jobserver_read(js, &token);
	while (n == -1 && errno == EINTR);
	if (n == 1)
		buf_add_byte(&js->tokens, token);
	else if (n == 0 || errno != EAGAIN)
		js->broken = true;
	return n == 1;
}

void
jobserver_keep(struct jobserver *js, size_t n)
{
	ssize_t written;

	while (js->tokens.length > n) {
		/* There is room for it where it came from. */
		written = write(js->out, js->tokens.data + js->tokens.length - 1, 1);
		if (written == -1 && errno == EINTR)
			continue;
		js->tokens.length--;
	}
}

int
jobserver_fd(const struct jobserver *js)
{
	return js->broken ? -1 : js->in;
}
