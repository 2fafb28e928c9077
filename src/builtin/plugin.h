/*
 * plugin: a function out of a shared object, see parmap.h.
 */

struct io;

/*
 * FILE:FUNCTION, where FILE is as dlopen(3) has it.  NULL if it cannot be had: *why says
 * so, until the next call.  It stays loaded.
 */
int	(*plugin_load(const char *, const char **why))(int, char **, struct io *);
