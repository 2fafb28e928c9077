/*
 * measure: runs a command and writes one line about it into a file: seconds of wall time, peak memory in KiB, and how it
 * ended ("exit 0", "signal 15"). Peak memory is wait4(2)'s: the larger of the command and the children it waited for.
 *
 *   measure FILE command [argument ...]
 */

#include <sys/resource.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int
main(int argc, char *argv[])
{
	struct rusage use;
	double start;
	FILE *file;
	pid_t pid;
	int status;

	if (argc < 3)
		errx(64, "usage: measure FILE command [argument ...]");
	if ((file = fopen(argv[1], "we")) == NULL)
		err(64, "%s", argv[1]);
	start = now();
	if ((pid = vfork()) == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0)
		err(64, "vfork");
	while (wait4(pid, &status, 0, &use) < 0)
		if (errno != EINTR)
			err(64, "wait4");
	fprintf(file, "%.6f %ld %s %d\n", now() - start, use.ru_maxrss, WIFSIGNALED(status) ? "signal" : "exit",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	if (fclose(file) != 0)
		err(64, "%s", argv[1]);
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
