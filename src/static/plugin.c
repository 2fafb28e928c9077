/*
 * plugin: a program that has all it needs in itself has nobody who loads more.
 */
#include <stddef.h>

#include "parmap.h"
#include "builtin/plugin.h"

parmap_function *
plugin_load(const char *name, const char **why)
{
	(void)name;
	*why = "this parmap is static, and cannot load any; it takes one that is linked dynamically";
	return NULL;
}
