/*
 * argvec: what the kernel takes for arguments, and the words on their way to
 * execve(2).
 */
#include <stddef.h>

struct buf;
struct words;

/* Bytes one argument or environment string can have, without its NUL. */
size_t	argvec_word_limit(void);

/*
 * Bytes that arguments may take beside the environment, each counted by
 * argvec_cost; some room is left for what a command adds, as POSIX has xargs do.
 */
size_t	argvec_total_limit(void);

/* What one argument of that length costs: its bytes, a NUL and a pointer. */
size_t	argvec_cost(size_t);

/*
 * Why execve(2) said E2BIG to these words and that environment: adds words fit
 * for a message to the buffer.
 */
void	argvec_explain(const struct words *, char *const *, struct buf *);
