/*
 * report: the line about a job that failed.
 */
#include <stdint.h>

struct batch;
struct buf;
struct plan;
struct result;

/*
 * Adds "parmap: record N "...": cause" and a newline.  The command is its name;
 * detail is what explains a failed execve(2), or empty.
 */
void	report_job(struct buf *, const struct batch *, const struct result *,
	    const char *, const struct buf *, const struct plan *);

/* Adds whom it is about: record N "...", with the text of the first of several. */
void	report_subject(struct buf *, const struct batch *, const struct plan *);

/* What the plan's records are called: record, or block. */
const char	*report_noun(const struct plan *);

/* Adds why no more jobs are started: "xargs: command: cause", and a newline. */
void	report_stop(struct buf *, const struct batch *, const struct result *,
	    const char *, const struct buf *, const struct plan *);

/* Adds a duration in seconds, as short as it can be written: 0.5s. */
void	report_duration(struct buf *, int64_t);
