/*
 * place: one looks back and forth from the hole; what is not sure is not said to be.
 */
#include <string.h>

#include "base/quote.h"
#include "command/place.h"
#include "command/scan.h"

/* A hole is none of them. */
static bool
is_one_of(char c, const char *set)
{
	return c != SCAN_HOLE && strchr(set, c) != NULL;
}

static bool
is_usual(char c)
{
	return c == SCAN_HOLE || strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789+-./_:@%,=", c) != NULL;
}

void
place_find(struct place *p, const char *line, size_t length, size_t at)
{
	*p = (struct place){ line, at, at + 1, length };
	while (p->start > 0 && is_usual(line[p->start - 1]))
		p->start--;
	while (p->end < length && is_usual(line[p->end]))
		p->end++;
}

bool
place_is_word(const struct place *p)
{
	return (p->start == 0 || is_one_of(p->line[p->start - 1], " \t\n;|&(")) &&
	    (p->end == p->length || is_one_of(p->line[p->end], " \t\n;|&)"));
}

/* Where the text ends that comes before the word and the blanks before it. */
static size_t
place_before(const struct place *p)
{
	size_t n = p->start;

	while (n > 0 && is_one_of(p->line[n - 1], " \t\n"))
		n--;
	return n;
}

bool
place_wants_one_word(const char *text, size_t n)
{
	while (n > 0 && is_one_of(text[n - 1], " \t\n"))
		n--;
	if (n > 1 && is_one_of(text[n - 1], "&|"))
		n--;
	if (n > 0 && is_one_of(text[n - 1], "<>"))
		return true;
	return n >= 4 && memcmp(text + n - 4, "case", 4) == 0 &&
	    (n == 4 || is_one_of(text[n - 5], " \t\n;|&()"));
}

bool
place_spreads(const struct place *p, bool words)
{
	if (!place_is_word(p) || place_wants_one_word(p->line, p->start))
		return false;
	if (p->end - p->start == 1)
		return true;
	return words && (p->line[p->start] == '-' ||
	    memchr(p->line + p->start, '=', p->end - p->start) == NULL);
}

bool
place_is_argument(const struct place *p)
{
	size_t end = place_before(p), start = end, i;

	for (i = end; i < p->start; i++)
		if (p->line[i] == '\n')
			return false;
	while (start > 0 && is_usual(p->line[start - 1]))
		start--;
	return start < end && memchr(p->line + start, '=', end - start) == NULL &&
	    !quote_reserved(p->line + start, end - start) &&
	    (start == 0 || is_one_of(p->line[start - 1], " \t\n;|&("));
}
