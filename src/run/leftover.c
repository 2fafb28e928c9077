/*
 * leftover: we are told nothing about these processes, as they are not our
 * children (or only by adoption), so we have to ask kill(2) whether they still
 * exist.  It cannot tell a group from a later one of the same number; that all of
 * them are asked every tenth of a second, and forgotten when they are gone, leaves a
 * number little time to be given to others.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "base/mem.h"
#include "run/clock.h"
#include "run/leftover.h"

#define ASK_EVERY	(100 * CLOCK_MS)
#define END_EVERY	(10 * CLOCK_MS)	/* when the run waits for them */
#define AFTER_KILL	CLOCK_S		/* then it is a zombie nobody waits for */

struct leftover {
	pid_t	group;
	int64_t	signal_at;
	int64_t	kill_at;
	int64_t	forget_at;
};

struct leftovers {
	struct leftover	*list;
	size_t		 count;
	size_t		 room;
	int		 signal;
	bool		 ending;
	int64_t		 asked_at;
};

struct leftovers *
leftovers_new(void)
{
	return mem_array(1, sizeof(struct leftovers));
}

void
leftovers_free(struct leftovers *l)
{
	free(l->list);
	free(l);
}

static bool
group_exists(pid_t group)
{
	return kill(-group, 0) == 0 || errno == EPERM;
}

/* Forgets those that are gone. */
static void
leftovers_prune(struct leftovers *l, int64_t now)
{
	size_t i;

	/* Each asking takes a system call for each. */
	if (now - l->asked_at < (l->ending ? END_EVERY : ASK_EVERY))
		return;
	l->asked_at = now;
	for (i = 0; i < l->count; )
		if (group_exists(l->list[i].group))
			i++;
		else
			l->list[i] = l->list[--l->count];
}

void
leftovers_add(struct leftovers *l, pid_t group, int64_t kill_at, int64_t now)
{
	int64_t forget_at = 0;

	if (kill_at == LEFTOVER_KILLED) {
		kill_at = 0;
		forget_at = now + AFTER_KILL;
	}
	leftovers_prune(l, now);
	if (!group_exists(group))
		return;
	if (l->count == l->room) {
		l->room = l->room != 0 ? 2 * l->room : 8;
		l->list = mem_resize(l->list, l->room, sizeof *l->list);
	}
	l->list[l->count++] = (struct leftover){
		.group = group, .kill_at = kill_at, .forget_at = forget_at,
	};
}

void
leftovers_reused(struct leftovers *l, pid_t pid)
{
	size_t i;

	for (i = 0; i < l->count; )
		if (l->list[i].group == pid)
			l->list[i] = l->list[--l->count];
		else
			i++;
}

void
leftovers_signal(struct leftovers *l, int sig)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		(void)kill(-l->list[i].group, sig);
}

void
leftovers_end(struct leftovers *l, int sig, int64_t signal_at, int64_t kill_at)
{
	size_t i;

	l->signal = sig;
	l->ending = true;
	l->asked_at = 0;
	for (i = 0; i < l->count; i++) {
		if (l->list[i].kill_at != 0 || l->list[i].forget_at != 0)
			continue;
		l->list[i].signal_at = signal_at;
		l->list[i].kill_at = kill_at;
	}
}

static void
leftover_tick(struct leftover *o, int sig, int64_t now)
{
	if (o->signal_at != 0 && o->signal_at <= now) {
		o->signal_at = 0;
		(void)kill(-o->group, sig);
		(void)kill(-o->group, SIGCONT);
	}
	if (o->kill_at != 0 && o->kill_at <= now) {
		o->signal_at = o->kill_at = 0;
		o->forget_at = now + AFTER_KILL;
		(void)kill(-o->group, SIGKILL);
	}
}

int64_t
leftovers_tick(struct leftovers *l, int64_t now)
{
	int64_t next = 0;
	size_t i;

	leftovers_prune(l, now);
	for (i = 0; i < l->count; ) {
		leftover_tick(&l->list[i], l->signal, now);
		if (l->list[i].forget_at != 0 && l->list[i].forget_at <= now) {
			l->list[i] = l->list[--l->count];
			continue;
		}
		next = clock_sooner(next, clock_sooner(l->list[i].signal_at,
		    clock_sooner(l->list[i].kill_at, l->list[i].forget_at)));
		i++;
	}
	if (l->count > 0)
		next = clock_sooner(next, now + (l->ending ? END_EVERY : ASK_EVERY));
	return next;
}

bool
leftovers_any(const struct leftovers *l)
{
	return l->count > 0;
}
