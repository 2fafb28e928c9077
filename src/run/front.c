/*
 * front: whoever is there, in front of us: the signals they send, to us and so to the
 * jobs; and the terminal, who gets it, and what is typed there.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/buf.h"
#include "base/words.h"
#include "builtin/print.h"
#include "command/template.h"
#include "input/source.h"
#include "input/assemble.h"
#include "output/sink.h"
#include "plan.h"
#include "run/clock.h"
#include "run/gate.h"
#include "run/leftover.h"
#include "run/signals.h"
#include "run/spawn.h"
#include "run/terminal.h"
#include "run/verdict.h"
#include "run/slot.h"
#include "run/state.h"

#define ECHO	(100 * CLOCK_MS)	/* a signal that comes on two ways is one */

void
engine_command_line(const struct engine *e, const struct slot *s, struct buf *line)
{
	print_command(&s->command, template_is_line(e->template), line);
	if (e->plan->work == WORK_LINES)
		print_asked(&s->batch.fields, line);
}

void
engine_answer(struct engine *e)
{
	struct slot *s = e->asking;

	if (s == NULL)
		return;
	switch (terminal_answer(&e->terminal)) {
	case ANSWER_NONE:
		break;
	case ANSWER_YES:
		e->asking = NULL;
		break;
	case ANSWER_NO:
		e->asking = NULL;
		engine_settle(e, s, &engine_never_ran);
		break;
	case ANSWER_END:
		e->verdict.internal = true;
		e->input_ended = true;
		engine_say(e, "/dev/tty: %s", errno != 0 ? strerror(errno) : "no answer");
		engine_settle(e, s, &engine_never_ran);
		break;
	}
}

/*
 * Asks about a job, on standard error and at once: whoever is there waits for that,
 * not for the turn of the job.
 */
void
engine_ask(struct engine *e, struct slot *s)
{
	struct buf line = {0};

	if (terminal_open(&e->terminal) == -1) {
		engine_fail(e, "/dev/tty");
		return;
	}
	engine_command_line(e, s, &line);
	line.length--;
	buf_add_string(&line, "?...");
	sink_flush(e->sink);
	sink_cry(e->sink, line.data, line.length);
	buf_release(&line);
	e->asking = s;
	/* We have to ask for it, so that who is in the background is stopped. */
	engine_answer(e);
}

static void
engine_signal_all(struct engine *e, int sig)
{
	size_t i;

	for (i = 0; i < e->slot_count; i++)
		if (slot_alive(&e->slots[i]))
			slot_signal(&e->slots[i], sig);
	leftovers_signal(e->leftovers, sig);
}

/* Of those that were stopped for want of it, the first one gets it, if it is free. */
static void
engine_give_terminal(struct engine *e)
{
	struct slot *s, *first = NULL;
	size_t i;

	for (i = 0; i < e->slot_count && e->terminal.lent == 0; i++) {
		s = &e->slots[i];
		if (s->state == SLOT_RUNNING && !s->reaped && s->wants_terminal &&
		    (first == NULL || s->sequence < first->sequence))
			first = s;
	}
	if (first == NULL || e->ending)
		return;
	/* If we are in the background, it is on us to stop, until we are brought back. */
	while (!terminal_free(&e->terminal)) {
		(void)kill(0, SIGTTIN);
		signals_collect();
		if (signals_took(SIGCONT))
			continue;
		/* We were not stopped, as nobody is there who could do that. */
		first->stop_signal = SIGTTIN;
		slot_cut(first, CUT_TERMINAL, SIGKILL, clock_now());
		return;
	}
	first->wants_terminal = false;
	terminal_lend(&e->terminal, first->child.pid);
	slot_signal(first, SIGCONT);
}

/* We go on after a stop, and so do the jobs. */
static void
engine_resume(struct engine *e)
{
	terminal_resume(&e->terminal);
	engine_signal_all(e, SIGCONT);
	engine_give_terminal(e);
}

/* A second signal: no more patience. */
static void
engine_kill(struct engine *e)
{
	size_t i;

	for (i = 0; i < e->slot_count; i++)
		if (slot_alive(&e->slots[i]))
			slot_kill(&e->slots[i]);
	leftovers_signal(e->leftovers, SIGKILL);
}

void
engine_signals(struct engine *e)
{
	int sig;

	if (e->plan->usr_changes_slots && signals_took(SIGUSR1))
		gate_add_slot(e->gate);
	if (e->plan->usr_changes_slots && signals_took(SIGUSR2))
		gate_drop_slot(e->gate);
	sig = signals_took_end();
	if (sig != 0 && e->signal == 0) {
		e->signal = sig;
		e->signal_at = clock_now();
		engine_end(e, CUT_WITH_US, sig, false);
	} else if (sig != 0 && (sig != e->signal || clock_now() - e->signal_at > ECHO))
		engine_kill(e);
	if (signals_took(SIGTSTP)) {
		engine_signal_all(e, SIGTSTP);
		signals_stop();
		engine_resume(e);
	}
	if (signals_took(SIGCONT))
		engine_resume(e);
}

/* What was typed for the job that has the terminal is for all of our group. */
static void
engine_share(struct engine *e, int sig)
{
	(void)kill(0, sig);
	signals_collect();
	engine_signals(e);
}

void
engine_stopped(struct engine *e, struct slot *s, int sig)
{
	if (sig == SIGTTIN || sig == SIGTTOU) {
		terminal_lost(&e->terminal, s->child.pid);
		s->wants_terminal = true;
		engine_give_terminal(e);
	} else if (sig == SIGTSTP && e->terminal.lent == s->child.pid)
		engine_share(e, sig);
}

void
engine_take_back(struct engine *e, struct slot *s, int status)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (!terminal_return(&e->terminal, s->child.pid))
		return;
	if (s->cut == CUT_NONE && (sig == SIGINT || sig == SIGQUIT || sig == SIGHUP)) {
		s->cut = CUT_WITH_US;
		engine_share(e, sig);
	}
	engine_give_terminal(e);
}
