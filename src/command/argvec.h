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
 * Bytes that arguments may take beside the environment, each counted with its NUL
 * and ARGVEC_POINTER; some room is left for what a command adds, as POSIX has xargs
 * do.
 */
#define ARGVEC_POINTER	sizeof(char *)
size_t	argvec_total_limit(void);

/*
 * Why execve(2) said E2BIG to these words and that environment: adds words fit
 * for a message to the buffer.
 */
void	argvec_explain(const struct words *, char *const *, struct buf *);
