/*
 * columns: the fields of a value, cut at a byte, at what a regular expression
 * matches, or as in CSV files (RFC 4180).  Include input/split.h first.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct columns;

/* Values in a row; a zeroed one is empty, the array belongs to it. */
struct row {
	struct value	*values;
	size_t		 count;
	size_t		 room;
};

void		 row_add(struct row *, const struct value *);

/* Cut at that byte; if csv, not within "...", in which "" stands for one quote. */
struct columns	*columns_byte(char, bool csv);

/*
 * Cut at what the extended regular expression matches, if that is not nothing.
 * As in Perl, \t is a tab and \d a digit; \s and \w come from the C library.  NULL
 * if it is none: *why is for a message, and good until the next call.
 */
struct columns	*columns_regex(const char *, const char **why);
void		 columns_free(struct columns *);

/*
 * Adds the fields of a value to the row.  They are in the value's own bytes, or
 * in `unquoted`, whose contents are replaced.  False if a quote is not closed.
 */
bool		 columns_cut(const struct columns *, const struct value *, struct row *,
		    struct buf *unquoted);
