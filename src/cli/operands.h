/*
 * operands: the words after the options: command, then ::: and its kin.
 */
#include <stdbool.h>
#include <stddef.h>

struct plan;

/* One more source of records: a file, "-" for standard input, named by that option. */
void	operands_add_file(struct plan *, const char *option, const char *file, bool linked);

/*
 * From now on that word, which is not copied, begins values or files, and with a
 * plus those that are paired up.
 */
void	operands_separate(const char *, bool files);

/* Pairs all sources up. */
void	operands_link(struct plan *);

/*
 * Fills in the command and the sources.  As in GNU parallel, each file after ::::
 * is a source of its own, and a plus pairs a source up with the one before.
 * Without any source it is standard input.  Exits 125 with a message about words
 * that make no sense.
 */
void	operands_parse(struct plan *, char **, size_t);
