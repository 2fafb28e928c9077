/*
 * shell: the far end of a worker that is a bash: the script that reads jobs and runs
 * each in a subshell of its own.
 */
#include <stddef.h>

struct plan;
struct words;

/* It reads so many bytes of text, which it evaluates, ... */
#define SHELL_BLOCK	256

/* and this, in there, reads so many bytes more and evaluates these instead. */
#define SHELL_READ	"LC_ALL=C \\builtin read -r -u \"$1\" -N %zu BASH_EXECUTION_STRING || " \
			"\\builtin exit; \\builtin eval \"$BASH_EXECUTION_STRING\""

/*
 * Adds the words that start it.  Its descriptors are that one, for jobs, the next, for what
 * it answers, and the one after that, which it opens itself.
 */
#define SHELL_FDS	3
void	shell_words(const struct plan *, int first, struct words *);
