/*
 * terminal: the one that controls us, /dev/tty.  It is asked whether a job may run,
 * and lent to one job at a time.
 */
#include <sys/types.h>

#include <stdbool.h>

struct terminal {
	int	fd;
	pid_t	ours;		/* our process group; 0: it is not open */
	pid_t	lent;		/* the group of the job that has it, or 0 */
	char	first;		/* of an answer that is not complete */
};

enum answer { ANSWER_NONE, ANSWER_YES, ANSWER_NO, ANSWER_END };

/* Opens it if it is not open: 0, or -1 and errno if there is none. */
int		terminal_open(struct terminal *);
void		terminal_close(struct terminal *);

/* What was typed: NONE if that is no whole line so far, END and errno at its end. */
enum answer	terminal_answer(struct terminal *);

/* Are we, and none of our jobs, in its foreground?  Then it can be lent. */
bool		terminal_free(const struct terminal *);

/* That group gets it, or has got it from spawn. */
void		terminal_lend(struct terminal *, pid_t);

/* That group has ended: if it had the terminal, it is ours again. */
bool		terminal_return(struct terminal *, pid_t);

/* That group was stopped for want of it. */
void		terminal_lost(struct terminal *, pid_t);

/* We go on after a stop: if we are in the foreground, whoever had it gets it again. */
void		terminal_resume(struct terminal *);
