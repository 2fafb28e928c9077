/*
 * countof: the elements of an array, so that a table states its own size.
 */
#define countof(a)	(sizeof (a) / sizeof (a)[0])
