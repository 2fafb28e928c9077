/*
 * sscanf: of what libc has in itself, only what reads TZ calls this one, and wants small
 * numbers.  So a program need not carry what reads all the others.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

/* By the name that libc calls it. */
int	__isoc99_sscanf(const char *, const char *, ...);

/* The format has %hu, %n and characters that stand for themselves. */
int
__isoc99_sscanf(const char *s, const char *format, ...)
{
	const char *start = s, *f;
	unsigned long number;
	va_list ap;
	char *end;
	int read = 0;

	va_start(ap, format);
	for (f = format; *f != '\0'; f++) {
		if (f[0] == '%' && f[1] == 'n') {
			f += 1;
			*va_arg(ap, int *) = (int)(s - start);
		} else if (f[0] == '%' && f[1] == 'h' && f[2] == 'u') {
			f += 2;
			number = strtoul(s, &end, 10);
			if (end == s)
				break;
			*va_arg(ap, unsigned short *) = (unsigned short)number;
			s = end;
			read++;
		} else if (*f == '%') {
			abort();
		} else if (*s++ != *f) {
			break;
		}
	}
	va_end(ap);
	return read;
}
