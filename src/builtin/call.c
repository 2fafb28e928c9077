/*
 * call: see call.h.
 */
#include <errno.h>

#include "parmap.h"
#include "builtin/file.h"
#include "builtin/text.h"
#include "builtin/call.h"

void
call_start(struct call *c, int argc, char **argv, struct io *io)
{
	c->io = io;
	c->name = argc > 0 ? argv[0] : "";
	c->operands = c->next = argv + (argc > 0);
	c->count = 0;
	c->value = NULL;
	c->letters = NULL;
	c->ended = false;
	c->nameless = NULL;
	text_start(&c->out, io, 1);
}

/*
 * Goes to the next word with options in it; the operands before it gather at the front, or
 * are the end of options.
 */
static bool
find_options(struct call *c, bool first)
{
	char *word;

	while ((word = *c->next) != NULL) {
		c->next++;
		if (!c->ended && strcmp(word, "--") == 0) {
			c->ended = true;
		} else if (!c->ended && word[0] == '-' && word[1] != '\0') {
			c->letters = word + 1;
			return true;
		} else {
			c->operands[c->count++] = word;
			c->ended = c->ended || first;
		}
	}
	c->operands[c->count] = NULL;
	return false;
}

/* Of an option: the rest of its word, or the next word. */
static bool
take_value(struct call *c)
{
	c->value = *c->letters != '\0' ? c->letters : *c->next;
	if (c->value != NULL && c->value != c->letters)
		c->next++;
	c->letters = NULL;
	return c->value != NULL;
}

int
call_option(struct call *c, const char *options)
{
	const char *option;
	char letter;

	if ((c->letters == NULL || *c->letters == '\0') && !find_options(c, options[0] == '+'))
		return 0;
	letter = *c->letters++;
	if (letter == '-' && c->letters - 2 == c->next[-1]) {
		call_say(c, "unrecognized option '-%s'", c->letters - 1);
		return -1;
	}
	option = letter != ':' && letter != '+' ? strchr(options, letter) : NULL;
	if (option == NULL) {
		call_say(c, "invalid option -- '%c'", letter);
		return -1;
	}
	if (option[1] == ':' && !take_value(c)) {
		call_say(c, "option requires an argument -- '%c'", letter);
		return -1;
	}
	return (unsigned char)letter;
}

int
call_operands(struct call *c)
{
	if (c->count > 0)
		return 0;
	call_say(c, "missing operand");
	return -1;
}

/* The beginning of what is said. */
static void
complaint_start(struct call *c, struct text *t, const char *before)
{
	text_end(&c->out);
	text_start(t, c->io, 2);
	text_string(t, c->name);
	text_string(t, ": ");
	text_string(t, before);
}

static void
complaint_end(struct text *t, int error)
{
	if (error != 0) {
		text_string(t, ": ");
		text_string(t, strerror(error));
	}
	text_byte(t, '\n');
	text_end(t);
}

void
call_complain(struct call *c, const char *before, const char *name, const char *after,
    int error)
{
	struct text t;

	complaint_start(c, &t, before);
	text_name(&t, name, before[0] != '\0');
	text_string(&t, after);
	complaint_end(&t, error);
}

void
call_refuse(struct call *c, const char *before, const char *word, int error)
{
	struct text t;

	complaint_start(c, &t, before);
	text_word(&t, word);
	complaint_end(&t, error);
}

void
call_say(struct call *c, const char *format, ...)
{
	char text[512];
	va_list args;

	text_end(&c->out);
	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	io_error(c->io, "%s: %s\n", c->name, text);
}

static int
visit(struct call *c, const char *name, int (*function)(struct call *, const char *, int))
{
	int fd, status = 0;

	if (c->nameless != NULL && name[0] == '\0') {
		call_say(c, "%s", c->nameless);
		return 1;
	}
	fd = file_open(name);
	if (fd == -1 || function(c, name, fd) == -1) {
		call_complain(c, "", name, "", errno);
		status = 1;
	}
	file_close(fd);
	return status;
}

int
call_files(struct call *c, int (*function)(struct call *, const char *, int))
{
	int i, status = 0;

	if (c->count == 0)
		status = visit(c, "-", function);
	for (i = 0; i < c->count; i++)
		status |= visit(c, c->operands[i], function);
	text_end(&c->out);
	return status;
}
