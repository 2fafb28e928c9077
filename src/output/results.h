/*
 * results: the output of a job in files of its own, with what became of it.  A result
 * is a folder with stdout, stderr and seq, as GNU parallel has it, or three files whose
 * names begin alike: NAME, NAME.err, NAME.seq.  Beside these there can be status, as a
 * shell would give it, and job, a note for whoever goes on from there.  Include
 * output/capture.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct words;

/* Where a result is, below the directory of that descriptor. */
struct place {
	int		 root;		/* or AT_FDCWD */
	const char	*path;
	bool		 folder;
};

/* One in the making, which is not there for others before it is whole. */
struct kept;

/*
 * Opens one for the job of that number, and makes the folders it will be in.  NULL and
 * errno.  It has two descriptors.
 */
struct kept	*kept_new(const struct place *, uint64_t sequence);

/* Adds what the job said.  An error is told by kept_commit. */
void		 kept_write(struct kept *, enum stream, const void *, size_t);

/* The job begins again: what it said is gone. */
void		 kept_rewind(struct kept *);

/*
 * The result is whole: it takes its place, instead of what was there, on the disk if
 * that is asked for.  Without a note it has no status either.  0, or -1 and errno.  The
 * object is gone either way.
 */
int		 kept_commit(struct kept *, int status, const char *note, bool sync);

/* There will be no result; nor the object. */
void		 kept_drop(struct kept *);

/*
 * Is there a whole result?  Then the note is in the buffer, and the files of both
 * streams are open, for the caller to close: 1.  If not, 0, or -1 and errno if that
 * cannot be told.
 */
int		 results_open(const struct place *, struct buf *note, int fds[2]);

/* Is there one, by the look of its stdout?  It may be GNU parallel's. */
bool		 results_exist(const struct place *);

/*
 * Adds the path that GNU parallel gives a job's result below its folder: for each field
 * the name of it, or its number in its record of so many, and the field.  GNU has no
 * folder for an empty field; that one takes the given name, or none either.
 */
void		 results_path(struct buf *, const struct words *fields, size_t width,
		    const struct words *names, const char *empty);
