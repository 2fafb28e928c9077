/*
 * quota: no more than so many bytes go out, and if there would be more, the last of them
 * say so: a mark.  As room for it is kept, what comes last waits until it is known that
 * nothing follows.
 */
#include <stdbool.h>
#include <stddef.h>

struct outlet;
struct quota;

/* No mark is longer than the fewest bytes that can be asked for. */
#define QUOTA_LEAST	64

/*
 * Only whole lines go out before the mark; or if there is no separator, any bytes, and the
 * mark begins a line of its own.  A separator ends the line of a value once another one
 * follows.  Both stay the caller's, for as long.
 */
struct quota	*quota_new(size_t most, const char *mark, const char *separator);
void		 quota_free(struct quota *);

/* As outlet_write; what cannot go out any more is taken as well. */
size_t		 quota_write(struct quota *, struct outlet *, const void *, size_t);

/*
 * So many bytes would follow, at least, after values that are complete: if they are too
 * many, no more go out.
 */
void		 quota_expect(struct quota *, size_t);

/* Nothing follows. */
void		 quota_end(struct quota *);

/* Writes what is owed, as far as it is taken: true if that is all. */
bool		 quota_flush(struct quota *, struct outlet *);
bool		 quota_owes(const struct quota *);

/* Is there something that goes out if nothing follows? */
bool		 quota_waits(const struct quota *);

/* Was there more? */
bool		 quota_spent(const struct quota *);
