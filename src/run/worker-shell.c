/*
 * worker-shell: jobs go to a shell as text that it evaluates, in a block or behind one, and
 * a line with the exit status comes back for each.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/clock.h"
#include "run/frame.h"
#include "run/shell.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define STATUS_MOST	255
#define STATUS_DIGITS	3

struct shell {
	struct worker	 worker;
	const char	*sequence_variable;	/* of jobs, with their number */
};

static void
shell_init(struct worker *w, const struct plan *plan)
{
	((struct shell *)w)->sequence_variable = plan->sequence_variable;
}

static bool
is_plain(char c)
{
	return (c >= ' ' && c <= '~') || c == '\n' || c == '\t';
}

static void
shell_add_escaped(struct buf *b, const char *word, size_t length)
{
	size_t i;

	buf_add_string(b, "$'");
	for (i = 0; i < length; i++) {
		if (!is_plain(word[i])) {
			buf_addf(b, "\\%03o", (unsigned char)word[i]);
			continue;
		}
		if (word[i] == '\'' || word[i] == '\\')
			buf_add_byte(b, '\\');
		buf_add_byte(b, word[i]);
	}
	buf_add_byte(b, '\'');
}

/*
 * In ASCII, of which bytes and characters are the same in any locale, if it may be in a
 * block; what is longer is read as bytes.
 */
static void
shell_add_word(struct buf *b, const struct words *words, size_t i)
{
	size_t length, plain = 0;
	const char *word = words_at(words, i, &length);

	while (plain < length && is_plain(word[plain]))
		plain++;
	if (plain == length || length > SHELL_BLOCK)
		quote_add(b, QUOTE_PLAIN, word, length);
	else
		shell_add_escaped(b, word, length);
}

/* Text that does not fit into a block is behind one that reads it. */
static void
shell_block(struct buf *b)
{
	size_t length = b->length - SHELL_BLOCK;
	char *block = b->data;
	int n;

	if (length <= SHELL_BLOCK) {
		b->length = SHELL_BLOCK;
		(void)memmove(block, block + SHELL_BLOCK, length);
		(void)memset(block + length, ' ', SHELL_BLOCK - length);
		return;
	}
	n = snprintf(block, SHELL_BLOCK, SHELL_READ, length);
	(void)memset(block + n, ' ', SHELL_BLOCK - (size_t)n);
}

static void
shell_ask(struct worker *w, uint64_t number, const struct batch *b,
    const struct words *command)
{
	size_t i;

	buf_reserve(&w->asked, SHELL_BLOCK);
	w->asked.length = SHELL_BLOCK;
	buf_add_string(&w->asked, "BASH_EXECUTION_STRING=");
	shell_add_word(&w->asked, command, command->count - 1);
	buf_addf(&w->asked, " %s=%ju; \\builtin set --",
	    ((struct shell *)w)->sequence_variable, (uintmax_t)number);
	for (i = 0; i < b->fields.count; i++) {
		buf_add_byte(&w->asked, ' ');
		shell_add_word(&w->asked, &b->fields, i);
	}
	shell_block(&w->asked);
}

static void
shell_hear(struct worker *w, struct heard *h)
{
	const char *p = w->heard.data + w->taken, *end = w->heard.data + w->heard.length;
	struct frame_done done = { .jobs = 1 };
	int status = 0, digits;

	for (digits = 0; p < end && digits < STATUS_DIGITS && isdigit((unsigned char)*p); p++) {
		status = 10 * status + (*p - '0');
		digits++;
	}
	if (p == end)
		return;
	w->taken = (size_t)(p + 1 - w->heard.data);
	h->what = HEARD_BAD;
	if (digits == 0 || *p != '\n' || status > STATUS_MOST)
		return;
	done.status = status << 8;
	worker_done(w, h, &done);
}

/* What a job writes is read together with how it ended, if that is soon. */
static int64_t
shell_hear_at(const struct worker *w __attribute__((unused)), int64_t now)
{
	return now + WORKER_TARGET;
}

const struct worker_kind worker_shell = {
	.pipe = PIPE_FRAMES,
	.hushed = { [PIPE_OUT] = true, [PIPE_ERR] = true },
	.size = sizeof(struct shell),
	.init = shell_init,
	.ask = shell_ask,
	.hear = shell_hear,
	.hear_at = shell_hear_at,
};
