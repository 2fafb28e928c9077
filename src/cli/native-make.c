/*
 * native-make: a recipe of make has two things from it: whether anything is to be run, and
 * how many jobs may run at once in all recipes together.
 */
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/countof.h"
#include "cli/options.h"
#include "cli/native-make.h"
#include "plan.h"
#include "run/jobserver.h"
#include "run/makeflags.h"

#define JOBS_UNKNOWN	256	/* at most, where tokens alone say how many */

void
set_jobserver(struct cli *c)
{
	static const char *const names[] = {
		[SHARE_AUTO] = "auto", [SHARE_NOT] = "off", [SHARE_MUST] = "require",
		[SHARE_OURS] = "serve",
	};
	size_t i;

	for (i = 0; i < countof(names); i++)
		if (strcmp(c->value, names[i]) == 0) {
			c->share = (enum share)i;
			return;
		}
	cli_refuse(c, "not auto, off, require or serve");
}

void
set_jobserver_style(struct cli *c)
{
	c->fifo = strcmp(c->value, "fifo") == 0;
	if (!c->fifo && strcmp(c->value, "pipe") != 0)
		cli_refuse(c, "not pipe or fifo");
	c->styled = true;
}

/* Why there is none to be had; errno says more. */
static const char *
native_make_why(const struct makeflags *m)
{
	switch (m->style) {
	case MAKEFLAGS_NONE:
		return "there is none in MAKEFLAGS";
	case MAKEFLAGS_PIPE:
		return errno == EBADF ? "closed; prefix the recipe's line with '+'" :
		    "not its pipe; prefix the recipe's line with '+'";
	case MAKEFLAGS_FIFO:
		return errno == ENXIO ? "not a FIFO" : strerror(errno);
	case MAKEFLAGS_ODD:
		break;
	}
	return "of no known kind";
}

/* There is one, but not for us. */
static void
native_make_refused(struct cli *c, const struct makeflags *m, const char *why)
{
	/* If it is not said how many, it may be the number for all recipes together. */
	if (c->jobs == NULL)
		c->jobs_default = 1;
	if (c->plan->trace == TRACE_NOWHERE &&
	    (c->jobs != NULL || c->plan->report == REPORT_NOTHING))
		return;
	warnx("%s of make, %s: %s", m->auth.data,
	    c->jobs == NULL ? "one job at a time" : "not shared", why);
}

/* The jobserver, if there is one to be had. */
static void
native_make_join(struct cli *c, const struct makeflags *m)
{
	struct plan *plan = c->plan;
	const char *why;

	if (m->style != MAKEFLAGS_NONE && (plan->jobserver = jobserver_join(m)) != NULL) {
		c->jobs_default = m->jobs != 0 ? m->jobs : JOBS_UNKNOWN;
		return;
	}
	why = native_make_why(m);
	switch (c->share) {
	case SHARE_MUST:
		if (m->style == MAKEFLAGS_NONE)
			errx(plan->exits.own, "--jobserver=require: %s", why);
		errx(plan->exits.own, "--jobserver=require: %s of make: %s", m->auth.data, why);
	case SHARE_OURS:
		plan->serve = c->fifo ? SERVE_FIFO : SERVE_PIPE;
		break;
	case SHARE_AUTO:
		if (m->style != MAKEFLAGS_NONE)
			native_make_refused(c, m, why);
		break;
	case SHARE_NOT:
		break;
	}
}

void
native_make(struct cli *c)
{
	struct makeflags m;
	bool dry_run;

	if (c->styled && c->share != SHARE_OURS)
		errx(c->plan->exits.own, "--jobserver-style: only with --jobserver=serve");
	if (c->share == SHARE_NOT)
		return;
	makeflags_parse(getenv("MAKEFLAGS"), &m);
	dry_run = m.dry_run;
	/* With -j1 make has no jobserver; whoever has that for all makes is not in one. */
	if (m.style == MAKEFLAGS_NONE && m.jobs == 1 && getenv("MAKELEVEL") != NULL)
		c->jobs_default = 1;
	/* That of a build script of cargo, which is no recipe. */
	if (m.style == MAKEFLAGS_NONE) {
		makeflags_release(&m);
		makeflags_parse(getenv("CARGO_MAKEFLAGS"), &m);
	}
	if (dry_run)
		c->plan->dry_run = true;
	else if (!c->plan->dry_run)
		native_make_join(c, &m);
	makeflags_release(&m);
}
