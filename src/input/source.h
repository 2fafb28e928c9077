/*
 * source: where values come from, a file or the command line.  It is pulled
 * and never blocks: when the next value has not arrived, it says PULL_WAIT and
 * source_fd is what to poll(2) for input, after which source_ready lets it read.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct source;
struct value;

enum pull { PULL_OK, PULL_WAIT, PULL_END, PULL_FAILED };

/* Those words, which must outlive the source. */
struct source	*source_list(char *const *, size_t);

/* What a file is like; see split.h. */
struct source_format {
	char	delimiter;
	size_t	limit;		/* bytes of a value that are kept */
	bool	csv;
	char	separator;	/* csv */
};

/*
 * The values in a file, named by that option, "-" for standard input.  NULL and errno if it cannot be
 * opened or is a directory.
 */
struct source	*source_file(const char *option, const char *,
		    const struct source_format *);
void		 source_free(struct source *);

enum pull	 source_next(struct source *, struct value *);	/* PULL_FAILED: errno */

/* Adds what the user calls it: stdin, or the option and the file. */
void		 source_describe(const struct source *, struct buf *);

int		 source_fd(const struct source *);
void		 source_ready(struct source *);
