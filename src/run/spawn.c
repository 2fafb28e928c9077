/*
 * spawn: vfork(2), so that starting a job costs the same whatever our size.
 * Until its execve(2) the child runs in our memory, and we wait; where vfork is
 * a fork (valgrind, qemu), the page in which it leaves its errno is shared all
 * the same.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/countof.h"
#include "base/mem.h"
#include "plan.h"
#include "run/clock.h"
#include "run/signals.h"
#include "run/spawn.h"

#define NUMBER		21	/* bytes of one, with its NUL */
#define STACK_ROOM	(16 * 1024)
#define CLOSE_MOST	(64 * 1024)	/* descriptors are the lowest that are free */
#define FRAMES		3	/* of a worker, besides the standard descriptors */
#define ENDS		4
#define WIDE_PIPE	(256 * 1024)
#define WIDE_SLOTS	16

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
	bool		 piped[ENDS];	/* which of the descriptors we talk to */
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
	s->piped[STDIN_FILENO] = plan->job_stdin == STDIN_RECORDS || plan->work != WORK_PROCESS;
	s->piped[FRAMES] = plan->work == WORK_FUNCTION || plan->work == WORK_SHELL;
	s->terminal = plan->job_stdin == STDIN_TERMINAL;
	s->piped[STDERR_FILENO] = plan->order != ORDER_NONE;
	s->piped[STDOUT_FILENO] = plan->order != ORDER_NONE || plan->work == WORK_LINES;
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

/* The descriptors of a child: what we have of each, and what it gets; or -1. */
struct ends {
	int	ours[ENDS];
	int	theirs[ENDS];
};

static void
ends_close(const int *fds)
{
	int i, e = errno;

	for (i = 0; i < ENDS; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	errno = e;
}

/* That end of ours does not block: nobody else has it. */
static int
ends_unblock(const struct ends *ends, int i)
{
	return ends->ours[i] == -1 ? 0 : fcntl(ends->ours[i], F_SETFL, O_NONBLOCK);
}

/*
 * Batches for a function are more than a pipe holds, and fewer of them mean fewer turns of
 * both sides to wait for each other.  It is as well if it cannot be, and only few have
 * that, as others of the user would have it no more.
 */
static void
ends_widen(const struct ends *ends, size_t slot)
{
	if (slot >= WIDE_SLOTS)
		return;
	(void)fcntl(ends->ours[STDIN_FILENO], F_SETPIPE_SZ, WIDE_PIPE);
	(void)fcntl(ends->ours[FRAMES], F_SETPIPE_SZ, WIDE_PIPE);
}

/* Makes the pipes, or opens the terminal: 0, or -1 and errno. */
static int
ends_open(const struct spawner *s, struct ends *ends)
{
	int i, fds[2];

	for (i = 0; i < ENDS; i++)
		ends->ours[i] = ends->theirs[i] = -1;
	if (s->terminal &&
	    (ends->theirs[STDIN_FILENO] = open("/dev/tty", O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	for (i = 0; i < ENDS; i++) {
		if (!s->piped[i])
			continue;
		if (pipe2(fds, O_CLOEXEC) == -1)
			goto fail;
		ends->ours[i] = fds[i == STDIN_FILENO];
		ends->theirs[i] = fds[i != STDIN_FILENO];
	}
	if (ends_unblock(ends, STDIN_FILENO) != -1 && ends_unblock(ends, FRAMES) != -1)
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

/* In the child, which may have our memory: nothing but system calls. */
static void
spawn_child(struct spawner *s, volatile int *error, const struct ends *ends, bool front)
{
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
		/* What a job reads is not what its worker does. */
		if (i == STDIN_FILENO && (fd == -1 || s->piped[FRAMES]))
			fd = s->input;
		if (fd != -1 && dup2(fd, i) == -1)
			spawn_fail(error);
	}
	signals_child();
}

/* At last, as all it does counts.  argv is what it will execute, or NULL. */
static void
spawn_cap(struct spawner *s, volatile int *error, char *const *argv)
{
	const struct cap *c;

	for (c = s->caps; c < s->caps + s->cap_count; c++) {
		if (c->resource == RLIMIT_AS && argv != NULL)
			spawn_grow_stack(argv);
		if (setrlimit(c->resource, &c->limit) == -1)
			spawn_fail(error);
	}
}

/* The child has started, or has not if its pid is -1: 0 or -1. */
static int
spawn_started(const struct ends *ends, struct child *child)
{
	ends_close(ends->theirs);
	if (child->pid == -1) {
		ends_close(ends->ours);
		return -1;
	}
	child->input = ends->ours[STDIN_FILENO];
	child->fds[PIPE_OUT] = ends->ours[STDOUT_FILENO];
	child->fds[PIPE_ERR] = ends->ours[STDERR_FILENO];
	child->fds[PIPE_FRAMES] = ends->ours[FRAMES];
	return 0;
}

/* Opens the descriptors of the job of that number in that slot: 0, or -1 and errno. */
static int
spawn_begin(struct spawner *s, size_t slot, uint64_t sequence, struct ends *ends)
{
	variable_set(&s->sequence, sequence);
	variable_set(&s->place, slot + 1);
	variable_set(&s->slot, slot);
	s->errors[slot] = 0;
	return ends_open(s, ends);
}

int
spawn(struct spawner *s, size_t slot, uint64_t sequence, char *const *argv,
    struct child *child)
{
	volatile int *error = &s->errors[slot];
	struct ends ends;

	if (spawn_begin(s, slot, sequence, &ends) == -1)
		return -1;
	child->pid = vfork();
	if (child->pid == 0) {
		spawn_child(s, error, &ends, child->front);
		spawn_cap(s, error, argv);
		(void)execvpe(argv[0], argv, s->env);
		spawn_fail(error);
	}
	return spawn_started(&ends, child);
}

/*
 * A number that no script has for its descriptors, as far as the child may have any: it
 * counts them from 3 or 10 up, and bash those of coprocesses from 63 down.  More than 64
 * would make its forks dearer.
 */
static int
spawner_high(const struct spawner *s)
{
	struct rlimit limit;
	rlim_t most = 64;
	size_t i;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < most)
		most = limit.rlim_cur;
	for (i = 0; i < s->cap_count; i++)
		if (s->caps[i].resource == RLIMIT_NOFILE && s->caps[i].limit.rlim_cur < most)
			most = s->caps[i].limit.rlim_cur;
	return most > 16 ? (int)(most * 5 / 8) : 10;
}

/* Is it one that children have? */
static bool
fd_is_inherited(int fd)
{
	int flags = fcntl(fd, F_GETFD);

	return flags != -1 && (flags & FD_CLOEXEC) == 0;
}

int
spawner_spare(const struct spawner *s, int count)
{
	int first = spawner_high(s), fd;

	for (fd = first; fd < first + count; fd++)
		if (fd_is_inherited(fd))
			first = fd + 1;
	return first;
}

/* Out of the way of those numbers. */
static int
ends_lift(struct ends *ends, int i, int first, int count)
{
	int fd = ends->theirs[i];

	if (fd < first || fd >= first + count)
		return 0;
	ends->theirs[i] = fcntl(fd, F_DUPFD_CLOEXEC, first + count);
	(void)close(fd);
	return ends->theirs[i];
}

int
spawn_worker(struct spawner *s, size_t slot, char *const *argv, int first, struct child *child)
{
	static const int from[] = { STDIN_FILENO, FRAMES };
	volatile int *error = &s->errors[slot];
	struct ends ends;
	size_t i;

	if (spawn_begin(s, slot, 0, &ends) == -1)
		return -1;
	child->pid = -1;
	if (ends_lift(&ends, STDIN_FILENO, first, countof(from)) != -1 &&
	    ends_lift(&ends, FRAMES, first, countof(from)) != -1)
		child->pid = vfork();
	if (child->pid == 0) {
		spawn_child(s, error, &ends, false);
		for (i = 0; i < countof(from); i++)
			if (dup2(ends.theirs[from[i]], first + (int)i) == -1)
				spawn_fail(error);
		spawn_cap(s, error, argv);
		(void)execvpe(argv[0], argv, s->env);
		spawn_fail(error);
	}
	return spawn_started(&ends, child);
}

/* A fork has what an execve(2) would close. */
static void
spawn_close_one(int fd, const int *keep)
{
	int flags = fd != keep[0] && fd != keep[1] ? fcntl(fd, F_GETFD) : -1;

	if (flags != -1 && (flags & FD_CLOEXEC) != 0)
		(void)close(fd);
}

/*
 * The pipes of other workers, which would not see that we are gone; files that are locked.
 * But for these two.
 */
static void
spawn_close(const int *keep)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	int fd, most = (int)sysconf(_SC_OPEN_MAX);

	if (dir == NULL) {
		if (most < 0 || most > CLOSE_MOST)
			most = CLOSE_MOST;
		for (fd = STDERR_FILENO + 1; fd < most; fd++)
			spawn_close_one(fd, keep);
		return;
	}
	while ((entry = readdir(dir)) != NULL) {
		fd = atoi(entry->d_name);
		if (fd != dirfd(dir))
			spawn_close_one(fd, keep);
	}
	(void)closedir(dir);
}

static bool tells;	/* see spawn_tells */

bool
spawn_tells(void)
{
	return tells;
}

/* Has the kernel tell it of what is written to these pipes. */
static void
spawn_watch(const struct ends *ends)
{
	static const int watched[] = { STDOUT_FILENO, STDERR_FILENO };
	int fd, flags;
	size_t i;

	tells = true;
	for (i = 0; i < countof(watched); i++) {
		fd = ends->ours[watched[i]];
		if (fd != -1 && ((flags = fcntl(fd, F_GETFL)) == -1 ||
		    fcntl(fd, F_SETOWN, getpid()) == -1 ||
		    fcntl(fd, F_SETSIG, SPAWN_WRITTEN) == -1 ||
		    fcntl(fd, F_SETFL, flags | O_ASYNC) == -1))
			tells = false;
	}
}

int
spawn_function(struct spawner *s, size_t slot, void (*run)(void *, int, int), void *data,
    struct child *child)
{
	volatile int *error = &s->errors[slot];
	struct ends ends;
	int keep[2];

	if (spawn_begin(s, slot, 0, &ends) == -1)
		return -1;
	ends_widen(&ends, slot);
	child->pid = fork();
	if (child->pid == 0) {
		keep[0] = ends.theirs[STDIN_FILENO];
		keep[1] = ends.theirs[FRAMES];
		spawn_child(s, error, &ends, false);
		spawn_watch(&ends);
		spawn_close(keep);
		spawn_cap(s, error, NULL);
		mem_on_failure(NULL, EXIT_FAILURE);
		run(data, keep[0], keep[1]);
		_exit(EXIT_FAILURE);
	}
	return spawn_started(&ends, child);
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
