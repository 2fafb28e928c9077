/*
 * plus: the replacement strings that --plus of GNU parallel adds, such as {..} and
 * {/from/to}: what is between their braces, but for the number of a field.
 */
#include <stddef.h>

struct buf;
struct plus;

/* Compiles one: the caller's, for plus_free; NULL if it is none of them. */
struct plus	*plus_new(const char *, size_t);
void		 plus_free(struct plus *);

/* Adds what it makes of a field. */
void		 plus_add(const struct plus *, struct buf *, const char *, size_t);

/* The most bytes it makes of one of that length. */
size_t		 plus_cost(const struct plus *, size_t);
