/*
 * hole: a replacement string, such as {} or {2/.}, and what it stands for.  They
 * are those of GNU parallel.
 */
#include <stddef.h>

struct buf;

enum part {
	PART_ALL,		/* {} */
	PART_STEM,		/* {.}	without its extension */
	PART_BASE,		/* {/}	what follows the last slash */
	PART_DIR,		/* {//}	what comes before it, as dirname(1) has it */
	PART_BASE_STEM,		/* {/.}	of {/} what {.} is of {} */
	PART_SEQUENCE,		/* {#}	the job's number */
	PART_SLOT,		/* {%}	its slot's number */
};

struct hole {
	enum part	part;
	int		field;	/* 0: all of them; n: the nth; -n: the nth from the end */
};

/*
 * The first hole in that text, the byte where it begins: *size is how many it
 * takes.  NULL if there is none.  `all` is written for {}; the others are as
 * above, or with the number of a field: {3}, {-1}, {2/.}.
 */
const char	*hole_find(const char *, size_t, const char *all, struct hole *, size_t *size);

/* Adds that part of a field. */
void		 hole_add(struct buf *, enum part, const char *, size_t);
