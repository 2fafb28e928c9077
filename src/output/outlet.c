/*
 * outlet: the far right of the street.  A pipe or terminal is opened a second
 * time, as the O_NONBLOCK of the descriptor we inherited is not ours to set; a
 * socket has a flag for it; where neither works, poll(2) is asked before each
 * write and PIPE_BUF bytes at most are written, which does not block as long as
 * nobody else writes to the same pipe.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "output/outlet.h"

static int
outlet_open_again(int fd)
{
	char path[sizeof "/proc/self/fd/" + 11];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
outlet_init(struct outlet *o, int fd, const char *name)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL), own;

	*o = (struct outlet){ .name = name, .fd = fd, .kind = OUTLET_PLAIN };
	if (flags == -1 || (flags & O_ACCMODE) == O_RDONLY || fstat(fd, &st) == -1)
		return;		/* the first write says what is wrong */
	if (S_ISSOCK(st.st_mode)) {
		o->kind = OUTLET_SOCKET;
		return;
	}
	if (!S_ISFIFO(st.st_mode) && !isatty(fd))
		return;
	own = outlet_open_again(fd);
	o->kind = own != -1 ? OUTLET_OWN : OUTLET_CAREFUL;
	if (own != -1)
		o->fd = own;
}

void
outlet_release(struct outlet *o)
{
	if (o->kind == OUTLET_OWN)
		(void)close(o->fd);
}

void
outlet_settle(struct outlet *o)
{
	int copy;

	if (o->kind != OUTLET_PLAIN || !o->used || o->error != 0)
		return;
	copy = dup(o->fd);
	if (copy != -1 && close(copy) == -1 && errno != EINTR)
		o->error = errno;
}

bool
outlet_watched(const struct outlet *o)
{
	return o->used && o->error == 0 && o->kind != OUTLET_PLAIN;
}

void
outlet_polled(struct outlet *o, int revents)
{
	if (!o->blocked && (revents & (POLLERR | POLLHUP)) != 0) {
		o->error = EPIPE;
		return;
	}
	o->blocked = false;
	o->permitted = true;
}

static ssize_t
outlet_write_once(struct outlet *o, const void *data, size_t length)
{
	switch (o->kind) {
	case OUTLET_SOCKET:
		return send(o->fd, data, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	case OUTLET_CAREFUL:
		if (!o->permitted) {
			errno = EAGAIN;
			return -1;
		}
		o->permitted = false;
		return write(o->fd, data, length < PIPE_BUF ? length : PIPE_BUF);
	default:
		return write(o->fd, data, length);
	}
}

void
outlet_ask(struct outlet *o)
{
	struct pollfd fd = { o->fd, POLLOUT, 0 };

	if (poll(&fd, 1, 0) == 1)
		outlet_polled(o, fd.revents);
}

size_t
outlet_write(struct outlet *o, const void *data, size_t length)
{
	const char *p = data;
	size_t left = length;
	ssize_t n;

	while (left > 0 && o->error == 0 && !o->blocked) {
		n = outlet_write_once(o, p, left);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			o->blocked = true;
		else if (n == -1)
			o->error = errno;
		else {
			o->used = true;
			p += n;
			left -= (size_t)n;
		}
	}
	return o->error != 0 ? length : length - left;
}

ssize_t
outlet_splice(struct outlet *o, int fd, size_t length)
{
	ssize_t n;

	if (o->no_splice || (o->kind != OUTLET_OWN && o->kind != OUTLET_PLAIN)) {
		errno = ENOTSUP;
		return -1;
	}
	n = splice(fd, NULL, o->fd, NULL, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n == -1 && errno == EAGAIN)
		o->blocked = true;
	else if (n == -1 && errno != EINTR) {
		/* A terminal, a file opened to append, a full disk: write(2) knows. */
		o->no_splice = true;
		errno = ENOTSUP;
	} else if (n > 0)
		o->used = true;
	return n;
}
