/*
 * match: see match.h.  A text without special characters is searched for in the whole
 * of what there is, anything else by regexec(3) in one line after the other, bytes and
 * not characters being what it is about.
 */
#include <locale.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "builtin/match.h"

struct pattern {
	bool	 is_text;
	char	*text;
	size_t	 length;
	regex_t	 regex;
};

static struct {
	char		*source;	/* of all */
	size_t		 length;
	int		 flags;
	struct pattern	*patterns;
	size_t		 count;
} set;

static void
clear(void)
{
	size_t i;

	for (i = 0; i < set.count; i++) {
		free(set.patterns[i].text);
		if (!set.patterns[i].is_text)
			regfree(&set.patterns[i].regex);
	}
	free(set.patterns);
	free(set.source);
	memset(&set, 0, sizeof set);
}

static bool
has_special(const char *text, int flags)
{
	return text[strcspn(text, flags & REG_EXTENDED ? "\\[.*^$+?{}|()" : "\\[.*^$")] != '\0';
}

/* A copy that is a basic regular expression for just that text. */
static char *
quoted(const char *text, size_t length)
{
	char *copy = malloc(2 * length + 1), *p = copy;
	size_t i;

	if (copy == NULL)
		return NULL;
	for (i = 0; i < length; i++) {
		if (strchr("\\[.*^$", text[i]) != NULL)
			*p++ = '\\';
		*p++ = text[i];
	}
	*p = '\0';
	return copy;
}

/* In the C locale, whichever the process has. */
static int
compile(regex_t *regex, const char *text, int flags)
{
	static locale_t c_locale;
	locale_t former;
	int error;

	if (c_locale == (locale_t)0)
		c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	if (c_locale == (locale_t)0)
		return REG_ESPACE;
	former = uselocale(c_locale);
	error = regcomp(regex, text, flags | REG_NOSUB);
	(void)uselocale(former);
	return error;
}

static int
add_pattern(const char *source, size_t length, const char **why)
{
	static char message[128];
	struct pattern *p = &set.patterns[set.count];
	int error = REG_ESPACE, flags = set.flags;

	p->length = length;
	if (flags & MATCH_FIXED && flags & REG_ICASE) {
		p->text = quoted(source, length);
		flags = REG_ICASE;
	} else {
		p->text = strndup(source, length);
	}
	*why = "memory exhausted";
	if (p->text == NULL)
		return -1;
	p->is_text = flags & MATCH_FIXED || (!(flags & REG_ICASE) && !has_special(p->text, flags));
	if (p->is_text || (error = compile(&p->regex, p->text, flags)) == 0) {
		set.count++;
		return 0;
	}
	free(p->text);
	if (error != REG_ESPACE) {
		(void)regerror(error, NULL, message, sizeof message);
		*why = message;
	}
	return -1;
}

static size_t
count_lines(const char *source, size_t length)
{
	size_t i, n = 1;

	for (i = 0; i < length; i++)
		n += source[i] == '\n';
	return n;
}

int
match_set(const char *source, size_t length, int flags, const char **why)
{
	const char *p = source, *end = source + length, *next;

	if (set.count > 0 && set.flags == flags && set.length == length &&
	    memcmp(set.source, source, length) == 0)
		return 0;
	clear();
	*why = "memory exhausted";
	set.patterns = calloc(count_lines(source, length), sizeof set.patterns[0]);
	set.source = malloc(length + 1);
	if (set.patterns == NULL || set.source == NULL)
		goto failed;
	memcpy(set.source, source, length);
	set.length = length;
	set.flags = flags;
	for (;; p = next + 1) {
		next = memchr(p, '\n', (size_t)(end - p));
		if (add_pattern(p, (size_t)((next != NULL ? next : end) - p), why) == -1)
			goto failed;
		if (next == NULL)
			return 0;
	}
failed:
	clear();
	return -1;
}

static const char *
end_of_line(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? newline : end;
}

/* One text, which is in a line as a whole. */
static const char *
find_text(const char *p, const char *end, const char **line_end)
{
	const char *found, *newline;

	found = memmem(p, (size_t)(end - p), set.patterns[0].text, set.patterns[0].length);
	if (found == NULL)
		return NULL;
	*line_end = end_of_line(found, end);
	newline = memrchr(p, '\n', (size_t)(found - p));
	return newline != NULL ? newline + 1 : p;
}

static bool
is_in(const struct pattern *p, const char *line, size_t length, bool *error)
{
	regmatch_t where = { .rm_so = 0, .rm_eo = (regoff_t)length };
	int result;

	if (p->is_text)
		return memmem(line, length, p->text, p->length) != NULL;
	result = regexec(&p->regex, line, 1, &where, REG_STARTEND);
	*error |= result == REG_ESPACE;
	return result == 0;
}

const char *
match_find(const char *p, const char *end, const char **line_end, bool *error)
{
	size_t i;

	if (p == end)
		return NULL;
	if (set.count == 1 && set.patterns[0].is_text)
		return find_text(p, end, line_end);
	for (; p < end; p = *line_end + 1) {
		*line_end = end_of_line(p, end);
		for (i = 0; i < set.count; i++)
			if (is_in(&set.patterns[i], p, (size_t)(*line_end - p), error))
				return p;
		if (*error)
			return NULL;
	}
	return NULL;
}
