/*
 * signals: what the loop hears of them.  Those we handle are blocked but for
 * the time in ppoll(2), so there is one place where they arrive.
 */
#include <signal.h>
#include <stdbool.h>

/*
 * From here on handle those that end a program, stop it or tell of children.
 * Those our parent has us ignore stay ignored, for the jobs as well (nohup).
 */
void		 signals_catch(void);

/* The mask for ppoll(2). */
const sigset_t	*signals_waiting(void);

/* Note what is pending: ppoll(2) does not look while descriptors are ready. */
void		 signals_collect(void);

bool		 signals_took(int);	/* it came since we asked last */
int		 signals_took_end(void);	/* one that shall end us, or 0 */

/* Our parent has us ignore it. */
bool		 signals_ignored(int);

/* In a child, before execve(2): default actions, nothing blocked. */
void		 signals_child(void);

/* Stop as if we did not handle SIGTSTP; gives when continued. */
void		 signals_stop(void);

/* Die of that signal, as if we did not handle it. */
void		 signals_die(int) __attribute__((noreturn));

struct buf;

/*
 * Adds the name without SIG, as kill(1) of bash has it, RTMIN+n for one of real time; or
 * for a signal without a name its number.
 */
void		 signals_add_name(struct buf *, int);

/* The number for such a name, SIG before it or not, or a number; or -1. */
int		 signals_number(const char *);
