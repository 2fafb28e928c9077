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

/* How values become records. */
struct records_style {
	const struct columns	*columns;	/* that cut them, the caller's; or NULL */
	bool			 headed;	/* the first of each source has names */
	bool			 trim_left;	/* fields of blanks and newlines */
	bool			 trim_right;
	bool			 skip_blank;	/* records without anything else */
	bool			 wrap;		/* linked sources begin again, to the longest's end */
	bool			 shuffle;	/* all are read, and come in random order */
	bool			 ahead;		/* records_ahead will be asked */
};

struct records	*records_new(const struct records_style *);
void		 records_free(struct records *);

/* One more source, which is theirs from now on; linked to the one before or not. */
void		 records_add(struct records *, struct source *, bool linked);

/* The next record.  After PULL_WAIT or PULL_FAILED, records_source is whose fault. */
enum pull	 records_next(struct records *, struct record *);

/*
 * Adds records to the words, as records_next would give them after the last one, and
 * gives how many: at most so many, of so many bytes with their NULs.  They are of one
 * field each, without a flaw, and there already.  None does not mean that there are none.
 */
size_t		 records_some(struct records *, struct words *, size_t count, size_t bytes);
struct source	*records_source(const struct records *);

/*
 * Reads all records that are there, ahead of their use, and keeps them.  PULL_OK: these
 * are all, so many; after PULL_FAILED records_next has those that came before it.
 * What records_next gave stays good.
 */
enum pull	 records_ahead(struct records *, size_t *count);

/* The names of the fields, none before the first record. */
const struct words	*records_names(const struct records *);
