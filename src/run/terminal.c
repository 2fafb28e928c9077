/*
 * terminal: only the process group in its foreground may read from it and change
 * its settings, others are stopped (TTIN, TTOU); and what is typed to interrupt or
 * stop goes to that group alone.  So a job that has it is in the foreground, as if a
 * shell had started it there, and we are not.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "run/terminal.h"

int
terminal_open(struct terminal *t)
{
	sigset_t output;

	if (t->ours != 0)
		return 0;
	t->fd = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (t->fd == -1)
		return -1;
	/* For one who blocks it, who has the foreground is no matter. */
	(void)sigemptyset(&output);
	(void)sigaddset(&output, SIGTTOU);
	(void)sigprocmask(SIG_BLOCK, &output, NULL);
	t->ours = getpgrp();
	return 0;
}

void
terminal_close(struct terminal *t)
{
	if (t->ours != 0)
		(void)close(t->fd);
	t->ours = 0;
}

enum answer
terminal_answer(struct terminal *t)
{
	char line[256], first;
	ssize_t n;

	/* From the background this stops us: whoever is there cannot be asked. */
	while ((n = read(t->fd, line, sizeof line)) > 0) {
		if (t->first == '\0')
			t->first = line[0];
		if (memchr(line, '\n', (size_t)n) == NULL)
			continue;
		first = t->first;
		t->first = '\0';
		return first == 'y' || first == 'Y' ? ANSWER_YES : ANSWER_NO;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return ANSWER_NONE;
	if (n == 0)
		errno = 0;
	return ANSWER_END;
}

bool
terminal_free(const struct terminal *t)
{
	return t->lent == 0 && tcgetpgrp(t->fd) == t->ours;
}

void
terminal_lend(struct terminal *t, pid_t group)
{
	if (tcgetpgrp(t->fd) != group)
		(void)tcsetpgrp(t->fd, group);
	t->lent = group;
}

bool
terminal_return(struct terminal *t, pid_t group)
{
	if (t->lent != group)
		return false;
	(void)tcsetpgrp(t->fd, t->ours);
	t->lent = 0;
	return true;
}

void
terminal_lost(struct terminal *t, pid_t group)
{
	if (t->lent == group)
		t->lent = 0;
}

void
terminal_resume(struct terminal *t)
{
	pid_t front;

	if (t->lent == 0)
		return;
	front = tcgetpgrp(t->fd);
	if (front == t->ours)
		(void)tcsetpgrp(t->fd, t->lent);
	else if (front != t->lent)
		t->lent = 0;
}
