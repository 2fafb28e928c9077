/*
 * echo: its words, as coreutils' echo prints them.
 */
#include <ctype.h>

#include "parmap.h"
#include "builtin/builtin.h"
#include "builtin/text.h"

struct style {
	bool	escapes;
	bool	newline;
};

/* What is no option as a whole is a word. */
static bool
take_options(const char *word, struct style *style)
{
	const char *p = word + 1;

	if (word[0] != '-' || *p == '\0' || p[strspn(p, "neE")] != '\0')
		return false;
	for (; *p != '\0'; p++)
		if (*p == 'n')
			style->newline = false;
		else
			style->escapes = *p == 'e';
	return true;
}

static char
take_octal(const char **p)
{
	unsigned n = 0;
	int i;

	for (i = 0; i < 3 && **p >= '0' && **p <= '7'; i++, ++*p)
		n = n * 8 + (unsigned)(**p - '0');
	return (char)n;
}

static char
take_hex(const char **p)
{
	static const char digits[] = "0123456789abcdef";
	unsigned n = 0;
	int i;

	for (i = 0; i < 2 && isxdigit((unsigned char)**p); i++, ++*p)
		n = n * 16 + (unsigned)(strchr(digits, tolower((unsigned char)**p)) - digits);
	return (char)n;
}

/* What is meant after a backslash; if nothing, that stays. */
static char
take_escape(const char **p)
{
	static const char letters[] = "abefnrtv\\", bytes[] = "\a\b\033\f\n\r\t\v\\";
	const char *found = **p != '\0' ? strchr(letters, **p) : NULL;

	if (found != NULL) {
		++*p;
		return bytes[found - letters];
	}
	if (**p >= '0' && **p <= '7') {
		*p += **p == '0';
		return take_octal(p);
	}
	if (**p == 'x' && isxdigit((unsigned char)(*p)[1])) {
		++*p;
		return take_hex(p);
	}
	return '\\';
}

/* False after a \c, which ends everything. */
static bool
add_escaped(struct text *out, const char *word)
{
	const char *p = word;
	char c;

	while (*p != '\0') {
		c = *p++;
		if (c == '\\' && *p == 'c')
			return false;
		text_byte(out, c == '\\' ? take_escape(&p) : c);
	}
	return true;
}

int
builtin_echo(int argc, char **argv, struct io *io)
{
	struct text out;
	struct style style = { .newline = true };
	int i = 1, first;

	text_start(&out, io, 1);
	while (i < argc && take_options(argv[i], &style))
		i++;
	for (first = i; i < argc; i++) {
		if (i > first)
			text_byte(&out, ' ');
		if (!style.escapes)
			text_string(&out, argv[i]);
		else if (!add_escaped(&out, argv[i]))
			break;
	}
	if (style.newline && i == argc)
		text_byte(&out, '\n');
	text_end(&out);
	return 0;
}
