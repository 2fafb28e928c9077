/*
 * dialect: a row for each.
 */
#include <err.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/countof.h"
#include "cli/dialect.h"
#include "cli/native.h"
#include "cli/parallel.h"
#include "cli/xargs.h"
#include "plan.h"

#define OPTION	"--dialect"
#define BATS	"bats-exec-file"	/* the command, from 1.11 on */
#define OWN	125	/* of what is wrong before there is a dialect */

static const struct dialect {
	const char	*name;
	void		(*parse)(struct plan *, int, char **);
} dialects[] = {
	{ "parmap", native_parse },
	{ "xargs", xargs_parse },
	{ "parallel", parallel_parse },
};

static const struct dialect *
dialect_find(const char *name)
{
	size_t i;

	for (i = 0; i < countof(dialects); i++)
		if (strcmp(dialects[i].name, name) == 0)
			return &dialects[i];
	return NULL;
}

static const struct dialect *
dialect_named(const char *by, const char *name)
{
	const struct dialect *d = dialect_find(name);

	if (d == NULL) {
		setprogname("parmap");
		errx(OWN, "%s=%s: neither parmap, xargs nor parallel", by, name);
	}
	return d;
}

/* bats calls whatever its --parallel-binary-name says as it would call GNU parallel. */
static bool
is_of_bats(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc - 1 && strcmp(argv[i], "--") != 0; i++)
		;
	return i < argc - 1 && strcmp(argv[i + 1], BATS) == 0;
}

void
dialect_parse(struct plan *plan, int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL, *variable;
	const struct dialect *d = argc > 0 ?
	    dialect_find(slash != NULL ? slash + 1 : argv[0]) : NULL;
	int words = 0;

	variable = getenv("PARMAP_DIALECT");
	if (argc > 1 && strncmp(argv[1], OPTION "=", strlen(OPTION "=")) == 0) {
		d = dialect_named(OPTION, argv[1] + strlen(OPTION "="));
		words = 1;
	} else if (argc > 2 && strcmp(argv[1], OPTION) == 0) {
		d = dialect_named(OPTION, argv[2]);
		words = 2;
	} else if (variable != NULL && *variable != '\0')
		d = dialect_named("PARMAP_DIALECT", variable);
	else if (is_of_bats(argc, argv))
		d = dialect_find("parallel");
	if (d == NULL)
		d = &dialects[0];
	setprogname(d->name);
	d->parse(plan, argc - words, argv + words);
}
