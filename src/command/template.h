/*
 * template: the command as the user wrote it, {} standing for records.  It is
 * compiled once and expanded anew for each attempt at a job.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct template;
struct words;

/* How a command is to be read. */
struct template_style {
	const char	*all;		/* what is written for {}, or NULL for nothing */
	bool		 parts;		/* {.} {2} and the like too */
	bool		 numbers;	/* {#} and {%} */
	bool		 slot;		/* {%} alone of these */
	bool		 plus;		/* what --plus of GNU parallel adds, too */
	bool		 names;		/* {name} is the field of that name, if there is one */
	bool		 context;	/* a word with {} is repeated for each field, ... */
					/* or else they are joined within it */
	bool		 named_command;	/* nothing is replaced in the first word */
	bool		 append;	/* the fields, if the command does not say where */
	bool		 words;		/* of a line: fields are words, within others too */
	bool		 verbatim;	/* of a line: fields are shell text, nothing is quoted */
};

/* What an attempt is about. */
struct attempt {
	const struct words	*fields;
	const struct words	*names;		/* of fields, from the first on */
	uint64_t		 sequence;
	size_t			 slot;
};

/*
 * Words for execve(2).  A word that is just one of {} {.} {/} {//} {/.} becomes
 * as many as the job has fields.  Without any replacement string the fields come
 * last, if the style says so.
 */
struct template	*template_words(const struct template_style *, char *const *, size_t);

/*
 * Words that are joined with blanks to one line for the shell, and run by
 * `shell -c`.  Fields are quoted for where they stand.  NULL if there is a
 * place where that is impossible: *why says which.
 */
struct template	*template_line(const struct template_style *, const char *shell,
		    char *const *, size_t, const char **why);
void		 template_free(struct template *);	/* or NULL */

/* The words of the command for that attempt, instead of what was there. */
void	template_expand(const struct template *, const struct attempt *, struct words *);

/*
 * Is the command nothing but words that stay, and in one place each field as it is?  Then
 * its argv can be had without copying a field.  Gives these words, of which so many come
 * before the fields.
 */
bool	template_is_list(const struct template *, struct words *, size_t *before);

/* Fields that a job might get. */
struct load {
	size_t	count;
	size_t	bytes;		/* of all of them */
	size_t	longest;	/* of one */
	size_t	quoted;		/* of all when they are quoted for a line, ... */
	size_t	bare;		/* or only where they need it */
};

/* Counts one more field, of that size even if it is kept only in part. */
void	load_add(struct load *, const char *, size_t length, size_t size, bool line);

/* What their command takes, at most. */
struct need {
	size_t	words;
	size_t	bytes;		/* of the words, with their NULs, ... */
	size_t	command;	/* or of the line for a shell alone */
	size_t	longest;	/* of one word, with its NUL */
};

void	template_measure(const struct template *, const struct load *, struct need *);

/* Is the last word of the command a line for a shell? */
bool	template_is_line(const struct template *);
