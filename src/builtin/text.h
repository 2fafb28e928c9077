/*
 * text: what a builtin has to say on one stream, put together here so that it is
 * written with few calls.  It is bounded; what does not fit goes out at once.
 * Include parmap.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	struct io	*io;
	int		 stream;
	size_t		 used;
	char		 room[8192];
};

void	text_start(struct text *, struct io *, int);
void	text_add(struct text *, const void *, size_t);
void	text_string(struct text *, const char *);
void	text_byte(struct text *, char);

/* So many columns at least, blanks before it. */
void	text_number(struct text *, uintmax_t, int);

/* The name of a file as coreutils have it in a message: quoted, if it is odd or always. */
void	text_name(struct text *, const char *, bool);

void	text_end(struct text *);	/* all of it is written */
