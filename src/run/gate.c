/*
 * gate: the slots, which signals may change, the time between starts, and the load
 * average.  That one is the machine's, of the last minute: it lags behind what is
 * started now.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "plan.h"
#include "run/clock.h"
#include "run/gate.h"
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
};

struct gate *
gate_new(const struct plan *plan)
{
	struct gate *g = mem_array(1, sizeof *g);

	g->slots = plan->slots;
	g->slots_most = plan->slots_most;
	g->delay = plan->delay;
	g->max_load = plan->max_load;
	return g;
}

void
gate_free(struct gate *g)
{
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

void
gate_started(struct gate *g, int64_t now)
{
	g->delayed_until = now + g->delay;
}
