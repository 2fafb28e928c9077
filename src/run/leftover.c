/*
 * leftover: a group, which lives as long as one of its processes does, or one process
 * that left the group of its job.  We are told nothing of their ends, as they are not
 * our children (or only by adoption), so we have to ask kill(2) whether they still
 * exist.  It cannot tell a group from a later one of the same number; that all of
 * them are asked every tenth of a second, and forgotten when they are gone, leaves a
 * number little time to be given to others.  Of a process the start time tells.
 *
 * Those whose parents died are our children, if the kernel grants it.  There is no
 * need to look for them before one of them is due:
 *
 *	whose job runs, or was cut	not before it is cut: we look then
 *	whose job ended by itself	not before its limit: we look then
 *	that orphans started		not before we looked, and the limit after that
 *	others				not before the run's end
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "plan.h"
#include "run/clock.h"
#include "run/kin.h"
#include "run/leftover.h"

#define ASK_EVERY	(100 * CLOCK_MS)
#define END_EVERY	(10 * CLOCK_MS)	/* when the run waits for them */
#define LOOK_EVERY	(50 * CLOCK_MS)	/* at most */
#define AFTER_KILL	CLOCK_S		/* then it is a zombie nobody waits for */

struct leftover {
	pid_t		group;		/* or 0: one process, */
	struct kin	kin;		/* this one */
	int64_t		signal_at;
	int64_t		kill_at;
	int64_t		forget_at;
	bool		forgotten;	/* it is there, but we wait for it no more */
};

struct leftovers {
	const struct plan *plan;
	bool		(*is_job)(const void *, pid_t);
	const void	*arg;
	pid_t		 self;
	struct kins	 strangers;
	bool		 strange;	/* orphans may be those of others than our jobs */
	struct leftover	*list;
	size_t		 count;
	size_t		 room;
	int		 signal;
	bool		 ending;
	int64_t		 signal_at;	/* if the run is ending: for those found later */
	int64_t		 kill_at;
	int64_t		 asked_at;
	int64_t		 looked_at;
	int64_t		 look_at;	/* or 0 */
	bool		 over;		/* nobody is left */
};

/* Does anybody have us for a parent? */
static bool
is_parent(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 ||
	    errno != ECHILD;
}

struct leftovers *
leftovers_new(const struct plan *plan, bool (*is_job)(const void *, pid_t),
    const void *arg)
{
	struct leftovers *l = mem_array(1, sizeof *l);

	l->plan = plan;
	l->is_job = is_job;
	l->arg = arg;
	l->self = getpid();
	l->signal = plan->signal;
	/*
	 * The dead among them are waited for then, and their groups seen to be gone,
	 * whatever process 1 does.
	 */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* Of whoever executed us; as process 1 we get more of them. */
	l->strange = is_parent();
	if (l->strange)
		kin_children(&l->strangers);
	l->strange |= l->self == 1;
	return l;
}

void
leftovers_free(struct leftovers *l)
{
	free(l->strangers.list);
	free(l->list);
	free(l);
}

/*
 * The list.
 */
static bool
leftover_exists(const struct leftover *o)
{
	return kill(o->group != 0 ? -o->group : o->kin.pid, 0) == 0 || errno == EPERM;
}

static void
leftover_send(const struct leftover *o, int sig)
{
	if (o->group != 0)
		(void)kill(-o->group, sig);
	else if (kin_lives(&o->kin))
		(void)kill(o->kin.pid, sig);
}

static bool
kin_same(const struct kin *a, const struct kin *b)
{
	return a->pid == b->pid && a->start == b->start;
}

/* A new one, or the one that is there for that process. */
static struct leftover *
leftovers_entry(struct leftovers *l, const struct kin *k)
{
	size_t i;

	for (i = 0; k != NULL && i < l->count; i++)
		if (l->list[i].group == 0 && kin_same(&l->list[i].kin, k))
			return &l->list[i];
	if (l->count == l->room) {
		l->room = l->room != 0 ? 2 * l->room : 8;
		l->list = mem_resize(l->list, l->room, sizeof *l->list);
	}
	l->list[l->count] = (struct leftover){0};
	if (k != NULL)
		l->list[l->count].kin = *k;
	return &l->list[l->count++];
}

static bool
leftovers_know(const struct leftovers *l, const struct kin *k)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->list[i].group != 0 ? l->list[i].group == k->group :
		    kin_same(&l->list[i].kin, k))
			return true;
	return false;
}

static bool
leftovers_any(const struct leftovers *l)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (!l->list[i].forgotten)
			return true;
	return false;
}

/* Is to be looked for orphans at that moment? */
static void
leftovers_expect(struct leftovers *l, int64_t moment)
{
	if (moment != 0 && moment < l->looked_at + LOOK_EVERY)
		moment = l->looked_at + LOOK_EVERY;
	l->look_at = clock_sooner(l->look_at, moment);
}

/* Forgets those that are gone. */
static void
leftovers_prune(struct leftovers *l, int64_t now)
{
	size_t i, before = l->count;

	/* Each asking takes a system call for each. */
	if (now - l->asked_at < (l->ending ? END_EVERY : ASK_EVERY))
		return;
	l->asked_at = now;
	for (i = 0; i < l->count; )
		if (leftover_exists(&l->list[i]))
			i++;
		else
			l->list[i] = l->list[--l->count];
	/* Its children may be ours now. */
	if (l->ending && l->count < before)
		leftovers_expect(l, now);
}

/* When is it due that began then? */
static void
leftovers_schedule(const struct leftovers *l, struct leftover *o, int64_t began,
    int64_t now)
{
	if (l->plan->job_limit != 0) {
		o->signal_at = began + l->plan->job_limit;
		if (o->signal_at < now)
			o->signal_at = now;
		o->kill_at = o->signal_at + l->plan->kill_after;
	}
	if (l->ending) {
		o->signal_at = clock_sooner(o->signal_at, l->signal_at);
		o->kill_at = clock_sooner(o->kill_at, l->kill_at);
	}
}

/*
 * Who gets there.
 */
void
leftovers_add(struct leftovers *l, pid_t group, int64_t limit_at, int64_t kill_at,
    int64_t now)
{
	struct leftover o = { .group = group };

	if (kill_at == LEFTOVER_KILLED)
		o.forget_at = now + AFTER_KILL;
	else if (kill_at != 0)
		o.kill_at = kill_at;
	else
		leftovers_schedule(l, &o, limit_at - l->plan->job_limit, now);
	leftovers_expect(l, l->ending ? now : limit_at);
	leftovers_prune(l, now);
	if (leftover_exists(&o))
		*leftovers_entry(l, NULL) = o;
}

void
leftovers_take(struct leftovers *l, struct kins *kins, pid_t group, int sig,
    int64_t kill_at)
{
	int64_t now = clock_now();
	struct leftover *o;
	const struct kin *k;

	for (k = kins->list; k < kins->list + kins->count; k++) {
		if (k->group == group)
			continue;
		o = leftovers_entry(l, k);
		o->signal_at = 0;
		o->kill_at = sig == SIGKILL ? 0 : clock_sooner(o->kill_at, kill_at);
		o->forget_at = sig == SIGKILL ? now + AFTER_KILL : 0;
		(void)kill(k->pid, sig);
		(void)kill(k->pid, SIGCONT);
	}
	free(kins->list);
	*kins = (struct kins){0};
	if (l->plan->job_limit != 0)
		leftovers_expect(l, now);
}

/* Is it, with all that descends from it, nothing that a job left? */
static bool
leftovers_skip(void *arg, const struct kin *k)
{
	const struct leftovers *l = arg;
	const char *name = l->plan->sequence_variable;
	size_t i;

	if (k->parent != l->self)
		return false;
	if (l->is_job(l->arg, k->pid))
		return true;
	for (i = 0; i < l->strangers.count; i++)
		if (kin_same(&l->strangers.list[i], k))
			return true;
	/* Strangers can leave orphans too, but not with the variable as a job has it. */
	return l->strange && !kin_has(k, name, getenv(name));
}

/* Looks for orphans, and what descends from them. */
static void
leftovers_look(struct leftovers *l, int64_t now)
{
	struct kins kins = {0};
	const struct kin *k;

	l->look_at = 0;
	l->looked_at = now;
	if (is_parent())
		kin_find(&kins, l->self, leftovers_skip, l);
	for (k = kins.list; k < kins.list + kins.count; k++)
		if (!leftovers_know(l, k) && !l->is_job(l->arg, k->group))
			leftovers_schedule(l, leftovers_entry(l, k), kin_began(k, now), now);
	free(kins.list);
	if (l->count > 0 && l->plan->job_limit != 0)
		leftovers_expect(l, now + l->plan->job_limit);
}

void
leftovers_reused(struct leftovers *l, pid_t pid)
{
	size_t i;

	for (i = 0; i < l->count; )
		if (l->list[i].group == pid || l->list[i].kin.pid == pid)
			l->list[i] = l->list[--l->count];
		else
			i++;
}

/*
 * How they end.
 */
void
leftovers_signal(struct leftovers *l, int sig)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		leftover_send(&l->list[i], sig);
}

/* Signals one, and what descends from it. */
static void
leftovers_strike(struct leftovers *l, size_t i, int sig)
{
	const struct leftover o = l->list[i];
	struct kins kins = {0};

	if (o.group == 0 && !kin_lives(&o.kin)) {
		l->list[i].forgotten = true;
		return;
	}
	if (o.group == 0)
		kin_find(&kins, o.kin.pid, NULL, NULL);
	leftover_send(&o, sig);
	leftover_send(&o, SIGCONT);
	leftovers_take(l, &kins, 0, sig, o.kill_at);
}

void
leftovers_end(struct leftovers *l, int sig, int64_t signal_at, int64_t kill_at)
{
	int64_t now = clock_now();
	struct leftover *o;

	leftovers_look(l, now);
	if (signal_at == 0) {
		leftovers_signal(l, sig);
		leftovers_signal(l, SIGCONT);
	}
	l->signal = sig;
	l->ending = true;
	l->signal_at = clock_sooner(l->signal_at, signal_at != 0 ? signal_at : now);
	l->kill_at = clock_sooner(l->kill_at, kill_at);
	l->asked_at = 0;
	for (o = l->list; o < l->list + l->count; o++) {
		if (o->forget_at != 0 || o->forgotten)
			continue;
		/* Who was signalled before is not once more, but for a signal to us. */
		if (signal_at == 0)
			o->signal_at = 0;
		else if (o->signal_at != 0 || o->kill_at == 0)
			o->signal_at = clock_sooner(o->signal_at, l->signal_at);
		o->kill_at = clock_sooner(o->kill_at, l->kill_at);
	}
}

static void
leftovers_tick_one(struct leftovers *l, size_t i, int64_t now)
{
	struct leftover *o = &l->list[i];

	if (o->signal_at != 0 && o->signal_at <= now) {
		o->signal_at = 0;
		leftovers_strike(l, i, l->signal);
		o = &l->list[i];
	}
	if (o->kill_at != 0 && o->kill_at <= now) {
		o->signal_at = o->kill_at = 0;
		o->forget_at = now + AFTER_KILL;
		leftovers_strike(l, i, SIGKILL);
		o = &l->list[i];
	}
	if (o->forget_at != 0 && o->forget_at <= now) {
		o->forget_at = 0;
		o->forgotten = true;
	}
}

int64_t
leftovers_tick(struct leftovers *l, int64_t now)
{
	int64_t next = 0;
	const struct leftover *o;
	size_t i;

	leftovers_prune(l, now);
	if (l->look_at != 0 && l->look_at <= now)
		leftovers_look(l, now);
	for (i = 0; i < l->count; i++) {
		leftovers_tick_one(l, i, now);
		o = &l->list[i];
		next = clock_sooner(next, clock_sooner(o->signal_at,
		    clock_sooner(o->kill_at, o->forget_at)));
	}
	if (leftovers_any(l))
		next = clock_sooner(next, now + (l->ending ? END_EVERY : ASK_EVERY));
	return clock_sooner(next, l->look_at);
}

int64_t
leftovers_last(struct leftovers *l, int64_t now)
{
	int64_t next;

	if (l->over)
		return 0;
	next = leftovers_tick(l, now);
	if (leftovers_any(l))
		return next;
	leftovers_look(l, now);
	l->over = !leftovers_any(l);
	return l->over ? 0 : leftovers_tick(l, now);
}
