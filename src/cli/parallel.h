/*
 * parallel: the options of GNU parallel.
 */
struct plan;

/* Fills in the plan; exits 255 with a message about words that make no sense. */
void	parallel_parse(struct plan *, int, char **);
