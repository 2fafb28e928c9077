/*
 * joblog: what became of each job, a line for each, in the nine columns of GNU
 * parallel, which others read; and a tenth, of ours.  And what such a file says of
 * the jobs of an earlier run.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct joblog;

struct joblog_entry {
	uint64_t	 sequence;
	int64_t		 began;		/* ns since the Epoch */
	int64_t		 took;		/* ns */
	uint64_t	 sent;		/* bytes for its standard input */
	uint64_t	 received;	/* bytes of its standard output */
	int		 status;	/* -1: its time was over */
	int		 signal;
	const char	*command;	/* and how long that is: newlines become NULs there */
	size_t		 length;
	uint64_t	 digest;	/* of its records, ... */
	bool		 has_digest;	/* if that is known */
};

struct joblog_style {
	bool	keep;		/* what is in the file, ... */
	bool	failed;		/* which has to be there, and joblog_failed will be asked */
	bool	digests;	/* the tenth column */
	bool	sync;		/* each line is on the disk before joblog_add gives */
};

/* What is known of a job before it is run. */
enum logged {
	LOGGED_NOT,
	LOGGED_WELL,
	LOGGED_FAILED,
	LOGGED_OTHER,		/* the records were others */
};

/*
 * Opens the file to write, and locks it against others who do.  If its lines are to be
 * kept they are read, and the last one if it was cut short is cut off, or in what was no
 * log ended; else they are gone.  An empty one gets the names of the columns.  NULL: *why
 * says what is wrong, with errno, which is 0 if that is all.
 */
struct joblog	*joblog_open(const char *, const struct joblog_style *, const char **why);
void		 joblog_free(struct joblog *);

/*
 * Adds a line, with one write(2): 0, or -1 and errno.  What is no file may not take it
 * all: the rest is owed.
 */
int		 joblog_add(struct joblog *, const struct joblog_entry *);

/* Writes what is owed, as far as it is taken: 0, or -1 and errno. */
int		 joblog_flush(struct joblog *);

/* Is there something?  And to what descriptor, and how much. */
bool		 joblog_owes(const struct joblog *, int *fd, size_t *bytes);

/* What the lines that were kept say of the job of that number and those records. */
enum logged	 joblog_find(const struct joblog *, uint64_t sequence, uint64_t digest);

/*
 * The next job of those whose last line says that it failed, in the order of their numbers:
 * false after the last.  A count of where we are is kept there, from 0; the command is the
 * log's, and a string.
 */
bool		 joblog_failed(const struct joblog *, size_t *, struct joblog_entry *);

/* The digest of records: good to tell those that changed, not against malice. */
uint64_t	 joblog_digest(const void *, size_t);
