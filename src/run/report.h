/*
 * report: the line about a job that failed.
 */
#include <stdint.h>

struct batch;
struct buf;
struct result;

/*
 * Adds "parmap: record N "...": cause" and a newline.  The command is its name;
 * detail is what explains a failed execve(2), or empty; limit is the time it had.
 */
void	report_job(struct buf *, const struct batch *, const struct result *,
	    const char *, const struct buf *, int64_t);

/* Adds why no more jobs are started: "xargs: command: cause", and a newline. */
void	report_stop(struct buf *, const struct batch *, const struct result *,
	    const char *, const struct buf *);

/* Adds a duration in seconds, as short as it can be written: 0.5s. */
void	report_duration(struct buf *, int64_t);
