/*
 * makeflags: what GNU make tells those it starts, in MAKEFLAGS.  Include base/buf.h
 * first.
 */
#include <stdbool.h>
#include <stddef.h>

/* Where the tokens of a jobserver are. */
enum makeflags_style {
	MAKEFLAGS_NONE,		/* there is no jobserver */
	MAKEFLAGS_PIPE,
	MAKEFLAGS_FIFO,
	MAKEFLAGS_ODD,		/* in a place of a kind we do not know */
};

struct makeflags {
	bool			 dry_run;	/* make -n */
	size_t			 jobs;		/* as in -j4; 0: it is not said */
	enum makeflags_style	 style;
	int			 ends[2];	/* MAKEFLAGS_PIPE: to read and to write; maybe negative */
	struct buf		 auth;		/* the word that says all that, for messages, ... */
	struct buf		 path;		/* MAKEFLAGS_FIFO; both strings, if there is a style */
};

/*
 * Reads it, as make 3.78 to 4.4 write it: the first word has letters, if no blank is
 * before it; then there are options, of which the last one counts, and after -- variables.
 * NULL is as good as nothing.  To be released.
 */
void	makeflags_parse(const char *, struct makeflags *);
void	makeflags_release(struct makeflags *);

/* Adds to the buffer an option and its value as one word. */
void	makeflags_quote(const char *option, const char *value, struct buf *);

/* Adds to the buffer what is there, or NULL, with these options before its variables. */
void	makeflags_join(const char *, const char *options, struct buf *);
