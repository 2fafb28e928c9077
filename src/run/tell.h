/*
 * tell: what became of a job, in JSON.
 */
struct buf;
struct plan;
struct result;
struct slot;

/* Adds the members of an object: seq, args, status, signal, timed_out, start, seconds. */
void	tell_members(const struct plan *, const struct slot *, const struct result *,
	    struct buf *);
