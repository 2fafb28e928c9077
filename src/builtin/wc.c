/*
 * wc: lines, words and bytes.  A word is of any bytes but white space, so that it is the
 * same in every locale.
 */
#include <sys/stat.h>

#include <errno.h>
#include <unistd.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/file.h"
#include "builtin/text.h"
#include "builtin/call.h"

#define PIPE_WIDTH	7	/* of a number, if the size of something is not known */
#define PAGE		4096

struct counts {
	uintmax_t	lines;
	uintmax_t	words;
	uintmax_t	bytes;
};

static struct {
	bool		lines;
	bool		words;
	bool		bytes;
	int		width;
	struct counts	total;
} wc;

static uintmax_t
count_lines(const char *p, const char *end)
{
	uintmax_t n = 0;

	while (p < end)
		n += *p++ == '\n';
	return n;
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static uintmax_t
count_words(const char *p, const char *end, bool *within)
{
	uintmax_t n = 0;
	bool was = *within, is;

	for (; p < end; p++, was = is) {
		is = !is_space(*p);
		n += is && !was;
	}
	*within = was;
	return n;
}

static int
count_all(int fd, struct counts *n)
{
	bool within = false;
	ssize_t got;

	while ((got = file_read(fd, file_room, FILE_ROOM)) > 0) {
		n->bytes += (uintmax_t)got;
		if (wc.lines)
			n->lines += count_lines(file_room, file_room + got);
		if (wc.words)
			n->words += count_words(file_room, file_room + got, &within);
	}
	return (int)got;
}

/* Files of the kernel's own have the size of a page, or none, and another length. */
static bool
is_size_known(int fd, struct counts *n)
{
	struct stat st;

	if (wc.lines || wc.words || fd == STDIN_FILENO || fstat(fd, &st) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_size % PAGE == 0)
		return false;
	n->bytes = (uintmax_t)st.st_size;
	return true;
}

static void
print_number(struct text *t, bool wanted, uintmax_t n, bool *first)
{
	if (!wanted)
		return;
	if (!*first)
		text_byte(t, ' ');
	*first = false;
	text_number(t, n, wc.width);
}

static void
print_counts(struct text *t, const struct counts *n, const char *name)
{
	bool first = true;

	print_number(t, wc.lines, n->lines, &first);
	print_number(t, wc.words, n->words, &first);
	print_number(t, wc.bytes, n->bytes, &first);
	if (name != NULL)
		text_byte(t, ' ');
	if (name != NULL && strchr(name, '\n') != NULL)
		text_name(t, name, false);
	else if (name != NULL)
		text_string(t, name);
	text_byte(t, '\n');
}

/* What was counted before an error is printed, too. */
static int
count_file(struct call *c, const char *name, int fd)
{
	struct counts n = {0};
	int error, result = 0;

	if (!is_size_known(fd, &n))
		result = count_all(fd, &n);
	error = errno;
	print_counts(&c->out, &n, c->count > 0 ? name : NULL);
	wc.total.lines += n.lines;
	wc.total.words += n.words;
	wc.total.bytes += n.bytes;
	errno = error;
	return result;
}

/* Numbers have as many columns as the greatest can need. */
static int
width_for(char *const *names, int count)
{
	struct stat st;
	uintmax_t sum = 0;
	int i, width = 1, least = 1;

	for (i = 0; i < count; i++) {
		if ((strcmp(names[i], "-") == 0 ? fstat(STDIN_FILENO, &st) :
		    stat(names[i], &st)) == -1)
			continue;
		if (S_ISREG(st.st_mode))
			sum += (uintmax_t)st.st_size;
		else
			least = PIPE_WIDTH;
	}
	for (; sum >= 10; sum /= 10)
		width++;
	return width > least ? width : least;
}

static int
take_options(struct call *c)
{
	int option;

	wc.lines = wc.words = wc.bytes = false;
	while ((option = call_option(c, "clw")) != 0) {
		if (option == -1)
			return -1;
		wc.lines |= option == 'l';
		wc.words |= option == 'w';
		wc.bytes |= option == 'c';
	}
	if (!wc.lines && !wc.words && !wc.bytes)
		wc.lines = wc.words = wc.bytes = true;
	return 0;
}

int
builtin_wc(int argc, char **argv, struct io *io)
{
	static char standard[] = "-";
	char *const input = standard;
	struct call c;
	int status;

	call_start(&c, argc, argv, io);
	if (take_options(&c) == -1)
		return 1;
	c.nameless = "invalid zero-length file name";
	wc.width = 1;
	wc.total = (struct counts){0};
	if (c.count > 1 || wc.lines + wc.words + wc.bytes > 1)
		wc.width = width_for(c.count > 0 ? c.operands : &input,
		    c.count > 0 ? c.count : 1);
	status = call_files(&c, count_file);
	if (c.count > 1)
		print_counts(&c.out, &wc.total, "total");
	text_end(&c.out);
	return status;
}
