/*
 * echo: the same function for parmap --plugin, which calls it for each record, and for
 * forkrun (frun -C), which calls it for a batch of them: a record, and a newline.
 */

#include <parmap.h>
#include <unistd.h>

int echo(int, char **, struct io *);
int batch(int, char **);

int
echo(int argc, char **argv, struct io *io)
{
	char *record = argv[argc - 1];
	size_t length = strlen(record);

	/* Its words are its own, up to the NUL. */
	record[length] = '\n';
	io_write(io, record, length + 1);
	return 0;
}

static int
flush(const char *p, size_t left)
{
	for (ssize_t n; left > 0; p += n, left -= (size_t)n)
		if ((n = write(1, p, left)) < 0)
			return -1;
	return 0;
}

/* stdio would write line by line, as bash has it do. */
int
batch(int argc, char **argv)
{
	static char room[65536];
	size_t held = 0, length;

	for (int i = 0; i < argc; i++) {
		length = strlen(argv[i]);
		if (length + 1 > sizeof(room))
			return 1;
		if (held + length + 1 > sizeof(room)) {
			if (flush(room, held) < 0)
				return 1;
			held = 0;
		}
		memcpy(room + held, argv[i], length);
		room[held + length] = '\n';
		held += length + 1;
	}
	return flush(room, held) < 0;
}
