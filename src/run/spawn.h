/*
 * spawn: the only one who forks.  A child gets a process group of its own,
 * the plan's stdin, its caps, default signals, and whatever we inherited above fd 2.
 */
#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

struct plan;
struct spawner;

/* What we read from a child. */
enum pipe { PIPE_OUT, PIPE_ERR, PIPE_FRAMES, PIPES };

struct child {
	pid_t	pid;
	int	input;		/* write end of its stdin, which does not block, or -1 */
	int	fds[PIPES];	/* read ends, or -1; only a worker has frames */
	bool	front;		/* asked for: its group is in the terminal's foreground */
};

/*
 * For as many slots as the plan can have.  NULL and errno if there is nothing that
 * jobs could read.
 */
struct spawner	*spawner_new(const struct plan *);
void		 spawner_free(struct spawner *);

/*
 * Starts the command as a job of that number in the slot of that index.  0, or -1
 * and errno, where EAGAIN, ENOMEM, EMFILE and ENFILE may be different another time.
 * To have it in the foreground SIGTTOU has to be blocked.
 */
int		 spawn(struct spawner *, size_t, uint64_t, char *const *,
		    struct child *);

/*
 * What a forked worker is told by when it, or one of its children, has written to standard
 * output or standard error itself.  Who has no handler for it ignores it.
 */
#define SPAWN_WRITTEN	SIGWINCH

/* In such a worker: will it be told?  If not, it has to look. */
bool		 spawn_tells(void);

/*
 * Starts a worker in the slot of that index, which calls the function with the data, and
 * where its frames come from and go to.  What that reads and writes itself is as for a
 * job.  0, or -1 and errno.
 */
int		 spawn_function(struct spawner *, size_t, void (*)(void *, int, int),
		    void *, struct child *);

/*
 * The first of so many numbers in a row that no child has a descriptor of, and none that
 * anyone would choose.
 */
int		 spawner_spare(const struct spawner *, int count);

/*
 * Starts a worker that is a program.  Its jobs come from the descriptor of that number, of
 * those that are spare, and its answers go to the next; the rest is as with a function.
 */
int		 spawn_worker(struct spawner *, size_t, char *const *, int first,
		    struct child *);

/* Why what was started last in that slot could not be executed: errno, or 0. */
int		 spawn_error(const struct spawner *, size_t);

/* The environment of the children. */
char *const	*spawn_environment(const struct spawner *);
