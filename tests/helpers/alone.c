/*
 * alone: how long a command takes over a record that arrives alone. Writes records into its stdin, each some milliseconds
 * after the answer to the one before, and prints the median and the worst time until a line came back, in milliseconds. The
 * first is not counted, as the command starts in that time.
 *
 *   alone COUNT command [argument ...]
 */

#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PAUSE	5	/* milliseconds */
#define PATIENCE	10000

static pid_t pid;

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
start(char *argv[], int *to, int *from)
{
	int down[2], up[2];

	if (pipe2(down, O_CLOEXEC) < 0 || pipe2(up, O_CLOEXEC) < 0)
		err(64, "pipe2");
	if ((pid = vfork()) == 0) {
		if (dup2(down[0], 0) < 0 || dup2(up[1], 1) < 0)
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0)
		err(64, "vfork");
	close(down[0]);
	close(up[1]);
	*to = down[1];
	*from = up[0];
}

static void
await(int from)
{
	struct pollfd answer = { .fd = from, .events = POLLIN };
	char c = 0;

	while (c != '\n')
		if (poll(&answer, 1, PATIENCE) != 1 || read(from, &c, 1) != 1) {
			kill(pid, SIGTERM);
			errx(1, "no answer");
		}
}

static double
ask(int to, int from)
{
	double start = now();

	if (write(to, "x\n", 2) != 2)
		err(1, "write");
	await(from);
	return now() - start;
}

static int
order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char *argv[])
{
	int count, to, from, status;
	double *times;

	if (argc < 3 || (count = atoi(argv[1])) < 1)
		errx(64, "usage: alone COUNT command [argument ...]");
	if ((times = calloc((size_t)count, sizeof(*times))) == NULL)
		err(64, NULL);
	start(argv + 2, &to, &from);
	signal(SIGPIPE, SIG_IGN);
	ask(to, from);
	for (int i = 0; i < count; i++) {
		poll(NULL, 0, PAUSE);
		times[i] = ask(to, from);
	}
	close(to);
	waitpid(pid, &status, 0);
	qsort(times, (size_t)count, sizeof(*times), order);
	printf("%.3f %.3f\n", times[count / 2], times[count - 1]);
	free(times);
	return 0;
}
