/*
 * text: what a builtin has to say on one stream, put together here so that it is
 * written with few calls.  It is bounded; what does not fit goes out at once.
 * Include parmap.h first.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct text {
	struct io	*io;
	int		 stream;
	size_t		 used;
	char		 room[8192];
};

/* So many columns at least, blanks before it. */
void	text_number(struct text *, uintmax_t, int);

/* The name of a file as coreutils have it in a message: quoted, if it is odd or always. */
void	text_name(struct text *, const char *, bool);

/* A word that is no name, as they have it there: in single quotes, with escapes. */
void	text_word(struct text *, const char *);

/* What does not fit is written, and as much of this as is not worth keeping. */
void	text_add_more(struct text *, const void *, size_t);

/* What follows is inline, as some builtins do nothing else. */

static inline void
text_start(struct text *t, struct io *io, int stream)
{
	t->io = io;
	t->stream = stream;
	t->used = 0;
}

/* All of it is written. */
static inline void
text_end(struct text *t)
{
	if (t->used > 0)
		t->io->write(t->io, t->stream, t->room, t->used);
	t->used = 0;
}

static inline void
text_add(struct text *t, const void *data, size_t length)
{
	if (length > sizeof t->room - t->used) {
		text_add_more(t, data, length);
		return;
	}
	(void)memcpy(t->room + t->used, data, length);
	t->used += length;
}

static inline void
text_string(struct text *t, const char *s)
{
	text_add(t, s, strlen(s));
}

static inline void
text_byte(struct text *t, char c)
{
	if (t->used == sizeof t->room)
		text_end(t);
	t->room[t->used++] = c;
}
