/*
 * retry: is a job tried again, and when?  Include run/verdict.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retry;

/* Does the plan have another attempt follow that one, its tries-th? */
bool	retry_wanted(const struct retry *, const struct result *);

/*
 * How long to wait before the attempt after so many: the plan's delay, doubled for each
 * but the first, up to an hour, of which chance takes up to a half, so that those that
 * failed together do not come back together.
 */
int64_t	retry_pause(const struct retry *, size_t tries);
