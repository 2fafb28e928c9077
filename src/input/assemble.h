/*
 * assemble: records in, the input of a job out.  Include base/buf.h,
 * base/words.h and input/source.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct assemble;
struct plan;
struct records;
struct template;

/* Why a record cannot be an argument. */
enum flaw {
	FLAW_NONE,
	FLAW_TOO_LONG,
	FLAW_NUL,
	FLAW_NEWLINE,
	FLAW_QUOTE,		/* one is left open */
	FLAW_ROOM,		/* not as many records fit as have to */
};

/* What a job is about. */
struct batch {
	struct words	 fields;	/* of the first record, of the second, ... */
	size_t		 count;		/* of records */
	size_t		 lines;		/* that they end */
	size_t		 width;		/* fields of the first of them, ... */
	bool		 uneven;	/* and another one has more, or less */
	uint64_t	 first;		/* its number */
	enum flaw	 flaw;		/* then it is not to be run */
	size_t		 size;		/* and its longest field has so many bytes */
};

/* So many of its records, from that one on: the batch still has the memory. */
struct batch	 batch_part(const struct batch *, size_t, size_t);

/* Makes the first one a copy, of its own memory, of the second. */
void		 batch_copy(struct batch *, const struct batch *);

/*
 * Jobs as the plan has it, of fewer records where the kernel would not take them
 * all.  All three stay the caller's.
 */
struct assemble	*assemble_new(struct records *, const struct template *,
		    const struct plan *);
void		 assemble_free(struct assemble *);

/*
 * The batch of the next job, in place of what was there.  With PULL_WAIT, what
 * has come so far is kept for the next call; PULL_FAILED leaves errno.
 */
enum pull	 assemble_next(struct assemble *, struct batch *);

/*
 * The batches of several jobs at once, as one: as many as are there without waiting,
 * at most so many and, but for the first, of so many bytes with their NULs.  Only where
 * a job is one record and no command.  All records have the same width; one with a flaw
 * is alone.  What is said instead of a batch is what assemble_next says.
 */
enum pull	 assemble_some(struct assemble *, struct batch *, size_t jobs, size_t bytes);
