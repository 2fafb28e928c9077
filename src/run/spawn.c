/*
 * spawn: vfork(2), so that starting a job costs the same whatever our size.
 * Until its execve(2) the child runs in our memory, and we wait; where vfork is
 * a fork (valgrind, qemu), the page in which it leaves its errno is shared all
 * the same.
 */
#include <sys/mman.h>
#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "plan.h"
#include "run/signals.h"
#include "run/spawn.h"

#define SEQUENCE	"PARMAP_SEQ="
#define SLOT		"PARMAP_SLOT="
#define NUMBER		21	/* bytes of one, with its NUL */

extern char **environ;

struct spawner {
	volatile int	*errors;	/* of execve(2), one a slot */
	size_t		 errors_size;
	char		**env;
	char		 sequence[sizeof SEQUENCE + NUMBER];
	char		 slot[sizeof SLOT + NUMBER];
	char		*slot_variable;	/* NAME=slot, from 0 */
	size_t		 slot_name;	/* bytes before the number */
	bool		 piped[3];	/* which of the standard descriptors we talk to */
	bool		 terminal;	/* stdin is that */
	int		 input;		/* stdin of jobs, if not */
	pid_t		 self;
};

static void
spawner_environment(struct spawner *s, const char *variable)
{
	size_t i, n;

	for (n = 0; environ[n] != NULL; n++)
		;
	s->env = mem_array(n + 4, sizeof *s->env);
	if (variable != NULL) {
		s->slot_name = strlen(variable) + 1;
		s->slot_variable = mem_alloc(s->slot_name + NUMBER);
		(void)memcpy(s->slot_variable, variable, s->slot_name - 1);
		s->slot_variable[s->slot_name - 1] = '=';
	}
	for (i = n = 0; environ[i] != NULL; i++)
		if (strncmp(environ[i], SEQUENCE, strlen(SEQUENCE)) != 0 &&
		    strncmp(environ[i], SLOT, strlen(SLOT)) != 0 &&
		    (variable == NULL ||
		    strncmp(environ[i], s->slot_variable, s->slot_name) != 0))
			s->env[n++] = environ[i];
	s->env[n++] = s->sequence;
	s->env[n++] = s->slot;
	if (variable != NULL)
		s->env[n++] = s->slot_variable;
}

/* Something to read nothing from. */
static int
spawner_null(void)
{
	int fds[2], fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd == -1 && pipe2(fds, O_CLOEXEC) == 0) {
		(void)close(fds[1]);
		fd = fds[0];
	}
	return fd;
}

struct spawner *
spawner_new(const struct plan *plan)
{
	struct spawner *s = mem_array(1, sizeof *s);
	void *page;

	s->input = plan->job_stdin == STDIN_OURS ? STDIN_FILENO : spawner_null();
	if (s->input == -1) {
		free(s);
		return NULL;
	}
	s->errors_size = plan->slots * sizeof *s->errors;
	page = mmap(NULL, s->errors_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED) {
		s->errors_size = 0;
		page = mem_array(plan->slots, sizeof *s->errors);
	}
	s->errors = page;
	s->piped[STDIN_FILENO] = plan->job_stdin == STDIN_RECORDS;
	s->terminal = plan->job_stdin == STDIN_TERMINAL;
	s->piped[STDOUT_FILENO] = s->piped[STDERR_FILENO] = plan->order != ORDER_NONE;
	s->self = getpid();
	/*
	 * Orphans of jobs become our children, so that the dead among them are
	 * waited for and their groups seen to be gone, whatever process 1 does.
	 */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	spawner_environment(s, plan->slot_variable);
	return s;
}

void
spawner_free(struct spawner *s)
{
	void *page = (void *)(uintptr_t)s->errors;

	if (s->errors_size > 0)
		(void)munmap(page, s->errors_size);
	else
		free(page);
	if (s->input != STDIN_FILENO)
		(void)close(s->input);
	free(s->slot_variable);
	free(s->env);
	free(s);
}

/* The standard descriptors of a child: what we have of each, and what it gets; or -1. */
struct ends {
	int	ours[3];
	int	theirs[3];
};

static void
ends_close(const int *fds)
{
	int i, e = errno;

	for (i = 0; i < 3; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	errno = e;
}

/* Makes the pipes, or opens the terminal: 0, or -1 and errno. */
static int
ends_open(const struct spawner *s, struct ends *ends)
{
	int i, fds[2];

	for (i = 0; i < 3; i++)
		ends->ours[i] = ends->theirs[i] = -1;
	if (s->terminal &&
	    (ends->theirs[STDIN_FILENO] = open("/dev/tty", O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	for (i = 0; i < 3; i++) {
		if (!s->piped[i])
			continue;
		if (pipe2(fds, O_CLOEXEC) == -1) {
			ends_close(ends->ours);
			ends_close(ends->theirs);
			return -1;
		}
		ends->ours[i] = fds[i == STDIN_FILENO];
		ends->theirs[i] = fds[i != STDIN_FILENO];
	}
	/* Nobody else has that end. */
	if (ends->ours[STDIN_FILENO] != -1)
		(void)fcntl(ends->ours[STDIN_FILENO], F_SETFL, O_NONBLOCK);
	return 0;
}

/* In the child, which has our memory: nothing but system calls. */
static void __attribute__((noreturn))
spawn_child(struct spawner *s, volatile int *error, char *const *argv,
    const struct ends *ends, bool front)
{
	int i, fd;

	(void)setpgid(0, 0);
	if (front)
		(void)tcsetpgrp(ends->theirs[STDIN_FILENO], getpid());
	/* For the case that we are killed without a chance to end it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->self)
		_exit(EXIT_FAILURE);
	for (i = 0; i < 3; i++) {
		fd = ends->theirs[i];
		if (i == STDIN_FILENO && fd == -1)
			fd = s->input;
		if (fd == -1 || dup2(fd, i) != -1)
			continue;
		*error = errno;
		_exit(EXIT_FAILURE);
	}
	signals_child();
	(void)execvpe(argv[0], argv, s->env);
	*error = errno;
	_exit(EXIT_FAILURE);
}

int
spawn(struct spawner *s, size_t slot, uint64_t sequence, char *const *argv,
    struct child *child)
{
	struct ends ends;

	(void)snprintf(s->sequence, sizeof s->sequence, SEQUENCE "%ju",
	    (uintmax_t)sequence);
	(void)snprintf(s->slot, sizeof s->slot, SLOT "%zu", slot + 1);
	if (s->slot_variable != NULL)
		(void)snprintf(s->slot_variable + s->slot_name, NUMBER, "%zu", slot);
	if (ends_open(s, &ends) == -1)
		return -1;
	s->errors[slot] = 0;
	child->pid = vfork();
	if (child->pid == 0)
		spawn_child(s, &s->errors[slot], argv, &ends, child->front);
	ends_close(ends.theirs);
	if (child->pid == -1) {
		ends_close(ends.ours);
		return -1;
	}
	child->input = ends.ours[STDIN_FILENO];
	child->fds[0] = ends.ours[STDOUT_FILENO];
	child->fds[1] = ends.ours[STDERR_FILENO];
	return 0;
}

int
spawn_error(const struct spawner *s, size_t slot)
{
	return s->errors[slot];
}

char *const *
spawn_environment(const struct spawner *s)
{
	return s->env;
}
