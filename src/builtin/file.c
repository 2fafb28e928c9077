/*
 * file: see file.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builtin/file.h"

char file_room[FILE_ROOM + 1];	/* a NUL may follow */

int
file_open(const char *name)
{
	int fd;

	if (strcmp(name, "-") == 0)
		return STDIN_FILENO;
	do
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (fd == -1 && errno == EINTR);
	return fd;
}

void
file_close(int fd)
{
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

ssize_t
file_read(int fd, void *data, size_t size)
{
	ssize_t n;

	do
		n = read(fd, data, size);
	while (n == -1 && errno == EINTR);
	return n;
}

/* The room that is there anyway comes first; nothing is kept of the others. */
static int
grow(struct whole *w)
{
	size_t size = w->size != 0 ? w->size * 2 : FILE_ROOM;
	char *data;

	if (size > FILE_MOST) {
		errno = EFBIG;
		return -1;
	}
	if (w->size == 0) {
		data = file_room;
	} else if (w->data != file_room) {
		data = realloc(w->data, size + 1);
	} else {
		data = malloc(size + 1);
		if (data != NULL)
			memcpy(data, w->data, w->length);
	}
	if (data == NULL)
		return -1;
	w->data = data;
	w->size = size;
	return 0;
}

ssize_t
whole_read(struct whole *w, int fd)
{
	ssize_t n;

	if (w->length == w->size && grow(w) == -1)
		return -1;
	n = file_read(fd, w->data + w->length, w->size - w->length);
	if (n > 0)
		w->length += (size_t)n;
	w->data[w->length] = '\0';
	return n;
}

void
whole_release(struct whole *w)
{
	if (w->data != file_room)
		free(w->data);
	*w = (struct whole){0};
}
