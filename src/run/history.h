/*
 * history: what became of jobs, in this run and in those before it, as the job log and
 * the results have it.
 */
#include <stdbool.h>
#include <stdint.h>

struct attempt;
struct history;
struct plan;
struct result;
struct slot;
struct source;
struct template;

/*
 * NULL if there is to be none.  Where results are is the first word of the template,
 * which stays the caller's, or NULL.  Exits with a message if the log cannot be written.
 */
struct history	*history_new(const struct plan *, const struct template *results);
void		 history_free(struct history *);

/*
 * Where records are to come from: the commands of the jobs that failed, or NULL if the plan
 * does not have it so.  The history has to outlive it.
 */
struct source	*history_source(const struct history *);

enum past {
	PAST_NONE,		/* to be run */
	PAST_DONE,		/* not again */
	PAST_KEPT,		/* not again if its result can be recalled */
	PAST_OTHER,		/* its records were others: the log is not of this input */
};

/*
 * The past of the job of that slot, which gets its digest and the place of its result if
 * anyone will need them, and its number in the log if it comes from there.  No history
 * is none.
 */
enum past	 history_past(struct history *, struct slot *, const struct attempt *);

/*
 * Is there a whole result of the job?  Then how it ended is in the slot, and the files
 * of its streams are open, for the caller to close: 1.  If not, 0, or -1 and errno if
 * that cannot be told.
 */
int		 history_recall(struct history *, struct slot *, int fds[2]);

/*
 * What the next attempt of that slot says will be its result, if there are results: 0,
 * or -1 and errno, see history_thing.
 */
int		 history_keep(struct history *, struct slot *);

/*
 * Notes how the job of that slot ended, in its result and then in the log: 0, or once
 * -1 and errno; then nothing is noted any more.
 */
int		 history_add(struct history *, struct slot *, const struct result *);

/*
 * Writes what is owed to the log, as far as it is taken: 0, or -1 and errno, once.  Is
 * there something, for poll(2) of that descriptor?  And so much that no job should add to
 * it?
 */
int		 history_flush(struct history *);
bool		 history_owes(const struct history *, int *fd);
bool		 history_full(const struct history *);

/* What could not be written, as the user named it, for a message. */
const char	*history_thing(struct history *);

/* What the last attempt of that slot said will not be in its result. */
void		 history_rewind(struct slot *);

/* The job of that slot will have no result, if it has none so far. */
void		 history_drop(struct slot *);
