/*
 * tag: lines of output with something before each of them.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;

/* What comes before lines, and of each stream: is it in the middle of one? */
struct tag {
	struct buf	text;
	bool		midline[2];
};

/* Adds the bytes, which go on where that stream's last ones ended, with the tag. */
void	tag_add(struct tag *, int stream, struct buf *, const char *, size_t);
