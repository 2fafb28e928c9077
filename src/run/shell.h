/*
 * shell: the far end of a worker that is a bash: the script that reads jobs and runs
 * each in a subshell of its own.
 */
struct plan;

#define SHELL_WORDS	8

/*
 * The words that start it, and NULL; the last two are for the numbers of its
 * descriptors.
 */
void	shell_words(const struct plan *, char *in, char *out, char *words[SHELL_WORDS]);
