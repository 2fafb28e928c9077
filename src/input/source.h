/*
 * source: where values come from, a file or the command line.  It is pulled
 * and never blocks: when the next value has not arrived, it says PULL_WAIT and
 * source_fd is what to poll(2) for input, after which source_ready lets it read.
 */
#include <stddef.h>

struct buf;
struct source;
struct split_format;
struct value;
struct words;

enum pull { PULL_OK, PULL_WAIT, PULL_END, PULL_FAILED };

/* Those words, which must outlive the source. */
struct source	*source_list(char *const *, size_t);

/*
 * The values in a file, which that option named; "-" is standard input.  NULL and
 * errno if it cannot be opened or is a directory.
 */
struct source	*source_file(const char *option, const char *,
		    const struct split_format *);
void		 source_free(struct source *);

enum pull	 source_next(struct source *, struct value *);

/* Some of those that were read already, as split_some has it; source_next goes on. */
size_t		 source_some(struct source *, struct words *, size_t values, size_t bytes);

/* The source's own fault is found only now: it fails from here on. */
void		 source_spoil(struct source *, const char *why);

/* After PULL_FAILED: adds what the user calls it, and why. */
void		 source_problem(const struct source *, struct buf *);
int		 source_fd(const struct source *);
void		 source_ready(struct source *);
