/*
 * agent-stdio: what the function of a worker writes with stdio is said as what it writes
 * with its io, and stands where it belongs among that.
 */
#include <stddef.h>

/*
 * From here on, what is written to stdout, 1, and stderr, 2, is given to that function,
 * with the argument.
 */
void	agent_stdio(void (*)(const void *, int stream, const void *, size_t), const void *);

/* A job is over: says what it left in these streams. */
void	agent_stdio_rest(void);
