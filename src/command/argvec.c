/*
 * argvec: sizes of arguments.  Linux limits one string to 32 pages
 * (MAX_ARG_STRLEN) and all of them to a quarter of the stack limit, at most
 * 6 MiB, which sysconf(3) knows as ARG_MAX.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/words.h"
#include "command/argvec.h"

#define PAGES		32
#define HEADROOM	2048	/* POSIX, xargs */
#define TOTAL_MOST	(2 * 1024 * 1024)

extern char **environ;

size_t
argvec_word_limit(void)
{
	return PAGES * (size_t)sysconf(_SC_PAGESIZE) - 1;
}

static size_t
argvec_cost(size_t length)
{
	return length + 1 + ARGVEC_POINTER;
}

static size_t
argvec_environment(char *const *env)
{
	size_t cost = 0;

	while (*env != NULL)
		cost += argvec_cost(strlen(*env++));
	return cost;
}

static size_t
argvec_all(void)
{
	long all = sysconf(_SC_ARG_MAX);

	return all > 0 ? (size_t)all : _POSIX_ARG_MAX;
}

size_t
argvec_total_limit(void)
{
	size_t all = argvec_all(), used = argvec_environment(environ) + HEADROOM;

	if (all <= used)
		return 0;
	return all - used < TOTAL_MOST ? all - used : TOTAL_MOST;
}

void
argvec_explain(const struct words *w, char *const *env, struct buf *b)
{
	size_t i, length, limit = argvec_word_limit(), cost = 0;
	const char *e;

	for (i = 0; i < w->count; i++) {
		(void)words_at(w, i, &length);
		cost += argvec_cost(length);
		if (length <= limit)
			continue;
		buf_addf(b, "an argument of %zu bytes; it can have at most %zu bytes",
		    length, limit);
		return;
	}
	for (i = 0; (e = env[i]) != NULL; i++) {
		if ((length = strlen(e)) <= limit)
			continue;
		buf_addf(b, "%.*s in the environment has %zu bytes; "
		    "it can have at most %zu bytes", (int)strcspn(e, "="), e, length, limit);
		return;
	}
	buf_addf(b, "arguments of %zu bytes and an environment of %zu; "
	    "together they can have at most %zu bytes", cost, argvec_environment(env),
	    argvec_all());
}
