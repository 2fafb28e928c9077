/*
 * desk: memory that a forked worker shares with us: how far it is with the jobs it was
 * given, and the frames that it has not written yet.  A write(2) for each would cost
 * more than most functions; and what is on the desk is not lost when the worker dies,
 * wherever it was.  Without such memory the desk is the worker's own, and it writes
 * after each job.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct desk;

struct desk	*desk_new(void);
void		 desk_free(struct desk *);

/* Can we see it too?  If not, a worker is to be given one job at a time. */
bool		 desk_shared(const struct desk *);

/* For a new worker: nothing is on it.  Shall the moments at which jobs begin be noted? */
void		 desk_clear(struct desk *, bool timed);

/*
 * The worker's half.  Its frames go to that descriptor; if that fails, it ends.
 */

/* It was given so many jobs, from that number on. */
void		 desk_run(struct desk *, uint64_t id, size_t jobs);

/* Takes the next one of these: false if there is none. */
bool		 desk_begin(struct desk *, uint64_t *id);

/* Are there others? */
bool		 desk_more(struct desk *);

/* The job says that, on stream 1 or 2. */
void		 desk_say(struct desk *, int fd, int stream, const void *, size_t);

/* The job has ended, with that exit status; the first of all began at that moment. */
void		 desk_end(struct desk *, int fd, int status, int64_t started);

/* All have: writes everything. */
void		 desk_rest(struct desk *, int fd, int64_t started);

/* Writes a frame that is about no job. */
void		 desk_hello(struct desk *, int fd);

/*
 * Our half.
 */

/* Jobs are on their way to it. */
void		 desk_ask(struct desk *);

/*
 * Adds frames that the worker has not written yet, behind those that are in the pipe,
 * which does not block.  How many bytes came; -1 if the worker is at the desk.
 */
ssize_t		 desk_peek(struct desk *, int fd, struct buf *);

/*
 * The same when it is dead, and so many bytes of it have come: false if there is no telling
 * what it did, as what the desk says cannot be, or more was written than has come.
 */
bool		 desk_clear_away(struct desk *, uint64_t received, struct buf *);

/*
 * Takes back jobs that have not begun, but leaves so many that have not ended: how many.  If
 * that would be more than the last number what the desk says cannot be, and it is none.
 */
size_t		 desk_recall(struct desk *, size_t least, size_t most);

/* Is the worker, which is dead, at none of the jobs it was given? */
bool		 desk_idle(const struct desk *);

/* Jobs of those asked last that have ended, and the moment the one it is on began, or 0. */
size_t		 desk_ended(const struct desk *);
int64_t		 desk_began(const struct desk *);
