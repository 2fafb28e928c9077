/*
 * frame: what workers and those they work for say to each other, as bytes.  A frame is
 *
 *	TYPE ID LENGTH newline, so many bytes, newline
 *
 * with numbers in decimal digits; who does not know a type skips the frame.  The codec
 * is pure: it takes bytes in any slicing.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum frame_type {
	FRAME_HELLO,		/* up: the version */
	FRAME_RUN,		/* down: jobs from number ID on; words of each, and these */
	FRAME_OUT,		/* up: standard output of that job */
	FRAME_ERR,		/* up: its standard error */
	FRAME_DONE,		/* up: from that job on, how many have ended, and how */
	FRAME_OTHER,
};

/* The version of all this. */
#define FRAME_VERSION	"1"

struct frame {
	enum frame_type	 type;
	uint64_t	 id;
	const char	*bytes;		/* within those it was taken from */
	size_t		 length;
	size_t		 size;		/* of all of it */
};

/* A head has at most so many bytes, and its length so many digits. */
#define FRAME_HEAD	48
#define FRAME_DIGITS	10

/* Writes a head there: its length.  The bytes and a newline are to follow. */
size_t	frame_head(char *, enum frame_type, uint64_t id, size_t length);

/* Adds a whole frame. */
void	frame_add(struct buf *, enum frame_type, uint64_t id, const void *, size_t);

enum frame_answer {
	FRAME_MORE,		/* it has not come whole; its size is set once it is known */
	FRAME_TAKEN,
	FRAME_BAD,		/* these are no frames */
};

/* The frame that the bytes begin with. */
enum frame_answer	frame_take(const char *, size_t, struct frame *);

/* What a DONE says: that many jobs, the wait status of the last, nanoseconds in all. */
struct frame_done {
	uint64_t	jobs;		/* all but the last exited 0 */
	int		status;		/* as wait(2) gives it */
	int64_t		took;
};

/* As its bytes, in a buffer of FRAME_DONE_ROOM: how many; and back, or false. */
#define FRAME_DONE_ROOM	64
size_t	frame_done_put(char *, const struct frame_done *);
bool	frame_done_take(const struct frame *, struct frame_done *);
