/*
 * visible: bytes as a terminal can show them, on one line.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Does the locale of the environment have characters in UTF-8? */
bool	visible_utf8(void);

/*
 * Adds the bytes, those that do not show encoded as vis(3) does in the style of C, quotes
 * and backslashes too.  Characters of UTF-8 show if the terminal is said to take them.
 */
void	visible_add(struct buf *, const char *, size_t, bool utf8);
