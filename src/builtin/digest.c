/*
 * digest: a line for each file, as md5sum and the like print it.
 */
#include "parmap.h"
#include "builtin/digest.h"
#include "builtin/file.h"
#include "builtin/text.h"
#include "builtin/call.h"

#define LENGTH_MOST	64

static const struct digest *digest;

static void
add_hex(struct text *t, const uint8_t *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char hex[2 * LENGTH_MOST];
	size_t i;

	for (i = 0; i < length; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	text_add(t, hex, 2 * length);
}

/* Three bytes cannot be in a line that is to be read back. */
static void
add_name(struct text *t, const char *name)
{
	static const char odd[] = "\\\n\r", letters[] = "\\nr";
	size_t n;

	for (;; name += n + 1) {
		n = strcspn(name, odd);
		text_add(t, name, n);
		if (name[n] == '\0')
			return;
		text_byte(t, '\\');
		text_byte(t, letters[strchr(odd, name[n]) - odd]);
	}
}

static int
print_digest(struct call *c, const char *name, int fd)
{
	uint8_t result[LENGTH_MOST];
	ssize_t n;

	digest->start();
	while ((n = file_read(fd, file_room, FILE_ROOM)) > 0)
		digest->add((const uint8_t *)file_room, (size_t)n);
	if (n == -1)
		return -1;
	digest->end(result);
	if (strpbrk(name, "\\\n\r") != NULL)
		text_byte(&c->out, '\\');
	add_hex(&c->out, result, digest->length);
	text_string(&c->out, "  ");
	add_name(&c->out, name);
	text_byte(&c->out, '\n');
	return 0;
}

int
digest_run(const struct digest *d, int argc, char **argv, struct io *io)
{
	struct call c;

	digest = d;
	call_start(&c, argc, argv, io);
	if (call_option(&c, "") == -1)
		return 1;
	return call_files(&c, print_digest);
}
