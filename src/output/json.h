/*
 * json: bytes as strings of JSON, RFC 8259.  What is not UTF-8 cannot be one, so it is
 * base64, RFC 4648, in one instead.
 */
#include <stdbool.h>
#include <stddef.h>

struct buf;

/* Whether bytes, which come in any slicing, are text: a zeroed one has seen none. */
struct json_text {
	bool		never;		/* they are not, whatever comes */
	unsigned	missing;	/* bytes of the character that they end in */
	unsigned char	least, most;	/* the next one of them can be */
};

void	json_scan(struct json_text *, const char *, size_t);

/* Are they UTF-8, as a whole? */
bool	json_is_text(const struct json_text *);

/* Adds bytes of a text, in any slicing, as they are between the quotes of a string. */
void	json_add_text(struct buf *, const char *, size_t);

/*
 * Adds bytes in base64.  Three are a group: all but the last slice of what belongs together
 * are of whole groups.
 */
#define JSON_GROUP	3
void	json_add_base64(struct buf *, const char *, size_t);
