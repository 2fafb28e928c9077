/*
 * number: what num makes of a string, against a grammar written out and wider
 * arithmetic.
 *
 * Input: the numbers of bits of the least and of the most, then the string.
 */
#include <limits.h>
#include <math.h>
#include <stdbool.h>

#include "base/num.h"
#include "input.h"

__extension__ typedef __int128 wide;

#define MOST	((wide)1 << 80)	/* and a unit still fits */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits from *s on, which is moved past them; large ones are just large. */
static wide
read_digits(const char **s)
{
	wide n = 0;

	for (; is_digit(**s); ++*s)
		n = n < MOST ? 10 * n + (**s - '0') : MOST;
	return n;
}

static void
try_parse(const char *s, long long min, long long max)
{
	const char *p = s + (*s == '-' || *s == '+'), *why = NULL;
	bool number = is_digit(*p);
	wide n = read_digits(&p);
	long long got = 42;
	int error = num_parse(s, min, max, &got, &why);

	if (*s == '-')
		n = -n;
	number = number && *p == '\0';
	claim((error == 0) == (number && n >= min && n <= max));
	claim(got == (error == 0 ? (long long)n : 42));
	if (error == 0)
		return;
	claim(strcmp(why, !number ? "not a number" : n < min ? "too small" :
	    "too large") == 0);
}

static void
try_size(const char *s)
{
	static const char units[] = "KMGTkmgt";
	const char *p = s, *point = s, *end = s, *unit, *why = NULL;
	bool size = is_digit(*p);
	wide n = read_digits(&p), scale = 1, part = 0;
	size_t got = 42;
	int power;
	int error;

	if (*p == '.') {
		point = p++;
		while (is_digit(*p))
			p++;
		end = p;
		size = end > point + 1 && *p != '\0';
	}
	if (*p != '\0' && (unit = strchr(units, *p)) != NULL) {
		for (power = (int)(unit - units) % 4; power >= 0; power--)
			scale *= unit - units < 4 ? 1024 : 1000;
		p++;
	}
	while (end > point + 1)
		part = (part + (*--end - '0') * scale) / 10;
	n = n * scale + part;
	size = size && *p == '\0';
	error = num_size(s, &got, &why);
	claim((error == 0) == (size && n <= (wide)(SIZE_MAX / 4)));
	claim(got == (error == 0 ? (size_t)n : 42));
	claim(error == 0 || (strcmp(why, "too large") == 0) == size);
}

/*
 * Moves *s past the number that begins there, in decimal or after 0x, if there is one;
 * in *zero, is it nothing?
 */
static bool
skip_number(const char **s, bool *zero)
{
	bool hex = (*s)[0] == '0' && ((*s)[1] == 'x' || (*s)[1] == 'X'), digits = false;
	const char *all = hex ? "0123456789abcdefABCDEF" : "0123456789";
	const char *start = hex ? *s + 2 : *s, *p, *point = NULL;

	*zero = true;
	for (p = start; *p != '\0' && (strchr(all, *p) != NULL || (*p == '.' &&
	    point == NULL)); p++) {
		if (*p == '.') {
			point = p;
			continue;
		}
		digits = true;
		*zero = *zero && *p == '0';
	}
	if (!digits)
		return false;
	*s = p;
	if (*p == '\0' || strchr(hex ? "pP" : "eE", *p) == NULL)
		return true;
	p += 1 + (p[1] == '-' || p[1] == '+');
	if (!is_digit(*p))
		return true;
	while (is_digit(*p))
		p++;
	*s = p;
	return true;
}

static void
try_duration(const char *s)
{
	const char *p = s, *why = NULL;
	bool zero, number = skip_number(&p, &zero);
	long double unit = 1, want, error;
	int64_t got = 42;
	int status = num_duration(s, &got, &why);

	switch (*p) {
	case 'd': unit *= 24;	/* FALLTHROUGH */
	case 'h': unit *= 60;	/* FALLTHROUGH */
	case 'm': unit *= 60;	/* FALLTHROUGH */
	case 's': p++;
	}
	number = number && *p == '\0';
	claim((status == 0) == number);
	claim(status == 0 || got == 42);
	if (status == -1)
		return;
	claim(got >= 0 && got <= DURATION_MAX);
	claim((got == 0) == zero);
	want = strtold(s, NULL) * unit * 1e9L;
	if (want > (long double)DURATION_MAX)
		want = (long double)DURATION_MAX;
	/* Rounded up, by arithmetic of 53 bits. */
	error = (long double)got - want;
	claim(fabsl(error) <= 1 + want * 0x1p-51L);
}

static void
try_moment(const char *s)
{
	const char *p = s + (*s == '@'), *why = NULL;
	bool minus = *p == '-', moment, dot;
	wide n, rest = 0, unit = 1000000000, place;
	const char *fraction;
	int64_t got = 42;
	int error = num_moment(s, &got, &why);

	p += minus;
	moment = *s == '@' && is_digit(*p);
	n = read_digits(&p);
	fraction = p + 1;
	dot = moment && *p == '.' && is_digit(*fraction);
	if (dot)
		for (p = fraction; is_digit(*p); p++)
			;
	if (strcmp(p, "ms") == 0) {
		unit = 1000000;
		p += 2;
	}
	moment = moment && *p == '\0';
	for (place = unit / 10; dot && is_digit(*fraction); fraction++, place /= 10)
		rest += place * (*fraction - '0');
	n = n * unit + rest;
	claim((error == 0) == (moment && n <= INT64_MAX));
	claim(got == (error == 0 ? (int64_t)(minus ? -n : n) : 42));
	claim(error == 0 || (strcmp(why, "too far away") == 0) == moment);
}

/* A number of that many bits, its sign the highest. */
static long long
bound(unsigned int bits)
{
	long long n = (bits & 64) != 0 ? (long long)(ULLONG_MAX >> 1 >> (63 - bits % 64)) :
	    bits % 64;

	return (bits & 128) != 0 ? -n - 1 : n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	long long min = bound(input_byte(&in)), max = bound(input_byte(&in));
	char *s = input_string(&in);

	if (min <= max)
		try_parse(s, min, max);
	try_parse(s, LLONG_MIN, LLONG_MAX);
	try_size(s);
	try_duration(s);
	try_moment(s);
	free(s);
	return 0;
}
