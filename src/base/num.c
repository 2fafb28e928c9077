/*
 * num: what users write for numbers, sizes and times.
 */
#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

int
num_parse(const char *s, long long min, long long max, long long *n,
    const char **why)
{
	char *end;
	long long v;

	*why = "not a number";
	if (!isdigit((unsigned char)s[strspn(s, "+-") == 1]))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 10);
	if (*end != '\0')
		return -1;
	*why = "too small";
	if (v < min || (errno == ERANGE && v < 0))
		return -1;
	*why = "too large";
	if (errno == ERANGE || v > max)
		return -1;
	*n = v;
	return 0;
}

/* What the digits of a fraction are of that unit, without the rest. */
static uint64_t
fraction(const char *digits, size_t count, uint64_t unit)
{
	uint64_t part = 0;

	while (count-- > 0)
		part = (part + (uint64_t)(digits[count] - '0') * unit) / 10;
	return part;
}

int
num_size(const char *s, size_t *size, const char **why)
{
	static const char units[] = "KMGT";
	const char *unit, *digits;
	char *end;
	unsigned long long v, each, scale = 1;
	size_t decimals = 0;

	*why = "not a size (a number, with K, M, G or T if you like)";
	if (!isdigit((unsigned char)s[0]) && s[0] != '.')
		return -1;
	errno = 0;
	v = strtoull(s, &end, 10);
	digits = end + 1;
	if (*end == '.') {
		decimals = strspn(digits, "0123456789");
		end += 1 + decimals;
		/* There are no parts of a byte. */
		if (decimals == 0 || *end == '\0')
			return -1;
	}
	if (*end != '\0') {
		unit = strchr(units, toupper((unsigned char)*end));
		if (unit == NULL || end[1] != '\0')
			return -1;
		/* As in GNU parallel. */
		each = isupper((unsigned char)*end) ? 1024 : 1000;
		do
			scale *= each;
		while (unit-- > units);
	}
	*why = "too large";
	if (errno == ERANGE || v > SIZE_MAX / 4 / scale)
		return -1;
	v = v * scale + fraction(digits, decimals, scale);
	if (v > SIZE_MAX / 4)
		return -1;
	*size = (size_t)v;
	return 0;
}

int
num_duration(const char *s, int64_t *duration, const char **why)
{
	static const struct {
		char	unit;
		int	seconds;
	} units[] = {
		{ '\0', 1 }, { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
	};
	char *end;
	double v;
	size_t i;

	*why = "not a duration (a number, with s, m, h or d if you like)";
	/* strtod would take blanks, signs, "inf" and "nan" as well. */
	if (!isdigit((unsigned char)s[0]) && s[0] != '.')
		return -1;
	errno = 0;
	v = strtod(s, &end);
	if (end == s || (*end != '\0' && end[1] != '\0'))
		return -1;
	if (v == 0 && errno == ERANGE)
		v = DBL_MIN;
	for (i = 0; i < sizeof units / sizeof units[0]; i++)
		if (*end == units[i].unit)
			break;
	if (i == sizeof units / sizeof units[0])
		return -1;
	v *= units[i].seconds * 1e9;
	*duration = v < (double)DURATION_MAX ? (int64_t)v : DURATION_MAX;
	if ((double)*duration < v && *duration < DURATION_MAX)
		++*duration;
	return 0;
}

int
num_moment(const char *s, int64_t *moment, const char **why)
{
	const char *first = s + 1 + (s[0] == '@' && s[1] == '-'), *end = first;
	size_t decimals;
	int64_t unit = INT64_C(1000000000), whole, rest = 0;

	*why = "a moment begins with @ (seconds since 1970, or milliseconds with ms)";
	if (s[0] != '@')
		return -1;
	*why = "not a moment (@ and seconds since 1970, or milliseconds with ms)";
	end += strspn(end, "0123456789");
	if (end == first || (*end == '.' && !isdigit((unsigned char)end[1])))
		return -1;
	if (strcmp(end + strspn(end, ".0123456789"), "ms") == 0)
		unit = 1000000;
	if (*end == '.') {
		decimals = strspn(++end, "0123456789");
		rest = (int64_t)fraction(end, decimals, (uint64_t)unit);
		end += decimals;
	}
	if (strcmp(end, unit == 1000000 ? "ms" : "") != 0)
		return -1;
	*why = "too far away";
	errno = 0;
	whole = strtoll(first, NULL, 10);
	if (errno == ERANGE || whole > (INT64_MAX - rest) / unit)
		return -1;
	*moment = s[1] == '-' ? -(whole * unit + rest) : whole * unit + rest;
	return 0;
}

bool
num_next(const char **s, int base, uintmax_t *n)
{
	char *end;

	errno = 0;
	*n = strtoumax(*s, &end, base);
	if (end == *s || errno == ERANGE)
		return false;
	*s = end;
	return true;
}
