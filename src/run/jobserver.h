/*
 * jobserver: GNU make's, whose tokens say how many jobs may run at once in all that
 * share it.  A token is a byte of a pipe or FIFO.  Whoever was started has one job to
 * its name; for each further one it takes a token, and gives it back after that.
 */
#include <stdbool.h>
#include <stddef.h>

struct jobserver;
struct makeflags;

enum jobserver_style { JOBSERVER_PIPE, JOBSERVER_FIFO };

/*
 * The one that make told us of.  NULL and errno if it is not to be had: EBADF if its
 * descriptors are closed, ENXIO if what is there is no pipe or FIFO.
 */
struct jobserver *jobserver_join(const struct makeflags *);

/*
 * A new one, for so many jobs, of which what we start knows from MAKEFLAGS and
 * CARGO_MAKEFLAGS.  NULL and errno.
 */
struct jobserver *jobserver_serve(size_t jobs, enum jobserver_style);

/* All is given back, and what was made is gone; nothing if it is NULL. */
void	jobserver_free(struct jobserver *);

/* Takes one token more, if there is one at this moment: it never waits. */
bool	jobserver_take(struct jobserver *);

/* Gives all back but so many, the last taken first. */
void	jobserver_keep(struct jobserver *, size_t);

/* What can be read when there may be a token, or -1 if there will be none any more. */
int	jobserver_fd(const struct jobserver *);
