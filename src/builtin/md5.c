/*
 * md5: checksums as md5sum prints them; the sums are libmd's.
 */
#include <sys/types.h>

#include <md5.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/digest.h"

static MD5_CTX context;

static void
start(void)
{
	MD5Init(&context);
}

static void
add(const uint8_t *data, size_t length)
{
	MD5Update(&context, data, length);
}

static void
end(uint8_t *result)
{
	MD5Final(result, &context);
}

int
builtin_md5(int argc, char **argv, struct io *io)
{
	static const struct digest md5 = { start, add, end, MD5_DIGEST_LENGTH };

	return digest_run(&md5, argc, argv, io);
}
