/*
 * agent: the far end of a worker that is a fork of us.  It is given jobs in frames,
 * expands their command, and calls the function for each.
 */
#include <stdbool.h>
#include <stddef.h>

struct desk;
struct io;
struct template;
struct words;

struct agent {
	const struct template	*template;
	const struct words	*names;		/* of fields */
	int			(*function)(int, char **, struct io *);
	bool			 stdio;		/* it may use that */
	size_t			 slot;		/* from 1 */
	struct desk		*desk;
	int			 in;
	int			 out;
};

/* Until no more frames can come; then the process ends. */
void	agent_run(const struct agent *) __attribute__((noreturn));
