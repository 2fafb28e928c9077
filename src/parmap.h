/*
 * parmap.h: what a function looks like that parmap maps over records, be it a builtin
 * or in a shared object (--plugin FILE:FUNCTION).  For C and C++.
 *
 *	#include <parmap.h>
 *
 *	int shout(int argc, char **argv, struct io *io)
 *
 * It is called once for each job, in a process that it shares with no other job at
 * the time; argv[0] is its name, the other words are what a command would get.  It
 * returns an exit status, 0 to 255.  What it leaves in memory is there at the next
 * call; a crash fails the job that it was at, and no other.
 */
#ifndef PARMAP_H
#define PARMAP_H

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The version of all this: a plugin is only loaded by a parmap of the same one. */
#define PARMAP_API	1

/* Whoever includes this says which one it was made for. */
extern const unsigned int parmap_api
    __attribute__((weak, visibility("default")));
const unsigned int parmap_api = PARMAP_API;

/* Where the output of a job goes.  It is parmap's, for the time of the call. */
struct io {
	/* So many bytes on stream 1, its standard output, or 2, standard error. */
	void	(*write)(struct io *, int stream, const void *, size_t);
};

typedef int	parmap_function(int argc, char **argv, struct io *io);

/* On standard output. */
static inline void
io_write(struct io *io, const void *data, size_t length)
{
	io->write(io, 1, data, length);
}

static inline void
io_string(struct io *io, const char *text)
{
	io->write(io, 1, text, strlen(text));
}

static inline void __attribute__((format(printf, 3, 0)))
io_vprintf(struct io *io, int stream, const char *format, va_list args)
{
	char room[512], *text = room;
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(room, sizeof room, format, args);
	if (n >= (int)sizeof room) {
		text = (char *)malloc((size_t)n + 1);
		if (text != NULL)
			n = vsnprintf(text, (size_t)n + 1, format, again);
		else
			text = room, n = (int)sizeof room - 1;
	}
	va_end(again);
	if (n > 0)
		io->write(io, stream, text, (size_t)n);
	if (text != room)
		free(text);
}

static inline void __attribute__((format(printf, 2, 3)))
io_printf(struct io *io, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	io_vprintf(io, 1, format, args);
	va_end(args);
}

/* On standard error. */
static inline void __attribute__((format(printf, 2, 3)))
io_error(struct io *io, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	io_vprintf(io, 2, format, args);
	va_end(args);
}

#ifdef __cplusplus
}
#endif

#endif
