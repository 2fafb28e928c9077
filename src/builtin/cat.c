/*
 * cat: files, one after the other.
 */
#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/file.h"
#include "builtin/text.h"
#include "builtin/call.h"

static int
copy(struct call *c, const char *name, int fd)
{
	ssize_t n;

	(void)name;
	while ((n = file_read(fd, file_room, FILE_ROOM)) > 0)
		io_write(c->io, file_room, (size_t)n);
	return (int)n;
}

int
builtin_cat(int argc, char **argv, struct io *io)
{
	struct call c;
	int option;

	call_start(&c, argc, argv, io);
	/* -u, of POSIX, is what is done anyway. */
	while ((option = call_option(&c, "u")) != 0)
		if (option == -1)
			return 1;
	return call_files(&c, copy);
}
