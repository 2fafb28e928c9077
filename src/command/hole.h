/*
 * hole: a replacement string, such as {} or {2/.}, and what it stands for.  They
 * are those of GNU parallel.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;
struct words;

enum part {
	PART_ALL,		/* {} */
	PART_STEM,		/* {.}	without its extension */
	PART_BASE,		/* {/}	what follows the last slash */
	PART_DIR,		/* {//}	what comes before it, as dirname(1) has it */
	PART_BASE_STEM,		/* {/.}	of {/} what {.} is of {} */
	PART_SEQUENCE,		/* {#}	the job's number */
	PART_SLOT,		/* {%}	its slot's number */
	PART_NAMED,		/* {name}, {name.}, ...	of the field of that name */
	PART_PLUS,		/* {..} and others; see plus.h */
};

struct hole {
	enum part	part;
	int		field;	/* 0: all of them; n: the nth; -n: the nth from the end */
};

/* Which there are besides those above, and those with the number of a field: {2/.}. */
struct hole_syntax {
	const char	*all;		/* what is written for {}, or NULL */
	bool		 parts;		/* {.}, {2} and the others of fields */
	bool		 numbers;	/* {#} and {%} */
	bool		 names;		/* PART_NAMED: any other text between braces */
	bool		 plus;		/* PART_PLUS: any other that is one of plus.h */
	bool		 shell;		/* but only of bytes a shell takes for a word, ... */
					/* and not after a dollar sign */
	bool		 slot;		/* {%} without {#} */
};

/*
 * The first hole in that text, the byte where it begins: *size is how many it
 * takes.  NULL if there is none.
 */
const char	*hole_find(const char *, size_t, const struct hole_syntax *, struct hole *,
		    size_t *size);

/* The number of a field at the beginning of a text, or 0: *size is how many bytes. */
int		 hole_field(const char *, size_t, size_t *size);

/* What the text between braces is with fields of those names: false if nothing. */
bool		 hole_look_up(const char *, size_t, const struct words *, struct hole *);

/* Adds that part of a field. */
void		 hole_add(struct buf *, enum part, const char *, size_t);
