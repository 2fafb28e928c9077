/*
 * element: what a job said, and what is told of it, as one value of JSON.  It is held as
 * it came until the job has ended, as only then it is known whether it is text; then the
 * value is made of it piece by piece.  Include output/capture.h first.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct element;

/*
 * Of an array, the value is a string with the job's stdout, or for what is not UTF-8 an
 * object with its base64.  Else it is an object, and a line, with both streams.
 */
struct element	*element_new(bool of_array);
void		 element_free(struct element *, struct hold *);

/* Does it have what the job says on that stream? */
bool		 element_has(const struct element *, enum stream);

/* The job said that. */
void		 element_add(struct element *, struct hold *, enum stream, const void *, size_t);

/* All that it said so far, or of that stream, is not to be in it. */
void		 element_clear(struct element *, struct hold *);
void		 element_clear_stream(struct element *, struct hold *, enum stream);

/* Bytes that it holds. */
size_t		 element_bytes(const struct element *);

/*
 * The job is over.  What is told of it are members of the object, with commas between
 * them; or if it has none, instead of an array's string, null.
 */
void		 element_tell(struct element *, const struct buf *members);
void		 element_tell_null(struct element *, struct hold *);

/* Adds the next piece of the value, some 100 KiB: 1, 0 if there is none, or -1 and errno. */
int		 element_next(struct element *, struct hold *, struct buf *);
