/*
 * split: bytes in, values out.  Whoever reads asks split_room where to put
 * bytes, says with split_fed how many came, and takes values until there is
 * none left in what has come so far.
 */
#include <stdbool.h>
#include <stddef.h>

/* One item of a source.  The bytes are the splitter's: good until the next pull. */
struct value {
	const char	*bytes;
	size_t		 length;	/* bytes kept */
	size_t		 size;		/* bytes it has; more than kept if too long */
	bool		 ends_line;	/* the next value begins another line */
};

/* How bytes become values; see plan.h. */
struct split_format {
	enum framing	 framing;
	char		 delimiter;	/* FRAMING_BYTE and FRAMING_BLOCK */
	size_t		 block;		/* FRAMING_BLOCK: bytes, if a record is not longer, ... */
	size_t		 block_records;	/* or so many records; 0: bytes count */
	char		 separator;	/* FRAMING_CSV: of fields */
	const char	*end_word;	/* a value after which there are no more, or NULL */
	size_t		 limit;		/* bytes of a value that are kept: a bound to memory */
};

struct split;
struct words;

struct split	*split_new(const struct split_format *);
void		 split_free(struct split *);

char		*split_room(struct split *, size_t *);	/* at least a few KiB */
void		 split_fed(struct split *, size_t);	/* that many were put there */
void		 split_end(struct split *);		/* no more will come */
bool		 split_take(struct split *, struct value *);

/*
 * Adds values that are whole to the words, and gives how many: at most so many, of so
 * many bytes with their NULs.  None if there is more to say of the next one than its
 * bytes: split_take does, and takes all others too.
 */
size_t		 split_some(struct split *, struct words *, size_t values, size_t bytes);

/* Bytes that came and are not of a value that was taken. */
size_t		 split_left(const struct split *);

/* Are there no more values, though bytes may follow? */
bool		 split_ended(const struct split *);

/* What is wrong with the input, for a message, or NULL.  Then no value follows. */
const char	*split_problem(const struct split *);
