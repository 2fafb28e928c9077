/*
 * mem: allocation that does not fail.  Memory gone is the one error after
 * which a low layer may end the program, as no one above could do better;
 * but the jobs must not be left behind, so the engine leaves a hook here.
 */
#include <err.h>
#include <stdlib.h>

#include "base/mem.h"

static void (*mem_hook)(void);
static int mem_status = 125;

static void *
mem_check(void *p)
{
	void (*hook)(void) = mem_hook;

	if (p != NULL)
		return p;
	mem_hook = NULL;
	if (hook != NULL)
		hook();
	err(mem_status, "memory");
}

void *
mem_alloc(size_t size)
{
	return mem_check(malloc(size != 0 ? size : 1));
}

void *
mem_array(size_t count, size_t size)
{
	return mem_check(calloc(count != 0 ? count : 1, size));
}

void *
mem_resize(void *old, size_t count, size_t size)
{
	return mem_check(reallocarray(old, count != 0 ? count : 1, size));
}

void
mem_on_failure(void (*hook)(void), int status)
{
	mem_status = status;
	mem_hook = hook;
}
