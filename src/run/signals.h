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

/* The name without SIG, or "?"; and the number for a name or number, or -1. */
const char	*signals_name(int);
int		 signals_number(const char *);
