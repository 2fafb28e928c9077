/*
 * buf: bytes that grow.  `data` holds `length` bytes and is not a C string
 * unless buf_string made it one.  A zeroed struct buf is an empty one; the
 * bytes belong to it until buf_release.
 */
#include <stdarg.h>
#include <stddef.h>

struct buf {
	char	*data;
	size_t	 length;
	size_t	 size;		/* allocated */
};

void	 buf_reserve(struct buf *, size_t);	/* room for that many more bytes */
void	 buf_add(struct buf *, const void *, size_t);
void	 buf_add_string(struct buf *, const char *);
void	 buf_add_byte(struct buf *, char);
void	 buf_addf(struct buf *, const char *, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_addfv(struct buf *, const char *, va_list);
char	*buf_string(struct buf *);		/* NUL-terminated; stays the buf's */
void	 buf_release(struct buf *);		/* free; empty again */
