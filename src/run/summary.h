/*
 * summary: what became of all jobs, in a few lines at the end of the run.
 */
#include <stdbool.h>

struct buf;
struct plan;
struct result;
struct slot;
struct summary;

/* NULL if none is asked for.  The time of the run begins. */
struct summary	*summary_new(const struct plan *);

/* NULL will do here and below: nothing is counted, nothing is said. */
void		 summary_free(struct summary *);

/* An attempt is over, and another one of the same job follows. */
void		 summary_retry(struct summary *, const struct slot *);

/* The job in that slot is done with; its slot still says whether it ran. */
void		 summary_add(struct summary *, const struct slot *, const struct result *);

/* Adds the lines, as of now.  Was the input read to its end? */
void		 summary_say(const struct summary *, bool whole, struct buf *);
