/*
 * tmpdir: as POSIX has it of TMPDIR.
 */
#include <stdlib.h>

#include "base/tmpdir.h"

const char *
tmpdir(void)
{
	const char *dir = getenv("TMPDIR");

	return dir != NULL && *dir != '\0' ? dir : "/tmp";
}
