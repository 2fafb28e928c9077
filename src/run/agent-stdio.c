/*
 * agent-stdio: there are two streams for standard output, where stdout is a variable: the
 * one that programs know by that name, which is ours from here on, and the one that it was,
 * which std::cout keeps.  In C libraries in which it is none, musl's for one, the streams
 * write to their descriptors, and their buffers are written out after each job.
 */
#include <stdio.h>
#include <unistd.h>

#include "run/agent-stdio.h"

#ifdef __GLIBC__
#include <stdio_ext.h>

static void	(*say)(const void *, int, const void *, size_t);
static const void *say_for;
static FILE	*first_stdout;
static char	 first_room[64 * 1024];

static ssize_t
stdio_out(void *unused __attribute__((unused)), const char *data, size_t length)
{
	say(say_for, STDOUT_FILENO, data, length);
	return (ssize_t)length;
}

static ssize_t
stdio_err(void *unused __attribute__((unused)), const char *data, size_t length)
{
	say(say_for, STDERR_FILENO, data, length);
	return (ssize_t)length;
}

void
agent_stdio(void (*function)(const void *, int, const void *, size_t), const void *argument)
{
	FILE *out = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = stdio_out });
	FILE *err = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = stdio_err });

	say = function;
	say_for = argument;
	(void)setvbuf(stdout, first_room, _IOFBF, sizeof first_room);
	first_stdout = stdout;
	if (out != NULL)
		stdout = out;
	/* What is said before a crash has been said. */
	if (err != NULL) {
		(void)setvbuf(err, NULL, _IONBF, 0);
		stderr = err;
	}
}

void
agent_stdio_rest(void)
{
	size_t n = __fpending(first_stdout);

	if (__fpending(stdout) > 0)
		(void)fflush(stdout);
	if (n == 0 || first_stdout == stdout)
		return;
	say(say_for, STDOUT_FILENO, first_room, n);
	__fpurge(first_stdout);
}

#else

void
agent_stdio(void (*function)(const void *, int, const void *, size_t) __attribute__((unused)),
    const void *argument __attribute__((unused)))
{
	(void)setvbuf(stdout, NULL, _IOFBF, BUFSIZ);
}

void
agent_stdio_rest(void)
{
	(void)fflush(stdout);
}

#endif
