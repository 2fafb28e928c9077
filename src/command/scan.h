/*
 * scan: where in a shell line are we?  Include base/quote.h first.
 */
#include <stddef.h>

/* Stands in a line where a string is to be put; no argument can hold one. */
#define SCAN_HOLE	'\0'

/*
 * Reads a line of that length and stores the context of each of its holes, in
 * order.  0, or -1 if a string at some hole could not be made safe, or the line
 * does not end where a command can; *why then says where, for a message.
 */
int	scan_line(const char *, size_t, enum quote_context *, const char **);
