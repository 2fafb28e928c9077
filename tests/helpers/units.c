/*
 * units: asks one pure module a question and prints its answer, so that a test
 * can be about a module and not about a process.
 *
 *	units scan LINE          contexts of the {} in a shell line, or why not
 *	units line LINE COUNT    words that run LINE with so many empty fields, and whether
 *	                         as many bytes were measured
 *	units quote CONTEXT STR  plain, single, double
 *	units cpus ROOT          CPUs with the files below that directory
 *	units number STR         a number of 64 bits
 *	units duration STR       nanoseconds
 *	units moment STR         nanoseconds
 *	units size STR           bytes
 *	units split CHAR LIMIT   values on stdin: length kept, size, bytes, a byte at a time;
 *	                         those of CSV if CHAR is csv
 *	units capture LIMIT OPS  what a capture gives back: see below
 *	units builtin NAME ...   what the builtin does with these arguments
 *	units builtins SEP ...   calls of builtins one after the other, between separators,
 *	                         and the status of each
 *	units builtin-list       their usage
 */
#include <err.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parmap.h"
#include "base/buf.h"
#include "base/num.h"
#include "base/quote.h"
#include "base/words.h"
#include "builtin/builtin.h"
#include "command/scan.h"
#include "command/template.h"
#include "plan.h"
#include "input/split.h"
#include "output/capture.h"
#include "run/limits.h"

static const char *const contexts[] = {
	[QUOTE_PLAIN] = "plain", [QUOTE_SINGLE] = "single", [QUOTE_DOUBLE] = "double",
};

static int
ask_scan(char **argv)
{
	enum quote_context found[64];
	struct buf line = {0};
	const char *p = argv[0], *hole, *why;
	size_t i, holes = 0;

	for (; (hole = strstr(p, "{}")) != NULL; p = hole + 2, holes++) {
		buf_add(&line, p, (size_t)(hole - p));
		buf_add_byte(&line, SCAN_HOLE);
	}
	buf_add_string(&line, p);
	if (scan_line(line.data, line.length, found, &why) == -1) {
		(void)printf("refused: %s\n", why);
		buf_release(&line);
		return 1;
	}
	for (i = 0; i < holes; i++)
		(void)printf("%s\n", contexts[found[i]]);
	buf_release(&line);
	return 0;
}

static int
ask_line(char **argv)
{
	const struct template_style style = { .all = "{}", .context = argv[0][0] == '\0' };
	struct template *t;
	struct words fields = {0}, names = {0}, words = {0};
	struct need need;
	const char *why;
	long i;

	t = template_line(&style, "sh", argv, 1, &why);
	if (t == NULL)
		errx(1, "%s", why);
	for (i = atol(argv[1]); i > 0; i--)
		words_add(&fields, "", 0);
	template_expand(t, &(struct attempt){ .fields = &fields, .names = &names }, &words);
	template_measure(t, &(struct load){ .count = fields.count }, &need);
	(void)printf("%zu words%s\n", words.count,
	    words.bytes.length > need.bytes ? ", more bytes than measured" : "");
	words_release(&words);
	words_release(&fields);
	template_free(t);
	return 0;
}

static int
ask_quote(char **argv)
{
	struct buf b = {0};
	size_t i;

	for (i = 0; i < 3; i++)
		if (strcmp(argv[0], contexts[i]) == 0)
			quote_add(&b, (enum quote_context)i, argv[1], strlen(argv[1]));
	(void)printf("%s\n", buf_string(&b));
	buf_release(&b);
	return 0;
}

static int
ask_cpus(char **argv)
{
	(void)printf("%zu\n", limits_cpus(argv[0]));
	return 0;
}

static int
ask_number(char **argv)
{
	const char *why;
	long long n;

	if (num_parse(argv[0], LLONG_MIN, LLONG_MAX, &n, &why) == -1)
		errx(1, "%s", why);
	(void)printf("%lld\n", n);
	return 0;
}

static int
ask_duration(char **argv)
{
	const char *why;
	int64_t t;

	if (num_duration(argv[0], &t, &why) == -1)
		errx(1, "%s", why);
	(void)printf("%jd\n", (intmax_t)t);
	return 0;
}

static int
ask_moment(char **argv)
{
	const char *why;
	int64_t t;

	if (num_moment(argv[0], &t, &why) == -1)
		errx(1, "%s", why);
	(void)printf("%jd\n", (intmax_t)t);
	return 0;
}

static int
ask_size(char **argv)
{
	const char *why;
	size_t n;

	if (num_size(argv[0], &n, &why) == -1)
		errx(1, "%s", why);
	(void)printf("%zu\n", n);
	return 0;
}

static int
ask_split(char **argv)
{
	struct split_format format = {
		.framing = strcmp(argv[0], "csv") == 0 ? FRAMING_CSV : FRAMING_BYTE,
		.delimiter = argv[0][0], .separator = ',', .limit = (size_t)atol(argv[1]),
	};
	struct split *s = split_new(&format);
	struct value v;
	unsigned number = 0;
	size_t room;
	ssize_t n;

	do {
		n = read(STDIN_FILENO, split_room(s, &room), 1);
		if (n > 0)
			split_fed(s, 1);
		else
			split_end(s);
		while (split_take(s, &v))
			(void)printf("%u %zu %zu %.*s\n", ++number, v.length,
			    v.size, v.length < 20 ? (int)v.length : 20, v.bytes);
	} while (n > 0);
	split_free(s);
	return 0;
}

static unsigned int seed = 1;

static unsigned int
random_next(unsigned int below)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 8) % below;
}

/* What a stream has at that place, whichever way it got there. */
static char
expected(enum stream stream, size_t at)
{
	return (char)(at * 31 + at / 251 + (stream == STREAM_ERR ? 7 : 0));
}

static void
put(struct capture *c, struct hold *h, enum stream stream, size_t *at, size_t length)
{
	char *data = malloc(length + 1);
	size_t i;

	for (i = 0; i < length; i++)
		data[i] = expected(stream, (*at)++);
	capture_add(c, h, stream, data, length);
	free(data);
}

/* Reads back at most so many bytes and compares them with what was put. */
static void
get(struct capture *c, struct hold *h, size_t *at, size_t most)
{
	enum stream stream;
	const char *data;
	size_t i, length;

	data = capture_peek(c, h, &stream, &length);
	if (data == NULL) {
		if (length != 0)
			err(1, "capture_peek");
		return;
	}
	if (length > most)
		length = most;
	for (i = 0; i < length; i++)
		if (data[i] != expected(stream, at[stream]++))
			errx(1, "wrong byte %zu of stream %d", at[stream], stream);
	capture_skip(c, h, length);
}

/*
 * Random operations on a capture whose memory is limited: everything comes back
 * in order, and nothing is left on the account.
 */
static int
ask_capture(char **argv)
{
	struct hold h;
	struct capture c, other;
	size_t put_at[2] = {0}, got_at[2] = {0};
	long i, operations = atol(argv[1]);
	enum stream stream;

	hold_init(&h, (size_t)atol(argv[0]));
	capture_init(&c);
	capture_init(&other);
	for (i = 0; i < operations; i++) {
		stream = random_next(3) == 0 ? STREAM_ERR : STREAM_OUT;
		switch (random_next(8)) {
		case 0:
			put(&c, &h, stream, &put_at[stream], random_next(200000));
			break;
		case 1: case 2:
			put(&c, &h, stream, &put_at[stream], random_next(300));
			break;
		case 3: case 4:
			put(&other, &h, stream, &put_at[stream], random_next(5000));
			put(&other, &h, STREAM_ERR, &put_at[STREAM_ERR], random_next(50));
			capture_append(&c, &h, &other);
			break;
		default:
			get(&c, &h, got_at, 1 + random_next(90000));
			break;
		}
	}
	while (!capture_empty(&c))
		get(&c, &h, got_at, 1 + random_next(90000));
	if (got_at[0] != put_at[0] || got_at[1] != put_at[1])
		errx(1, "put %zu and %zu bytes, got %zu and %zu", put_at[0], put_at[1],
		    got_at[0], got_at[1]);
	if (h.used != 0)
		errx(1, "%zu bytes are still accounted for", h.used);
	(void)printf("%zu bytes\n", got_at[0] + got_at[1]);
	capture_release(&c, &h);
	hold_release(&h);
	return 0;
}

static void
write_out(struct io *io, int stream, const void *data, size_t length)
{
	const char *p = data;
	ssize_t n;

	(void)io;
	for (; length > 0; p += n, length -= (size_t)n)
		if ((n = write(stream, p, length)) == -1)
			err(125, "write");
}

/* It must leave no descriptor open. */
static int
call_builtin(char **argv)
{
	const struct builtin *b = builtin_find(argv[0]);
	struct io io = { .write = write_out };
	int argc, before = dup(1), after, status;

	if (b == NULL)
		errx(125, "%s: no such builtin", argv[0]);
	for (argc = 0; argv[argc] != NULL; argc++)
		;
	(void)close(before);
	status = b->run(argc, argv, &io);
	after = dup(1);
	(void)close(after);
	if (after != before)
		errx(125, "%s: descriptor %d is left open", argv[0], before);
	return status;
}

static int
ask_builtin(char **argv)
{
	return call_builtin(argv);
}

static int
ask_builtins(char **argv)
{
	const char *separator = *argv++;
	char **end, status[32];
	bool last = false;

	for (; !last; argv = end + 1) {
		for (end = argv; *end != NULL && strcmp(*end, separator) != 0; end++)
			;
		last = *end == NULL;
		*end = NULL;
		(void)snprintf(status, sizeof status, "status %d\n", call_builtin(argv));
		write_out(NULL, 1, status, strlen(status));
	}
	return 0;
}

static int
ask_builtin_list(char **argv)
{
	struct buf b = {0};

	(void)argv;
	builtin_list(&b);
	write_out(NULL, 1, b.data, b.length);
	buf_release(&b);
	return 0;
}

#define SOME	(-1)	/* at least one */

static const struct {
	const char	*name;
	int		(*ask)(char **);
	int		 arguments;
} questions[] = {
	{ "scan", ask_scan, 1 }, { "line", ask_line, 2 },
	{ "quote", ask_quote, 2 }, { "cpus", ask_cpus, 1 },
	{ "number", ask_number, 1 }, { "duration", ask_duration, 1 }, { "size", ask_size, 1 },
	{ "moment", ask_moment, 1 },
	{ "split", ask_split, 2 }, { "capture", ask_capture, 2 },
	{ "builtin", ask_builtin, SOME }, { "builtins", ask_builtins, SOME },
	{ "builtin-list", ask_builtin_list, 0 },
};

int
main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < sizeof questions / sizeof questions[0]; i++)
		if (strcmp(argv[1], questions[i].name) == 0 &&
		    (argc == questions[i].arguments + 2 ||
		    (questions[i].arguments == SOME && argc > 2)))
			return questions[i].ask(argv + 2);
	errx(2, "no such question");
}
