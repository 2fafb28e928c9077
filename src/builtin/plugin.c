/*
 * plugin: loaded before there is a worker, so that what is wrong is known at once.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "parmap.h"
#include "base/buf.h"
#include "builtin/plugin.h"

/* The address of a function, which the standard keeps apart from those of objects. */
union symbol {
	void		*object;
	parmap_function	*function;
};

/* Is it made for us? */
static bool
plugin_fits(void *handle, const char **why)
{
	const unsigned int *api = dlsym(handle, "parmap_api");

	if (api == NULL)
		*why = "it does not include parmap.h";
	else if (*api != PARMAP_API)
		*why = "it was made for another version of parmap.h";
	return api != NULL && *api == PARMAP_API;
}

parmap_function *
plugin_load(const char *name, const char **why)
{
	static struct buf problem;
	const char *colon = strrchr(name, ':');
	struct buf file = {0};
	union symbol symbol = {0};
	void *handle;

	*why = "not FILE:FUNCTION";
	if (colon == NULL || colon == name || colon[1] == '\0')
		return NULL;
	buf_add(&file, name, (size_t)(colon - name));
	handle = dlopen(buf_string(&file), RTLD_NOW | RTLD_LOCAL);
	buf_release(&file);
	/* What its constructors said is not for each worker to say again. */
	(void)fflush(stdout);
	problem.length = 0;
	if (handle != NULL && !plugin_fits(handle, why))
		return NULL;
	if (handle != NULL)
		symbol.object = dlsym(handle, colon + 1);
	if (symbol.object != NULL)
		return symbol.function;
	buf_add_string(&problem, dlerror());
	*why = buf_string(&problem);
	return NULL;
}
