/*
 * history: what became of jobs, in this run and in those before it, as the job log
 * has it.
 */
#include <stdbool.h>
#include <stdint.h>

struct history;
struct plan;
struct result;
struct slot;
struct source;

/* NULL if there is to be none.  Exits with a message if the log cannot be written. */
struct history	*history_new(const struct plan *);
void		 history_free(struct history *);

/*
 * Where records are to come from: the commands of the jobs that failed, or NULL if the plan
 * does not have it so.  The history has to outlive it.
 */
struct source	*history_source(const struct history *);

enum past {
	PAST_NONE,		/* to be run */
	PAST_DONE,		/* not again */
	PAST_OTHER,		/* its records were others: the log is not of this input */
};

/*
 * The past of the job that slot has, which gets its digest if anyone will need it, and its
 * number in the log if it comes from there; no history is none.
 */
enum past	 history_past(const struct history *, struct slot *);

/* Logs how the job of that slot ended: 0, or once -1 and errno; then it logs no more. */
int		 history_add(struct history *, const struct slot *, const struct result *);
