/*
 * scan: a walk through a shell line that knows just enough of its grammar to
 * say, at each hole, within which quotes it is.  It is used to decide whether a
 * record can be put there so that it stays data: where the walk cannot be sure,
 * it refuses.  Being wrong would let a file name run commands.
 */
#include <stdbool.h>
#include <string.h>

#include "base/quote.h"
#include "command/scan.h"

#define DEPTH	64

/* What is open, innermost last. */
enum level {
	LINE,		/* the line itself */
	GROUP,		/* ( ... ) */
	SUBSTITUTION,	/* $( ... ) */
	QUOTES,		/* " ... " */
};

struct scan {
	const char		*start;
	const char		*at;
	const char		*end;
	enum level		 open[DEPTH];
	size_t			 depth;
	bool			 word_start;
	size_t			 brackets;	/* of a subscript, which bash computes */
	size_t			 array;		/* depth of the ( of a=(...), or 0 */
	bool			 unsure;	/* from here on; why_unsure */
	const char		*why_unsure;
	const char		*why;
	enum quote_context	*contexts;	/* of the holes to come */
};

static int
scan_refuse(struct scan *s, const char *why)
{
	s->why = why;
	return -1;
}

static bool
scan_is(const struct scan *s, const char *text)
{
	size_t n = strlen(text);

	return (size_t)(s->end - s->at) >= n && memcmp(s->at, text, n) == 0;
}

/* From here on we do not know, so a hole is refused. */
static void
scan_unsure(struct scan *s, const char *why)
{
	s->unsure = true;
	s->why_unsure = why;
}

static int
scan_push(struct scan *s, enum level level)
{
	if (s->depth == DEPTH)
		return scan_refuse(s, "too deeply nested");
	s->open[s->depth++] = level;
	return 0;
}

static int
scan_hole(struct scan *s, enum quote_context context)
{
	if (s->unsure)
		return scan_refuse(s, s->why_unsure);
	if (s->brackets > 0)
		return scan_refuse(s, "{} is within [...] of a word");
	*s->contexts++ = context;
	s->at++;
	return 0;
}

/* Past '...'; we stand after the first quote. */
static int
scan_single(struct scan *s)
{
	while (s->at < s->end) {
		if (*s->at == SCAN_HOLE) {
			if (scan_hole(s, QUOTE_SINGLE) == -1)
				return -1;
		} else if (*s->at++ == '\'')
			return 0;
	}
	return scan_refuse(s, "a single quote is left open");
}

/*
 * Past what ends in that byte and takes no record: up to the first one not
 * after a backslash, refusing the bytes in `odd`, which would need a grammar.
 */
static int
scan_past(struct scan *s, char last, const char *odd, const char *hole,
    const char *open)
{
	for (; s->at < s->end; s->at++) {
		if (*s->at == SCAN_HOLE)
			return scan_refuse(s, hole);
		if (*s->at == last) {
			s->at++;
			return 0;
		}
		if (strchr(odd, *s->at) != NULL)
			return scan_refuse(s, open);
		if (*s->at == '\\' && s->at + 1 < s->end) {
			s->at++;
			if (*s->at == SCAN_HOLE)
				return scan_refuse(s, hole);
			/* bash reads \' in $'...' as a quote, dash as the end. */
			if (*s->at == last && last == '\'')
				return scan_refuse(s, "there is a \\' within $'...'");
		}
	}
	return scan_refuse(s, open);
}

/* Past ((...)), whose parentheses are counted. */
static int
scan_arithmetic(struct scan *s)
{
	size_t open = 0;

	for (; s->at < s->end; s->at++) {
		if (*s->at == SCAN_HOLE)
			return scan_refuse(s, "{} is within ((...))");
		if (strchr("'\"\\`", *s->at) != NULL)
			return scan_refuse(s, "there are quotes within ((...))");
		if (*s->at == '(')
			open++;
		if (*s->at == '#' && strchr(" \t\n;&|()<>", s->at[-1]) != NULL)
			return scan_refuse(s, "there may be a comment within ((...))");
		if (*s->at == ')' && --open == 1 && !scan_is(s, "))"))
			return scan_refuse(s, "((...)) may be two subshells");
		if (*s->at == ')' && open == 0) {
			s->at++;
			if (scan_is(s, "#"))
				scan_unsure(s, "{} may be within a comment");
			return 0;
		}
	}
	return scan_refuse(s, "((...)) is left open");
}

/* What begins with a dollar sign; within double quotes some of it does not. */
static int
scan_dollar(struct scan *s, bool quoted)
{
	s->at++;
	if (scan_is(s, "$")) {		/* the process's number: what follows is text */
		s->at++;
		if (s->at < s->end && *s->at != SCAN_HOLE && strchr("({['\"$", *s->at) != NULL)
			return scan_refuse(s, "shells disagree on what follows $$");
		return 0;
	}
	if (scan_is(s, "(("))
		return scan_arithmetic(s);
	if (scan_is(s, "(")) {
		s->at++;
		s->word_start = true;
		if (s->brackets > 0)
			scan_unsure(s, "{} may be within [...] of a word");
		return scan_push(s, SUBSTITUTION);
	}
	if (scan_is(s, "{")) {
		s->at++;
		if (s->at < s->end && strchr(" \t\n|;&", *s->at) != NULL && *s->at != SCAN_HOLE)
			return scan_refuse(s, "there is a ${ command; } in it");
		return scan_past(s, '}', "'\"\\`{(", "{} is within ${...}",
		    "there are quotes or braces within ${...}");
	}
	if (scan_is(s, "["))
		return scan_refuse(s, "there is a $[ in it");
	if (s->at < s->end && *s->at == SCAN_HOLE)
		return scan_refuse(s, "{} follows a dollar sign");
	if (!quoted && scan_is(s, "\""))
		return scan_refuse(s, "there is a $\" in it");
	if (!quoted && scan_is(s, "'")) {
		s->at++;
		return scan_past(s, '\'', "", "{} is within $'...'",
		    "$'...' is left open");
	}
	return 0;
}

static int
scan_backquote(struct scan *s)
{
	s->at++;
	return scan_past(s, '`', "", "{} is within backquotes; use $(...)",
	    "a backquote is left open");
}

static int
scan_backslash(struct scan *s)
{
	s->at++;
	if (s->at < s->end && *s->at == SCAN_HOLE)
		return scan_refuse(s, "{} follows a backslash");
	/*
	 * The shell joins the lines first, and so may see other words than we.  At the
	 * end, bash has it or not: that depends on a newline in the word before.
	 */
	if (s->at == s->end || *s->at == '\n')
		return scan_refuse(s, "a line ends in a backslash");
	s->at++;
	return 0;
}

/* One step within double quotes. */
static int
scan_quoted(struct scan *s)
{
	switch (*s->at) {
	case SCAN_HOLE:
		return scan_hole(s, QUOTE_DOUBLE);
	case '\\':
		return scan_backslash(s);
	case '$':
		return scan_dollar(s, true);
	case '`':
		return scan_backquote(s);
	case '"':
		s->depth--;
		break;
	}
	s->at++;
	return 0;
}

static bool
scan_within(const struct scan *s, enum level level)
{
	size_t i;

	for (i = 0; i < s->depth; i++)
		if (s->open[i] == level)
			return true;
	return false;
}

static int
scan_comment(struct scan *s)
{
	if (s->depth > 1 || s->brackets > 0)
		scan_unsure(s, "{} may be within a comment");
	for (; s->at < s->end && *s->at != '\n'; s->at++)
		if (*s->at == SCAN_HOLE)
			return scan_refuse(s, "{} is within a comment");
	return 0;
}

/* Directly within a=(...)?  After an error there, bash runs the next line. */
static bool
scan_in_array(const struct scan *s)
{
	return s->array != 0 && s->depth == s->array + 1;
}

/* A group, or what bash computes: ((...)). */
static int
scan_parenthesis(struct scan *s)
{
	if (scan_is(s, "((") && s->at > s->start && strchr("<>=", s->at[-1]) != NULL)
		return scan_refuse(s, "((...)) may be two subshells");
	if (scan_is(s, "(("))
		return scan_arithmetic(s);
	if (s->brackets > 0)
		scan_unsure(s, "{} may be within [...] of a word");
	if (scan_in_array(s) && strchr("<>", s->at[-1]) == NULL)
		return scan_refuse(s, "there is an operator within a=(...)");
	if (s->array == 0 && s->at > s->start && s->at[-1] == '=')
		s->array = s->depth;
	s->at++;
	s->word_start = true;
	return scan_push(s, GROUP);
}

/*
 * bash computes the subscript in a[...]=, and a number may contain commands there.
 * A word that begins with [ is a test or a pattern; but a subscript in a=(...).
 */
static void
scan_bracket(struct scan *s, bool first)
{
	bool alone = first && s->array == 0 && s->brackets == 0;

	s->at += alone && scan_is(s, "[[ ") ? 2 : 1;
	if (!alone)
		s->brackets++;
}

/* Is this >&2 or >&-, and not bash's >&file? */
static bool
scan_duplicates(const struct scan *s)
{
	const char *p = s->at + 2;

	while (p < s->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p == s->end || strchr("0123456789-", *p) == NULL || *p == SCAN_HOLE)
		return false;
	while (p < s->end && *p >= '0' && *p <= '9')
		p++;
	if (p < s->end && *p == '-')
		p++;
	return p == s->end || (*p != SCAN_HOLE && strchr(" \t\n;&|)<>", *p) != NULL);
}

/* Redirections, and what ends a command. */
static int
scan_operator(struct scan *s)
{
	if (scan_in_array(s) && !scan_is(s, "<(") && !scan_is(s, ">("))
		return scan_refuse(s, "there is an operator within a=(...)");
	if (scan_is(s, "<<<") && !scan_is(s, "<<<("))
		s->at += 2;
	else if (scan_is(s, "<<"))
		scan_unsure(s, "{} may be within a here-document");
	else if (scan_is(s, ">&") && !scan_duplicates(s))
		scan_unsure(s, "bash expands twice what follows >&; use &>");
	s->word_start = true;
	s->at++;
	return 0;
}

/* Words after which others may not be what they seem. */
static void
scan_keyword(struct scan *s)
{
	/* The ) of its patterns would seem to end the $(. */
	if (scan_is(s, "case") && scan_within(s, SUBSTITUTION))
		scan_unsure(s, "{} is in or after a case within $(...)");
	if (scan_is(s, "alias"))
		scan_unsure(s, "{} comes after an alias");
}

/* One step outside of quotes. */
static int
scan_plain(struct scan *s)
{
	bool first = s->word_start;
	enum level level = s->open[s->depth - 1];

	s->word_start = false;
	switch (*s->at) {
	case SCAN_HOLE:
		return scan_hole(s, QUOTE_PLAIN);
	case '\\':
		return scan_backslash(s);
	case '\'':
		s->at++;
		return scan_single(s);
	case '"':
		s->at++;
		return scan_push(s, QUOTES);
	case '$':
		return scan_dollar(s, false);
	case '`':
		return scan_backquote(s);
	case '#':
		if (first)
			return scan_comment(s);
		break;
	case '(':
		return scan_parenthesis(s);
	case '[':
		scan_bracket(s, first);
		return 0;
	case ']':
		if (s->brackets > 0)
			s->brackets--;
		break;
	case ')':
		/* On the line itself this ends a pattern of case. */
		if (level != LINE)
			s->depth--;
		if (s->array == s->depth)
			s->array = 0;
		s->word_start = level != SUBSTITUTION;
		if (s->word_start && s->at + 1 < s->end && s->at[1] == '#')
			scan_unsure(s, "{} may be within a comment");
		break;
	case '<': case '>': case ';': case '&': case '|':
		return scan_operator(s);
	case ' ': case '\t': case '\n':
		s->word_start = true;
		break;
	case 'a': case 'c':
		if (first)
			scan_keyword(s);
		break;
	}
	s->at++;
	return 0;
}

int
scan_line(const char *line, size_t length, enum quote_context *contexts,
    const char **why)
{
	struct scan s = {
		.start = line, .at = line, .end = line + length, .contexts = contexts,
		.open = { LINE }, .depth = 1, .word_start = true,
	};

	while (s.at < s.end) {
		if ((s.open[s.depth - 1] == QUOTES ? scan_quoted : scan_plain)(&s) == -1) {
			/* Nothing to protect: the shell may say what is wrong. */
			if (memchr(line, SCAN_HOLE, length) == NULL)
				return 0;
			*why = s.why;
			return -1;
		}
	}
	if (s.open[s.depth - 1] != LINE) {
		*why = s.open[s.depth - 1] == QUOTES ?
		    "a double quote is left open" : "a parenthesis is left open";
		return -1;
	}
	return 0;
}
