/*
 * Numbers as users write them.  Each gives 0 and stores the value, or -1 and
 * stores nothing; then *why says what is wrong, in words fit for a message.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal integer from min to max. */
int	num_parse(const char *, long long, long long, long long *, const char **);

/*
 * A count of bytes: an integer, or a number and K, M, G or T for powers of 1024, or k, m,
 * g or t for powers of 1000, which may have a fraction; what is less than a byte of that
 * does not count.
 */
int	num_size(const char *, size_t *, const char **);

/*
 * A duration as in timeout(1): a number as strtod(3) reads it, without a sign, and
 * s, m, h or d for its unit (seconds without).  In nanoseconds; too much for them is
 * DURATION_MAX, and more than zero is at least one.
 */
#define DURATION_MAX	(INT64_MAX / 4)
int	num_duration(const char *, int64_t *, const char **);

/*
 * A moment as date(1) writes it: @ and seconds since 1970, which may be before that,
 * or with ms milliseconds, and a fraction if there is one.  In nanoseconds; what of
 * the fraction is less than one does not count.
 */
int	num_moment(const char *, int64_t *, const char **);

/*
 * The next of some numbers with blanks between them, as programs write them, in that base;
 * one below zero comes as what it is modulo 2^64.  Moves the string past it; false if
 * there is none, or one of more than 64 bits.
 */
bool	num_next(const char **, int base, uintmax_t *);
