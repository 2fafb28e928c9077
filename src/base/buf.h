/*
 * buf: bytes that grow.  `data` holds `length` bytes and is not a C string
 * unless buf_string made it one.  A zeroed struct buf is an empty one; the
 * bytes belong to it until buf_release.
 */
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

struct buf {
	char	*data;
	size_t	 length;
	size_t	 size;		/* allocated */
};

void	 buf_grow(struct buf *, size_t);	/* to hold that many more bytes */
void	 buf_add_string(struct buf *, const char *);
void	 buf_addf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_addfv(struct buf *, const char *, va_list);
char	*buf_string(struct buf *);		/* NUL-terminated; stays the buf's */
void	 buf_release(struct buf *);		/* free; empty again */

/* These are inline, as they are called for each field of each record. */

/* Room for that many more bytes. */
static inline void
buf_reserve(struct buf *b, size_t more)
{
	if (b->size - b->length < more)
		buf_grow(b, more);
}

static inline void
buf_add(struct buf *b, const void *data, size_t length)
{
	if (length == 0)
		return;
	buf_reserve(b, length);
	memcpy(b->data + b->length, data, length);
	b->length += length;
}

static inline void
buf_add_byte(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->data[b->length++] = c;
}
