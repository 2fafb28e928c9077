/*
 * sink: who may speak now?  The only one who writes to standard output and
 * standard error.  Every job has a turn; what it says before its turn has come is
 * held, what comes then goes out as it comes, and what the reader does not take
 * at once is owed.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct kept;
struct plan;
struct pollfd;
struct sink;
struct turn;

struct sink	*sink_new(const struct plan *);
void		 sink_free(struct sink *);

/* The turn of the next job in input order; the sink's own again after sink_leave. */
struct turn	*sink_enter(struct sink *);

/* The turn of a job that comes after that one, and before all others that do. */
struct turn	*sink_enter_after(struct sink *, struct turn *);

/* Each line it says from now on begins with a copy of that. */
void		 sink_tag(struct turn *, const char *, size_t);

/*
 * What it says itself is kept there too, which stays the caller's, until it is NULL; and
 * if that is all of it, it is not said.
 */
void		 sink_keep(struct turn *, struct kept *, bool all);

/*
 * Shall all of what it says be held until sink_leave, so that it can be dropped, though
 * its turn has come?  Where lines are said as they come, they are all the same.
 */
void		 sink_hold(const struct sink *, struct turn *, bool);

/* What is held of the job is not said. */
void		 sink_drop(struct sink *, struct turn *);

/* In place of what is held of its stdout it says that. */
void		 sink_replace(struct sink *, struct turn *, const void *, size_t);

/*
 * What was said so far is complete, though there are other jobs that have the same turn:
 * it is not muted, nor dropped, with what comes.
 */
void		 sink_complete(struct sink *, struct turn *);

/*
 * If the plan has JSON: what is told of the job in its object, which are members with commas
 * between them; or of an array, that it has no value.
 */
void		 sink_tell(struct turn *, const struct buf *members);
void		 sink_tell_null(struct sink *, struct turn *);

/* The job has nothing more to say. */
void		 sink_leave(struct sink *, struct turn *);

/*
 * The jobs that run will be ended.  But for the one whose turn it is, if it has a
 * reader, nothing they wrote or write shall be said; and nothing complete behind
 * them either, unless the flag is set.
 */
void		 sink_cut(struct sink *, bool);

/* Is nothing said of what that one wrote? */
bool		 sink_muted(const struct turn *);

/*
 * All jobs are over; this comes once.  If the plan has all output held until here: of
 * stdout, is it to be said or was the run cut short?
 */
void		 sink_release(struct sink *, bool whole);

/* Should the pipes of the job be read now? */
bool		 sink_wants(const struct sink *, const struct turn *);

/*
 * Reads once, at most so many bytes, from a pipe that has some or is at its end; without a
 * turn see sink_say.  How many, 0 at the end, or -1 and errno.
 */
ssize_t		 sink_read(struct sink *, struct turn *, int stream, int fd, size_t);

/*
 * The same of what was read elsewhere.  No turn: it is of nobody, and is said after all
 * that has entered by now.
 */
void		 sink_say(struct sink *, struct turn *, int stream, const void *, size_t);

/* What is shown in the job's name, as if it had said it, on stream 1 or 2. */
void		 sink_show(struct sink *, struct turn *, int stream, const void *, size_t);

/* Our own words about the job, on its stream, 1 or 2; on 2 they begin a line. */
void		 sink_add(struct sink *, struct turn *, int stream, const void *, size_t);

/* Says it on standard error after all that has entered by now. */
void		 sink_notice(struct sink *, const void *, size_t);

/* Says it on standard error now, before all else, if that does not block. */
void		 sink_cry(struct sink *, const void *, size_t);

/* Writes what is owed, as far as the reader takes it. */
void		 sink_flush(struct sink *);
bool		 sink_owes(const struct sink *);	/* something whose turn has come */
/* Was there more to say on stdout than the plan allows? */
bool		 sink_spent(const struct sink *);
bool		 sink_full(const struct sink *);	/* start nothing more for now */

/* There is no more room for what has to be held, and nobody will make some. */
bool		 sink_stuck(const struct sink *);

/*
 * Looks how fast the output goes at that moment, in nanoseconds; gives the one at
 * which to look again, or 0.
 */
int64_t		 sink_tick(struct sink *, int64_t);

/* All is written: has it arrived?  See sink_error. */
void		 sink_settle(struct sink *);

/* Bytes that were written so far: does the reader take any? */
unsigned long long sink_progress(const struct sink *);

/* Fills in what to poll, at most 2: how many; then tells what poll(2) said. */
int		 sink_poll(const struct sink *, struct pollfd *);
void		 sink_polled(struct sink *, const struct pollfd *, int);

/* There is more to write at once: do not sleep. */
bool		 sink_busy(const struct sink *);

/*
 * The first error of a write, errno, or 0; and the name of what could not be
 * written.  What else is said there is dropped.
 */
int		 sink_error(const struct sink *, const char **);
