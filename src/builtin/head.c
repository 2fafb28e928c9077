/*
 * head: the first lines or bytes of files, or all but the last.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/file.h"
#include "builtin/text.h"
#include "builtin/call.h"

static struct {
	bool		bytes;		/* not lines */
	bool		but_last;
	bool		quiet;
	bool		verbose;
	uintmax_t	count;
	int		shown;		/* files that have a header */
} head;

/* How much of it is within the lines that are still wanted, of which it takes some. */
static size_t
take_lines(const char *data, size_t length, uintmax_t *lines)
{
	const char *p = data, *end = data + length;

	while (*lines > 0 && p < end) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (p == NULL)
			return length;
		p++;
		--*lines;
	}
	return (size_t)(p - data);
}

static int
print_first(struct call *c, int fd, bool bytes, uintmax_t left)
{
	size_t size, taken;
	ssize_t n;

	while (left > 0) {
		size = bytes && left < FILE_ROOM ? (size_t)left : FILE_ROOM;
		n = file_read(fd, file_room, size);
		if (n <= 0)
			return (int)n;
		taken = bytes ? (size_t)n : take_lines(file_room, (size_t)n, &left);
		if (bytes)
			left -= taken;
		io_write(c->io, file_room, taken);
	}
	return 0;
}

/* Goes back from `end` over so many newlines; the offset after the next one before. */
static size_t
skip_back(const char *data, size_t end, uintmax_t *lines)
{
	const char *newline;

	for (;; end = (size_t)(newline - data), --*lines) {
		newline = memrchr(data, '\n', end);
		if (newline == NULL)
			return 0;
		if (*lines == 1)
			break;
	}
	--*lines;
	return (size_t)(newline + 1 - data);
}

/* Of a file that is in memory: how much is before the last lines or bytes. */
static size_t
without_last(const char *data, size_t length)
{
	uintmax_t lines = head.count;

	if (head.bytes || lines == 0 || length == 0)
		return head.count < length ? length - (size_t)head.count : 0;
	return skip_back(data, length - (data[length - 1] == '\n'), &lines);
}

static int
print_but_last(struct call *c, int fd)
{
	struct whole w = {0};
	ssize_t n;
	int error;

	while ((n = whole_read(&w, fd)) > 0)
		;
	error = errno;
	if (n == 0)
		io_write(c->io, w.data, without_last(w.data, w.length));
	whole_release(&w);
	errno = error;
	return (int)n;
}

static ssize_t
read_at(int fd, off_t at, size_t size)
{
	ssize_t n;

	do
		n = pread(fd, file_room, size, at);
	while (n == -1 && errno == EINTR);
	return n;
}

/* The same of a large file, read from its end; -1 for an error. */
static off_t
end_of_rest(int fd, off_t size)
{
	uintmax_t lines = head.count;
	off_t at = size;
	size_t end;
	ssize_t n;

	if (head.bytes || lines == 0)
		return head.count < (uintmax_t)size ? size - (off_t)head.count : 0;
	while (at > 0) {
		at = (at - 1) / (off_t)FILE_ROOM * (off_t)FILE_ROOM;
		n = read_at(fd, at, FILE_ROOM);
		if (n <= 0)
			return n;
		end = (size_t)n;
		if (at + n >= size)
			end -= file_room[n - 1] == '\n';
		end = skip_back(file_room, end, &lines);
		if (lines == 0)
			return at + (off_t)end;
	}
	return 0;
}

static int
print_rest(struct call *c, int fd)
{
	struct stat st;
	off_t end;

	/* Of a small file of the kernel's own the size may be wrong. */
	if (fd == STDIN_FILENO || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_size <= (off_t)FILE_ROOM)
		return print_but_last(c, fd);
	end = end_of_rest(fd, st.st_size);
	if (end == -1)
		return -1;
	return print_first(c, fd, true, (uintmax_t)end);
}

static void
print_header(struct call *c, const char *name)
{
	if (head.quiet || (!head.verbose && c->count < 2))
		return;
	text_string(&c->out, head.shown++ > 0 ? "\n==> " : "==> ");
	text_string(&c->out, name);
	text_string(&c->out, " <==\n");
	text_end(&c->out);
}

static int
print_head(struct call *c, const char *name)
{
	int fd = file_open(name), result, error;

	if (fd == STDIN_FILENO)
		name = "standard input";
	if (fd == -1) {
		call_complain(c, "cannot open ", name, " for reading", errno);
		return 1;
	}
	print_header(c, name);
	result = head.but_last ? print_rest(c, fd) : print_first(c, fd, head.bytes, head.count);
	error = errno;
	file_close(fd);
	if (result == -1)
		call_complain(c, "error reading ", name, "", error);
	return result == -1;
}

/* Times that, or the most there can be. */
static void
multiply(uintmax_t *n, uintmax_t by)
{
	if (*n > UINTMAX_MAX / by)
		errno = EOVERFLOW;
	else
		*n *= by;
}

/* Times what a suffix is worth; false if it is none. */
static bool
take_suffix(const char *suffix, uintmax_t *n)
{
	static const char letters[] = "KMGTPEZY";
	const char *letter;
	uintmax_t base = 1024;

	if (suffix[0] == '\0')
		return true;
	if (strcmp(suffix, "b") == 0) {
		multiply(n, 512);
		return true;
	}
	letter = strchr(letters, suffix[0] == 'k' || suffix[0] == 'm' ?
	    toupper((unsigned char)suffix[0]) : suffix[0]);
	if (strcmp(suffix + 1, "B") == 0)
		base = 1000;
	else if (suffix[1] != '\0' && strcmp(suffix + 1, "iB") != 0)
		return false;
	if (letter == NULL)
		return false;
	do
		multiply(n, base);
	while (letter-- > letters);
	return true;
}

static int
take_count(struct call *c, const char *word)
{
	const char *number = word + (word[0] == '-'), *digits = number;
	char *suffix;

	/* As strtoumax(3) does, but for signs that are two. */
	while (isspace((unsigned char)*digits))
		digits++;
	if (*digits == '+')
		digits++;

	errno = 0;
	head.count = strtoumax(digits, &suffix, 10);
	head.but_last = number > word;
	if (!isdigit((unsigned char)digits[0]) || !take_suffix(suffix, &head.count))
		errno = 0;
	else if (errno == 0)
		return 0;
	else
		errno = EOVERFLOW;
	call_refuse(c, head.bytes ? "invalid number of bytes: " : "invalid number of lines: ",
	    number, errno);
	return -1;
}

static int
take_options(struct call *c)
{
	int option;

	while ((option = call_option(c, "c:n:qv")) != 0) {
		if (option == -1)
			return -1;
		if (option == 'c' || option == 'n')
			head.bytes = option == 'c';
		else
			head.quiet = option == 'q', head.verbose = option == 'v';
		if (c->value != NULL && take_count(c, c->value) == -1)
			return -1;
		c->value = NULL;
	}
	return 0;
}

int
builtin_head(int argc, char **argv, struct io *io)
{
	static char standard[] = "-";
	struct call c;
	int i, status = 0;

	memset(&head, 0, sizeof head);
	head.count = 10;
	call_start(&c, argc, argv, io);
	if (take_options(&c) == -1)
		return 1;
	if (c.count == 0)
		status = print_head(&c, standard);
	for (i = 0; i < c.count; i++)
		status |= print_head(&c, c.operands[i]);
	return status;
}
