/*
 * grep: the lines of files in which a pattern is.  All files are text, a line is bytes.
 */
#include <errno.h>
#include <regex.h>
#include <unistd.h>

#include "parmap.h"
#include "base/countof.h"
#include "builtin/builtin.h"
#include "builtin/file.h"
#include "builtin/match.h"
#include "builtin/text.h"
#include "builtin/call.h"

#define TROUBLE	2	/* exit status */

static struct {
	bool		 count;		/* -c, and so on */
	bool		 list;
	bool		 invert;
	bool		 number;
	bool		 quiet;
	bool		 with_name;
	int		 flags;
	char		*patterns;	/* those of -e, if any: each with a newline */
	size_t		 length;
	/* Of the file that is read: */
	const char	*name;
	uintmax_t	 found;
	uintmax_t	 lines;		/* before `counted` */
	const char	*counted;
} grep;

static void
print_line(struct text *t, const char *line, const char *end)
{
	if (grep.with_name) {
		text_string(t, grep.name);
		text_byte(t, ':');
	}
	if (grep.number) {
		for (; grep.counted < line; grep.counted++)
			grep.lines += *grep.counted == '\n';
		text_number(t, grep.lines + 1, 0);
		text_byte(t, ':');
	}
	text_add(t, line, (size_t)(end - line));
	text_byte(t, '\n');
}

/* False when there is no need to look at more of the file. */
static bool
select_line(struct call *c, const char *line, const char *end)
{
	grep.found++;
	if (grep.quiet || grep.list)
		return false;
	if (!grep.count)
		print_line(&c->out, line, end);
	return true;
}

/* All lines from p to the end of one that does not match. */
static bool
select_others(struct call *c, const char *p, const char *end)
{
	const char *newline;

	for (; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		if (newline == NULL)
			newline = end;
		if (!select_line(c, p, newline))
			return false;
	}
	return true;
}

static bool
search(struct call *c, char *p, char *end, bool *error)
{
	char *line, *line_end;

	for (; p < end; p = line_end + 1) {
		line = match_find(p, end, &line_end, error);
		if (*error)
			return false;
		if (grep.invert && !select_others(c, p, line != NULL ? line : end))
			return false;
		if (line == NULL)
			break;
		if (!grep.invert && !select_line(c, line, line_end))
			return false;
	}
	return true;
}

/* What was read, up to the last newline, or all of it at the end of the file. */
static bool
search_whole(struct call *c, struct whole *w, size_t known, bool at_end, bool *error)
{
	char *newline = memrchr(w->data + known, '\n', w->length - known);
	size_t length = newline != NULL ? (size_t)(newline + 1 - w->data) : 0;

	if (at_end)
		length = w->length;
	if (length == 0)
		return true;
	grep.counted = w->data;
	if (!search(c, w->data, w->data + length, error))
		return false;
	for (; grep.number && grep.counted < w->data + length; grep.counted++)
		grep.lines += *grep.counted == '\n';
	memmove(w->data, w->data + length, w->length - length);
	w->length -= length;
	return true;
}

static int
search_file(struct call *c, int fd)
{
	struct whole w = {0};
	size_t known;
	ssize_t n;
	bool error = false;
	int e;

	do {
		known = w.length;
		n = whole_read(&w, fd);
	} while (n >= 0 && search_whole(c, &w, known, n == 0, &error) && n > 0);
	e = error ? ENOMEM : errno;
	whole_release(&w);
	errno = e;
	return n == -1 || error ? -1 : 0;
}

static void
print_result(struct text *t)
{
	if (grep.quiet || !(grep.list ? grep.found > 0 : grep.count))
		return;
	if (grep.with_name || grep.list)
		text_string(t, grep.name);
	if (!grep.list) {
		if (grep.with_name)
			text_byte(t, ':');
		text_number(t, grep.found, 0);
	}
	text_byte(t, '\n');
}

static int
grep_file(struct call *c, const char *name)
{
	int fd = file_open(name), status = TROUBLE;

	grep.name = fd == STDIN_FILENO ? "(standard input)" : name;
	grep.found = grep.lines = 0;
	if (fd != -1 && search_file(c, fd) == 0)
		status = grep.found > 0 ? 0 : 1;
	if (status == TROUBLE) {
		text_end(&c->out);
		io_error(c->io, "%s: %s: %s\n", c->name, grep.name,
		    errno == EFBIG ? "line too long" : strerror(errno));
	}
	if (fd != -1)
		print_result(&c->out);
	file_close(fd);
	return status;
}

static int
add_pattern(struct call *c)
{
	size_t length = strlen(c->value);
	char *more = realloc(grep.patterns, grep.length + length + 1);

	if (more == NULL) {
		call_say(c, "memory exhausted");
		return -1;
	}
	grep.patterns = more;
	memcpy(more + grep.length, c->value, length);
	more[grep.length + length] = '\n';
	grep.length += length + 1;
	return 0;
}

static int
take_option(struct call *c, int option)
{
	static const struct {
		char	 letter;
		bool	*flag;
	} flags[] = {
		{ 'c', &grep.count }, { 'l', &grep.list }, { 'v', &grep.invert },
		{ 'n', &grep.number }, { 'q', &grep.quiet },
	};
	size_t i;

	for (i = 0; i < countof(flags); i++)
		if (option == flags[i].letter)
			*flags[i].flag = true;
	if (option == 'i')
		grep.flags |= REG_ICASE;
	/* The last one counts. */
	if (option == 'E' || option == 'F')
		grep.flags = (grep.flags & REG_ICASE) |
		    (option == 'E' ? REG_EXTENDED : MATCH_FIXED);
	return option == 'e' ? add_pattern(c) : 0;
}

static int
take_options(struct call *c)
{
	int option, names = 0;

	/* -a is what is done anyway. */
	while ((option = call_option(c, "EFHace:hilnqv")) != 0) {
		if (option == -1 || take_option(c, option) == -1)
			return -1;
		if (option == 'H' || option == 'h')
			names = option;
	}
	if (grep.patterns == NULL) {
		if (c->count == 0) {
			call_say(c, "missing pattern");
			return -1;
		}
		c->value = *c->operands++;
		c->count--;
		if (add_pattern(c) == -1)
			return -1;
	}
	grep.with_name = names != 0 ? names == 'H' : c->count > 1;
	return 0;
}

static int
grep_all(struct call *c)
{
	const char *why;
	int i, status, found = 1, trouble = 0;

	if (match_set(grep.patterns, grep.length - 1, grep.flags, &why) == -1) {
		call_say(c, "%s", why);
		return TROUBLE;
	}
	for (i = 0; i < (c->count > 0 ? c->count : 1); i++) {
		status = grep_file(c, c->count > 0 ? c->operands[i] : "-");
		if (grep.found > 0)
			found = 0;
		if (grep.found > 0 && grep.quiet)
			return 0;
		if (status == TROUBLE)
			trouble = TROUBLE;
	}
	return trouble != 0 ? trouble : found;
}

int
builtin_grep(int argc, char **argv, struct io *io)
{
	struct call c;
	int status = TROUBLE;

	memset(&grep, 0, sizeof grep);
	call_start(&c, argc, argv, io);
	if (take_options(&c) == 0)
		status = grep_all(&c);
	text_end(&c.out);
	free(grep.patterns);
	return status;
}
