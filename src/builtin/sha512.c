/*
 * sha512: checksums as sha512sum prints them; the sums are libmd's.
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
	SHA512Init(&context);
}

static void
add(const uint8_t *data, size_t length)
{
	SHA512Update(&context, data, length);
}

static void
end(uint8_t *result)
{
	SHA512Final(result, &context);
}

int
builtin_sha512(int argc, char **argv, struct io *io)
{
	static const struct digest sha512 = { start, add, end, SHA512_DIGEST_LENGTH };

	return digest_run(&sha512, argc, argv, io);
}
