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
	char	*text;		/* in texts */
	size_t	 length;
	regex_t	 regex;
};

static struct {
	char		*source;	/* of all */
	char		*texts;		/* each with a NUL */
	size_t		 length;
	int		 flags;
	struct pattern	*patterns;
	size_t		 count;
} set;

static void
clear(void)
{
	size_t i;

	for (i = 0; i < set.count; i++)
		if (!set.patterns[i].is_text)
			regfree(&set.patterns[i].regex);
	free(set.patterns);
	free(set.texts);
	free(set.source);
	memset(&set, 0, sizeof set);
}

static bool
has_special(const char *text, int flags)
{
	return text[strcspn(text, flags & REG_EXTENDED ? "\\[.*^$+?{}|()" : "\\[.*^$")] != '\0';
}

/* Puts the text there, as a basic regular expression for just that if it is to be quoted. */
static size_t
put_text(char *to, const char *text, size_t length, bool quote)
{
	char *p = to;
	size_t i;

	for (i = 0; i < length; i++) {
		if (quote && strchr("\\[.*^$", text[i]) != NULL)
			*p++ = '\\';
		*p++ = text[i];
	}
	*p = '\0';
	return (size_t)(p - to);
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

/* Its text is put there, where there is room; the end of it, or NULL. */
static char *
add_pattern(char *to, const char *source, size_t length, const char **why)
{
	static char message[128];
	struct pattern *p = &set.patterns[set.count];
	bool fixed = set.flags & MATCH_FIXED, fold = set.flags & REG_ICASE;
	int error = 0;

	p->text = to;
	p->length = put_text(to, source, length, fixed && fold);
	p->is_text = !fold && (fixed || !has_special(to, set.flags));
	if (!p->is_text)
		error = compile(&p->regex, to, set.flags & (REG_EXTENDED | REG_ICASE));
	if (error == 0) {
		set.count++;
		return to + p->length + 1;
	}
	if (error != REG_ESPACE) {
		(void)regerror(error, NULL, message, sizeof message);
		*why = message;
	}
	return NULL;
}

static size_t
count_lines(const char *source, size_t length)
{
	size_t i, n = 1;

	for (i = 0; i < length; i++)
		n += source[i] == '\n';
	return n;
}

/* Room for a set; quoted, a text is twice as long at most. */
static int
make_room(const char *source, size_t length)
{
	size_t count = count_lines(source, length);

	set.patterns = calloc(count, sizeof set.patterns[0]);
	set.texts = malloc(2 * length + count);
	set.source = malloc(length + 1);
	if (set.patterns == NULL || set.texts == NULL || set.source == NULL)
		return -1;
	memcpy(set.source, source, length);
	set.length = length;
	return 0;
}

static int
add_all(const char *source, size_t length, const char **why)
{
	const char *p = source, *end = source + length, *next;
	char *to = set.texts;

	for (;; p = next + 1) {
		next = memchr(p, '\n', (size_t)(end - p));
		to = add_pattern(to, p, (size_t)((next != NULL ? next : end) - p), why);
		if (to == NULL)
			return -1;
		if (next == NULL)
			return 0;
	}
}

int
match_set(const char *source, size_t length, int flags, const char **why)
{
	if (set.count > 0 && set.flags == flags && set.length == length &&
	    memcmp(set.source, source, length) == 0)
		return 0;
	clear();
	*why = "memory exhausted";
	set.flags = flags;
	if (make_room(source, length) == 0 && add_all(source, length, why) == 0)
		return 0;
	clear();
	return -1;
}

static char *
end_of_line(char *p, char *end)
{
	char *newline = memchr(p, '\n', (size_t)(end - p));

	return newline != NULL ? newline : end;
}

/* One text, which is in a line as a whole. */
static char *
find_text(char *p, char *end, char **line_end)
{
	char *found, *newline;

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

static bool
is_any_in(char *line, char *end, bool *error)
{
	char kept = *end;
	bool found = false;
	size_t i;

	*end = '\0';
	for (i = 0; i < set.count && !found; i++)
		found = is_in(&set.patterns[i], line, (size_t)(end - line), error);
	*end = kept;
	return found;
}

char *
match_find(char *p, char *end, char **line_end, bool *error)
{
	if (p == end)
		return NULL;
	if (set.count == 1 && set.patterns[0].is_text)
		return find_text(p, end, line_end);
	for (; p < end; p = *line_end + 1) {
		*line_end = end_of_line(p, end);
		if (is_any_in(p, *line_end, error))
			return p;
		if (*error)
			return NULL;
	}
	return NULL;
}
