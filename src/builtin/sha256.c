/*
 * sha256: checksums as sha256sum prints them; the sums are libmd's.
 */
#include <sys/types.h>

#include <sha2.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/digest.h"

static SHA2_CTX context;

static void
start(void)
{
	SHA256Init(&context);
}

static void
add(const uint8_t *data, size_t length)
{
	SHA256Update(&context, data, length);
}

static void
end(uint8_t *result)
{
	SHA256Final(result, &context);
}

int
builtin_sha256(int argc, char **argv, struct io *io)
{
	static const struct digest sha256 = { start, add, end, SHA256_DIGEST_LENGTH };

	return digest_run(&sha256, argc, argv, io);
}
