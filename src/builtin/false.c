/*
 * false: fails.
 */
#include "parmap.h"
#include "builtin/builtin.h"

int
builtin_false(int argc, char **argv, struct io *io)
{
	(void)argc, (void)argv, (void)io;
	return 1;
}
