/*
 * worker-shell: jobs go to a shell as text that it evaluates, after so many bytes in
 * decimal and blanks.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/words.h"
#include "input/source.h"
#include "input/assemble.h"
#include "plan.h"
#include "run/spawn.h"
#include "run/worker.h"
#include "run/worker-kind.h"

#define SIZE	12

static void
shell_add_word(struct buf *b, const struct words *words, size_t i)
{
	size_t length;
	const char *word = words_at(words, i, &length);

	quote_add(b, QUOTE_PLAIN, word, length);
}

static void
shell_ask(struct worker *w, uint64_t number, const struct batch *b,
    const struct words *command)
{
	char size[SIZE + 1];
	size_t i;

	buf_addf(&w->asked, "%*sBASH_EXECUTION_STRING=", SIZE, "");
	shell_add_word(&w->asked, command, command->count - 1);
	buf_addf(&w->asked, "; builtin export %s=%ju; builtin set --", w->sequence_variable,
	    (uintmax_t)number);
	for (i = 0; i < b->fields.count; i++) {
		buf_add_byte(&w->asked, ' ');
		shell_add_word(&w->asked, &b->fields, i);
	}
	buf_add_byte(&w->asked, '\n');
	(void)snprintf(size, sizeof size, "%-*zu", SIZE, w->asked.length - SIZE);
	(void)memcpy(w->asked.data, size, SIZE);
}

const struct worker_kind worker_shell = { shell_ask, worker_hear_frames, PIPE_FRAMES };
