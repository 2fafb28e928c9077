/*
 * match: what grep looks for: patterns, of which one must be in a line.  There is one set
 * of them, which is kept from call to call.
 */
#include <stdbool.h>
#include <stddef.h>

/* For regcomp(3) there are REG_EXTENDED and REG_ICASE. */
#define MATCH_FIXED	(1 << 16)

/*
 * Makes a set of patterns that are separated by newlines, if it is not the one that is
 * there.  0, or -1 and *why has a message.
 */
int		 match_set(const char *, size_t, int, const char **);

/*
 * The first line that matches and begins before the end, which is after a newline or
 * at the end of the file; its end, without the newline, is stored.  NULL for none.
 * *error is set when there was no memory for it.  The byte at the end is there, and may be
 * written to while it searches, as sanitizers look for a NUL after what regexec(3) is given.
 */
char		*match_find(char *, char *, char **, bool *);
