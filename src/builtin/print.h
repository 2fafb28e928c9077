/*
 * print: a command that is shown instead of run, or before it runs.
 */
#include <stdbool.h>

struct buf;
struct words;

/*
 * Adds the words as one would type them in a shell, separated by blanks, and a
 * newline; of a shell's own, only the line it is to run.
 */
void	print_command(const struct words *, bool, struct buf *);

/* Adds these fields of a record, as what a command that has just been added is to read. */
void	print_asked(const struct words *, struct buf *);
