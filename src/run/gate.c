/*
 * gate: the slots, which signals may change, the time between starts, the tokens of a
 * jobserver, and the load average.  That one is the machine's, of the last minute: it
 * lags behind what is started now.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "plan.h"
#include "run/clock.h"
#include "run/gate.h"
#include "run/jobserver.h"
#include "run/limits.h"

#define LOOK_EVERY	CLOCK_S		/* at the load */

struct gate {
	size_t	 slots;
	size_t	 slots_most;
	int64_t	 delay;
	int64_t	 delayed_until;
	double	 max_load;	/* 0: any */
	int64_t	 look_at;	/* the moment to look at the load again */
	bool	 loaded;	/* when we looked last */
	struct jobserver *jobserver;	/* or NULL */
};

struct gate *
gate_new(const struct plan *plan)
{
	struct jobserver *jobserver = plan->jobserver;
	struct gate *g;

	if (plan->serve != SERVE_NOT) {
		jobserver = jobserver_serve(plan->slots, plan->serve == SERVE_FIFO ?
		    JOBSERVER_FIFO : JOBSERVER_PIPE);
		if (jobserver == NULL)
			return NULL;
	}
	g = mem_array(1, sizeof *g);
	g->jobserver = jobserver;
	g->slots = plan->slots;
	g->slots_most = plan->slots_most;
	g->delay = plan->delay;
	g->max_load = plan->max_load;
	return g;
}

void
gate_free(struct gate *g)
{
	jobserver_free(g->jobserver);
	free(g);
}

bool
gate_has_slot(const struct gate *g, size_t jobs)
{
	return jobs < g->slots;
}

void
gate_add_slot(struct gate *g)
{
	if (g->slots < g->slots_most)
		g->slots++;
}

void
gate_drop_slot(struct gate *g)
{
	if (g->slots > 1)
		g->slots--;
}

int64_t
gate_ask(struct gate *g, int64_t now)
{
	if (g->delayed_until > now)
		return g->delayed_until;
	if (g->max_load == 0)
		return 0;
	if (g->look_at <= now) {
		g->loaded = limits_load() >= g->max_load;
		g->look_at = now + LOOK_EVERY;
	}
	return g->loaded ? g->look_at : 0;
}

bool
gate_take(struct gate *g, size_t jobs)
{
	return g->jobserver == NULL || jobs == 0 || jobserver_take(g->jobserver);
}

void
gate_keep(struct gate *g, size_t jobs)
{
	if (g->jobserver != NULL)
		jobserver_keep(g->jobserver, jobs > 0 ? jobs - 1 : 0);
}

int
gate_fd(const struct gate *g)
{
	return g->jobserver != NULL ? jobserver_fd(g->jobserver) : -1;
}

void
gate_started(struct gate *g, int64_t now)
{
	g->delayed_until = now + g->delay;
}
