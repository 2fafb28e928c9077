/*
 * records: what all sources give together.  Sources that are linked are paired
 * up, the first with the first and so on, until the shortest ends; what is not
 * linked gives a product, in which the last source changes fastest.  Pulled as a
 * source is, and as lazy: the first group is never read ahead of its use.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct columns;
struct records;
struct source;
struct value;
struct words;

/* One item of input: the fields of each source's value.  Good until the next pull. */
struct record {
	const struct value	*fields;
	size_t			 count;
	uint64_t		 number;	/* from 1 */
	bool			 open;		/* a quote in it was not closed */
	bool			 ends_line;	/* the next one is of another line */
};

/*
 * Values are cut by the columns, which are the caller's, unless they are NULL.  If
 * headed, the first value of each source is the name of its field, or the names.
 */
struct records	*records_new(const struct columns *, bool headed);
void		 records_free(struct records *);

/* One more source, which is theirs from now on; linked to the one before or not. */
void		 records_add(struct records *, struct source *, bool linked);

/* The next record.  After PULL_WAIT or PULL_FAILED, records_source is whose fault. */
enum pull	 records_next(struct records *, struct record *);
struct source	*records_source(const struct records *);

/* The names of the fields, none before the first record. */
const struct words	*records_names(const struct records *);
