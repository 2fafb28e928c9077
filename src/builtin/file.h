/*
 * file: how builtins read.  There is one room for what was read, as there is one call at
 * a time.
 */
#include <sys/types.h>

#define FILE_ROOM	((size_t)128 * 1024)
#define FILE_MOST	((size_t)64 * 1024 * 1024)

/* To be read, as open(2) has it; "-" is standard input. */
int		 file_open(const char *);
void		 file_close(int);	/* never standard input; -1 is no file */

/* read(2), again if a signal came in between. */
ssize_t		 file_read(int, void *, size_t);

/* FILE_ROOM bytes. */
extern char	 file_room[];

/*
 * For what must be whole: room that grows.  It holds `length` bytes and a NUL, and a read
 * adds more; 0 at the end of the file, -1 for an error, with EFBIG when FILE_MOST is not
 * enough.
 */
struct whole {
	char	*data;
	size_t	 length;
	size_t	 size;
};

ssize_t		 whole_read(struct whole *, int);
void		 whole_release(struct whole *);
