/*
 * xargs: the dialect of POSIX xargs with the options of GNU's.
 */
struct plan;

/* As native_parse; exits 1 if the command line makes no sense. */
void	xargs_parse(struct plan *, int, char **);
