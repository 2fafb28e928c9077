/*
 * signals: a flag for each, set by one handler and read by the loop.
 */
#include <sys/resource.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/num.h"
#include "run/signals.h"

/* Those whose default is to end a program and that someone may send to us. */
static const int ending[] = {
	SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGALRM, SIGVTALRM, SIGPROF, SIGUSR1,
	SIGUSR2, SIGXCPU,
};

static const int others[] = { SIGCHLD, SIGTSTP, SIGCONT };

static volatile sig_atomic_t caught[NSIG];
static sigset_t handled;	/* with a handler of ours */
static sigset_t waiting;
static sigset_t ignored;	/* by whoever started us, SIGPIPE or SIGXFSZ */

static void
signals_note(int sig)
{
	caught[sig] = 1;
}

static void
signals_handle(int sig)
{
	struct sigaction action = { .sa_handler = signals_note }, old;

	(void)sigemptyset(&action.sa_mask);
	if (sig != SIGCHLD && sigaction(sig, NULL, &old) == 0 &&
	    old.sa_handler == SIG_IGN)
		return;
	(void)sigaction(sig, &action, NULL);
	(void)sigaddset(&handled, sig);
}

static void
signals_ignore(int sig)
{
	if (signal(sig, SIG_IGN) == SIG_IGN)
		(void)sigaddset(&ignored, sig);
}

void
signals_catch(void)
{
	size_t i;

	(void)sigemptyset(&handled);
	(void)sigemptyset(&ignored);
	for (i = 0; i < countof(ending); i++)
		signals_handle(ending[i]);
	for (i = 0; i < countof(others); i++)
		signals_handle(others[i]);
	(void)sigprocmask(SIG_BLOCK, &handled, &waiting);
	/* A mask we inherited is no reason not to hear of these. */
	for (i = 0; i < countof(ending); i++)
		(void)sigdelset(&waiting, ending[i]);
	for (i = 0; i < countof(others); i++)
		(void)sigdelset(&waiting, others[i]);
	/* A failed write says more than the signal does. */
	signals_ignore(SIGPIPE);
	signals_ignore(SIGXFSZ);
}

const sigset_t *
signals_waiting(void)
{
	return &waiting;
}

void
signals_collect(void)
{
	static const struct timespec now;
	int sig;

	while ((sig = sigtimedwait(&handled, NULL, &now)) > 0)
		caught[sig] = 1;
}

bool
signals_took(int sig)
{
	bool took = caught[sig];

	caught[sig] = 0;
	return took;
}

int
signals_took_end(void)
{
	size_t i;

	for (i = 0; i < countof(ending); i++)
		if (signals_took(ending[i]))
			return ending[i];
	return 0;
}

bool
signals_ignored(int sig)
{
	return sigismember(&ignored, sig) == 1;
}

void
signals_child(void)
{
	sigset_t none;
	size_t i;

	for (i = 0; i < countof(ending); i++)
		if (sigismember(&handled, ending[i]))
			(void)signal(ending[i], SIG_DFL);
	/* One that stops us may be pending: whoever would continue us is waiting for us. */
	if (sigismember(&handled, SIGTSTP))
		(void)signal(SIGTSTP, SIG_IGN);
	for (i = 0; i < countof(others); i++)
		if (sigismember(&handled, others[i]))
			(void)signal(others[i], SIG_DFL);
	if (!signals_ignored(SIGPIPE))
		(void)signal(SIGPIPE, SIG_DFL);
	if (!signals_ignored(SIGXFSZ))
		(void)signal(SIGXFSZ, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Its default action, now. */
static void
signals_raise(int sig)
{
	sigset_t just;

	(void)signal(sig, SIG_DFL);
	(void)raise(sig);
	(void)sigemptyset(&just);
	(void)sigaddset(&just, sig);
	(void)sigprocmask(SIG_UNBLOCK, &just, NULL);
}

void
signals_stop(void)
{
	sigset_t just;

	signals_raise(SIGTSTP);
	(void)sigemptyset(&just);
	(void)sigaddset(&just, SIGTSTP);
	(void)sigprocmask(SIG_BLOCK, &just, NULL);
	signals_handle(SIGTSTP);
}

void
signals_die(int sig)
{
	static const struct rlimit none;

	/* The core of a program that was told to quit is of no use. */
	(void)setrlimit(RLIMIT_CORE, &none);
	signals_raise(sig);
	_exit(128 + sig);
}

void
signals_add_name(struct buf *b, int sig)
{
	const char *name = sigabbrev_np(sig);
	const int middle = (SIGRTMIN + SIGRTMAX) / 2;

	if (name != NULL)
		buf_add_string(b, name);
	else if (sig == SIGRTMIN || sig == SIGRTMAX)
		buf_add_string(b, sig == SIGRTMIN ? "RTMIN" : "RTMAX");
	else if (sig > SIGRTMIN && sig <= middle)
		buf_addf(b, "RTMIN+%d", sig - SIGRTMIN);
	else if (sig > middle && sig < SIGRTMAX)
		buf_addf(b, "RTMAX-%d", SIGRTMAX - sig);
	else
		buf_addf(b, "%d", sig);
}

/* Is it that name, in whatever case? */
static bool
signals_is_name(int sig, const char *s, struct buf *name)
{
	name->length = 0;
	signals_add_name(name, sig);
	return strcasecmp(buf_string(name), s) == 0;
}

int
signals_number(const char *s)
{
	struct buf name = {0};
	const char *why;
	long long n;
	int sig;

	if (num_parse(s, 1, NSIG - 1, &n, &why) == 0)
		return (int)n;
	if (strncasecmp(s, "SIG", 3) == 0)
		s += 3;
	for (sig = 1; sig < NSIG && !signals_is_name(sig, s, &name); sig++)
		;
	buf_release(&name);
	return sig < NSIG ? sig : -1;
}
