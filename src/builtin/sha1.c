/*
 * sha1: checksums as sha1sum prints them; the sums are libmd's.
 */
#include <sys/types.h>

#include <sha1.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/digest.h"

static SHA1_CTX context;

static void
start(void)
{
	SHA1Init(&context);
}

static void
add(const uint8_t *data, size_t length)
{
	SHA1Update(&context, data, length);
}

static void
end(uint8_t *result)
{
	SHA1Final(result, &context);
}

int
builtin_sha1(int argc, char **argv, struct io *io)
{
	static const struct digest sha1 = { start, add, end, SHA1_DIGEST_LENGTH };

	return digest_run(&sha1, argc, argv, io);
}
