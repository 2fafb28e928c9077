/*
 * spill: where held output goes when memory is used up.  The file has no name
 * from the beginning where the file system can do that, else from right after,
 * so nothing of it is left however we end.
 */
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/tmpdir.h"
#include "output/spill.h"

#define FREE_PERCENT	5	/* of the file system, left to others */

struct spill {
	int	 fd;		/* -1: nobody has asked so far */
	off_t	 end;		/* of the extents that were ever taken */
	off_t	*unused;	/* those among them that are free */
	size_t	 unused_count;
	size_t	 unused_room;
	bool	 dead;		/* no file to be had */
	bool	 tight;		/* no room, last time we looked */
	bool	 no_splice;
};

struct spill *
spill_new(void)
{
	struct spill *s = mem_array(1, sizeof *s);

	s->fd = -1;
	return s;
}

void
spill_free(struct spill *s)
{
	if (s->fd != -1)
		(void)close(s->fd);
	free(s->unused);
	free(s);
}

static int
spill_open(void)
{
	const char *dir = tmpdir();
	char path[PATH_MAX];
	int fd;

	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
	if (snprintf(path, sizeof path, "%s/parmap.XXXXXXXXXX", dir) >= (int)sizeof path)
		return -1;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd != -1)
		(void)unlink(path);
	return fd;
}

/* May the file grow by an extent? */
static bool
spill_room(const struct spill *s)
{
	struct statvfs fs;

	if (fstatvfs(s->fd, &fs) == -1)
		return false;
	return (unsigned long long)fs.f_bavail * fs.f_frsize >=
	    SPILL_EXTENT + (unsigned long long)fs.f_blocks * fs.f_frsize / 100 *
	    FREE_PERCENT;
}

bool
spill_usable(const struct spill *s)
{
	return !s->dead && !s->tight;
}

off_t
spill_take(struct spill *s)
{
	off_t place;

	if (s->fd == -1 && !s->dead) {
		s->fd = spill_open();
		s->dead = s->fd == -1;
	}
	if (s->dead)
		return -1;
	if (s->unused_count > 0)
		return s->unused[--s->unused_count];
	if (!spill_room(s)) {
		s->tight = true;
		return -1;
	}
	place = s->end;
	s->end += SPILL_EXTENT;
	return place;
}

void
spill_give(struct spill *s, off_t place)
{
	if (s->unused_count == s->unused_room) {
		s->unused_room = s->unused_room != 0 ? 2 * s->unused_room : 16;
		s->unused = mem_resize(s->unused, s->unused_room, sizeof *s->unused);
	}
	s->unused[s->unused_count++] = place;
	s->tight = false;
	/* All are free: give the disk back. */
	if ((off_t)s->unused_count * SPILL_EXTENT == s->end &&
	    ftruncate(s->fd, 0) == 0) {
		s->unused_count = 0;
		s->end = 0;
	}
}

void
spill_retry(struct spill *s)
{
	s->tight = false;
}

int
spill_write(struct spill *s, off_t place, const void *data, size_t length)
{
	const char *p = data;
	ssize_t n;

	while (length > 0) {
		n = pwrite(s->fd, p, length, place);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0) {
			s->tight = true;
			return -1;
		}
		p += n;
		place += n;
		length -= (size_t)n;
	}
	return 0;
}

int
spill_read(struct spill *s, off_t place, void *data, size_t length)
{
	char *p = data;
	ssize_t n;

	while (length > 0) {
		n = pread(s->fd, p, length, place);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO;	/* it was there when we wrote it */
		if (n <= 0)
			return -1;
		p += n;
		place += n;
		length -= (size_t)n;
	}
	return 0;
}

ssize_t
spill_splice(struct spill *s, off_t place, int fd, size_t length)
{
	ssize_t n;

	if (s->no_splice) {
		errno = ENOTSUP;
		return -1;
	}
	n = splice(fd, NULL, s->fd, &place, length, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
	if (n == -1 && (errno == EINVAL || errno == ENOSYS || errno == EPERM)) {
		s->no_splice = true;
		errno = ENOTSUP;
	} else if (n == -1 && errno != EAGAIN && errno != EINTR) {
		/* The bytes are still in the pipe. */
		s->tight = true;
		errno = ENOTSUP;
	}
	return n;
}
