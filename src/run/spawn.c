/*
 * spawn: vfork(2), so that starting a job costs the same whatever our size.
 * Until its execve(2) the child runs in our memory, and we wait; where vfork is
 * a fork (valgrind, qemu), the page in which it leaves its errno is shared all
 * the same.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "plan.h"
#include "run/clock.h"
#include "run/signals.h"
#include "run/spawn.h"

#define NUMBER		21	/* bytes of one, with its NUL */
#define STACK_ROOM	(16 * 1024)

extern char **environ;

/* One of jobs, NAME=number. */
struct variable {
	char	*text;
	size_t	 name;		/* bytes before the number */
};

/* What a child may have of a resource. */
struct cap {
	int		resource;
	struct rlimit	limit;
};

struct spawner {
	volatile int	*errors;	/* of execve(2), one a slot */
	size_t		 errors_size;
	char		**env;
	struct variable	 sequence;
	struct variable	 place;		/* the slot, from 1 */
	struct variable	 slot;		/* and from 0; text is NULL if there is none */
	bool		 piped[3];	/* which of the standard descriptors we talk to */
	bool		 terminal;	/* stdin is that */
	int		 input;		/* stdin of jobs, if not */
	bool		 niced;
	int		 niceness;
	struct cap	 caps[3];
	size_t		 cap_count;
	pid_t		 self;
};

static void
variable_init(struct variable *v, const char *name)
{
	if (name == NULL)
		return;
	v->name = strlen(name) + 1;
	v->text = mem_alloc(v->name + NUMBER);
	(void)memcpy(v->text, name, v->name - 1);
	v->text[v->name - 1] = '=';
}

static void
variable_set(struct variable *v, uint64_t number)
{
	if (v->text != NULL)
		(void)snprintf(v->text + v->name, NUMBER, "%ju", (uintmax_t)number);
}

static bool
variable_is(const struct variable *v, const char *string)
{
	return v->text != NULL && strncmp(string, v->text, v->name) == 0;
}

/* Ours, with those three set for each job. */
static void
spawner_environment(struct spawner *s)
{
	size_t i, n;

	for (n = 0; environ[n] != NULL; n++)
		;
	s->env = mem_array(n + 4, sizeof *s->env);
	for (i = n = 0; environ[i] != NULL; i++)
		if (!variable_is(&s->sequence, environ[i]) &&
		    !variable_is(&s->place, environ[i]) && !variable_is(&s->slot, environ[i]))
			s->env[n++] = environ[i];
	s->env[n++] = s->sequence.text;
	s->env[n++] = s->place.text;
	s->env[n++] = s->slot.text;
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

/*
 * Children may have so much, unless it is 0, and after a warning that bit more: as far
 * as we can give it.
 */
static void
spawner_cap(struct spawner *s, int resource, rlim_t most, rlim_t more)
{
	struct cap *c = &s->caps[s->cap_count];

	if (most == 0 || getrlimit(resource, &c->limit) == -1)
		return;
	c->resource = resource;
	if (c->limit.rlim_max > most + more)
		c->limit.rlim_max = most + more;
	c->limit.rlim_cur = c->limit.rlim_max < most ? c->limit.rlim_max : most;
	s->cap_count++;
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
	s->errors_size = plan->slots_most * sizeof *s->errors;
	page = mmap(NULL, s->errors_size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED) {
		s->errors_size = 0;
		page = mem_array(plan->slots_most, sizeof *s->errors);
	}
	s->errors = page;
	s->piped[STDIN_FILENO] = plan->job_stdin == STDIN_RECORDS;
	s->terminal = plan->job_stdin == STDIN_TERMINAL;
	s->piped[STDOUT_FILENO] = s->piped[STDERR_FILENO] = plan->order != ORDER_NONE;
	s->niced = plan->niced;
	s->niceness = plan->niceness;
	spawner_cap(s, RLIMIT_AS, plan->caps.memory, 0);
	spawner_cap(s, RLIMIT_CPU, (rlim_t)(plan->caps.cpu_time / CLOCK_S), 1);
	spawner_cap(s, RLIMIT_NOFILE, plan->caps.files, 0);
	s->self = getpid();
	variable_init(&s->sequence, plan->sequence_variable);
	variable_init(&s->place, plan->place_variable);
	variable_init(&s->slot, plan->slot_variable);
	spawner_environment(s);
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
	free(s->sequence.text);
	free(s->place.text);
	free(s->slot.text);
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
		if (pipe2(fds, O_CLOEXEC) == -1)
			goto fail;
		ends->ours[i] = fds[i == STDIN_FILENO];
		ends->theirs[i] = fds[i != STDIN_FILENO];
	}
	/* Nobody else has that end. */
	if (ends->ours[STDIN_FILENO] == -1 ||
	    fcntl(ends->ours[STDIN_FILENO], F_SETFL, O_NONBLOCK) != -1)
		return 0;
fail:
	ends_close(ends->ours);
	ends_close(ends->theirs);
	return -1;
}

/* Ends the child, which cannot go on; errno says why. */
static void __attribute__((noreturn))
spawn_fail(volatile int *error)
{
	*error = errno;
	_exit(EXIT_FAILURE);
}

/*
 * execvpe(3) takes room for the words, if a shell is to read the file, and for names
 * from PATH; under a limit to memory the stack could not grow any more.
 */
static void __attribute__((noinline))
spawn_grow_stack(char *const *argv)
{
	size_t n = 0;

	while (argv[n] != NULL)
		n++;
	volatile char __attribute__((unused)) room[n * sizeof *argv + STACK_ROOM];
	room[0] = 0;
}

/* In the child, which has our memory: nothing but system calls. */
static void __attribute__((noreturn))
spawn_child(struct spawner *s, volatile int *error, char *const *argv,
    const struct ends *ends, bool front)
{
	const struct cap *c;
	int i, fd;

	(void)setpgid(0, 0);
	if (front)
		(void)tcsetpgrp(ends->theirs[STDIN_FILENO], getpid());
	/* For the case that we are killed without a chance to end it. */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != s->self)
		_exit(EXIT_FAILURE);
	/* That it may was asked before. */
	if (s->niced)
		(void)setpriority(PRIO_PROCESS, 0, s->niceness);
	for (i = 0; i < 3; i++) {
		fd = ends->theirs[i];
		if (i == STDIN_FILENO && fd == -1)
			fd = s->input;
		if (fd != -1 && dup2(fd, i) == -1)
			spawn_fail(error);
	}
	signals_child();
	/* At last, as all of this counts. */
	for (c = s->caps; c < s->caps + s->cap_count; c++) {
		if (c->resource == RLIMIT_AS)
			spawn_grow_stack(argv);
		if (setrlimit(c->resource, &c->limit) == -1)
			spawn_fail(error);
	}
	(void)execvpe(argv[0], argv, s->env);
	spawn_fail(error);
}

int
spawn(struct spawner *s, size_t slot, uint64_t sequence, char *const *argv,
    struct child *child)
{
	struct ends ends;

	variable_set(&s->sequence, sequence);
	variable_set(&s->place, slot + 1);
	variable_set(&s->slot, slot);
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
