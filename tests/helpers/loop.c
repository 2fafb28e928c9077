/*
 * loop: the floor that parmap is measured against. Reads records, a line each, runs a program on each with both streams
 * captured, and prints what they wrote in input order: vfork, exec, pipe, poll, read, wait and write, and nothing more.
 * No process groups, no time limits, no signals, no bound on memory.
 *
 *   loop -j N /path/to/program
 */

#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct capture {
	char *bytes;
	size_t length, room;
};

struct job {
	struct job *next;
	struct capture held[2];
	int done;
};

struct slot {
	struct job *job;
	pid_t pid;
};

static struct job *head, **tail = &head;
static struct slot *slots;
static struct pollfd *fds;
static int jobs = 1, running, null;

static void
start(int i, char *program, char *record)
{
	char *argv[] = { program, record, NULL };
	int out[2], errs[2];

	if (pipe2(out, O_CLOEXEC) < 0 || pipe2(errs, O_CLOEXEC) < 0)
		err(1, "pipe2");
	if ((slots[i].job = calloc(1, sizeof(*head))) == NULL)
		err(1, NULL);
	if ((slots[i].pid = vfork()) == 0) {
		if (dup2(null, 0) < 0 || dup2(out[1], 1) < 0 || dup2(errs[1], 2) < 0)
			_exit(126);
		execv(program, argv);
		_exit(127);
	}
	if (slots[i].pid < 0)
		err(1, "vfork");
	close(out[1]);
	close(errs[1]);
	fds[2 * i] = (struct pollfd){ .fd = out[0], .events = POLLIN };
	fds[2 * i + 1] = (struct pollfd){ .fd = errs[0], .events = POLLIN };
	*tail = slots[i].job;
	tail = &slots[i].job->next;
	running++;
}

/* Takes what a pipe has into its capture. 0 at its end. */
static ssize_t
drain(struct capture *c, int fd)
{
	ssize_t n;

	if (c->room - c->length < 65536 && (c->bytes = realloc(c->bytes, c->room = 2 * c->room + 65536)) == NULL)
		err(1, NULL);
	if ((n = read(fd, c->bytes + c->length, c->room - c->length)) < 0)
		err(1, "read");
	c->length += (size_t)n;
	return n;
}

static void
print(int fd, const char *p, size_t left)
{
	for (ssize_t n; left > 0; p += n, left -= (size_t)n)
		if ((n = write(fd, p, left)) < 0)
			err(1, "write");
}

static void
emit(void)
{
	while (head != NULL && head->done) {
		struct job *job = head;

		for (int s = 0; s < 2; s++) {
			print(s + 1, job->held[s].bytes, job->held[s].length);
			free(job->held[s].bytes);
		}
		if ((head = job->next) == NULL)
			tail = &head;
		free(job);
	}
}

int
main(int argc, char *argv[])
{
	char *record = NULL;
	size_t room = 0;
	int more = 1;

	if (argc != 4 || strcmp(argv[1], "-j") != 0 || (jobs = atoi(argv[2])) < 1)
		errx(64, "usage: loop -j N program");
	if ((slots = calloc((size_t)jobs, sizeof(*slots))) == NULL || (fds = calloc((size_t)jobs * 2, sizeof(*fds))) == NULL)
		err(1, NULL);
	for (int i = 0; i < 2 * jobs; i++)
		fds[i].fd = -1;
	if ((null = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
		err(1, "/dev/null");
	for (;;) {
		for (int i = 0; more && i < jobs; i++) {
			ssize_t n;

			if (slots[i].job != NULL)
				continue;
			if ((more = (n = getline(&record, &room, stdin)) > 0)) {
				record[n - (record[n - 1] == '\n')] = '\0';
				start(i, argv[3], record);
			}
		}
		if (running == 0)
			break;
		if (poll(fds, (nfds_t)jobs * 2, -1) < 0)
			err(1, "poll");
		for (int i = 0; i < 2 * jobs; i++) {
			struct slot *slot = &slots[i / 2];

			if (fds[i].fd < 0 || fds[i].revents == 0 || drain(&slot->job->held[i % 2], fds[i].fd) > 0)
				continue;
			close(fds[i].fd);
			fds[i].fd = -1;
			if (fds[i ^ 1].fd >= 0)
				continue;
			if (waitpid(slot->pid, NULL, 0) < 0)
				err(1, "waitpid");
			slot->job->done = 1;
			slot->job = NULL;
			running--;
		}
		emit();
	}
	free(record);
	free(slots);
	free(fds);
	return 0;
}
