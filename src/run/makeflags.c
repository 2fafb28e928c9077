/*
 * makeflags: words with blanks between them, in which a backslash takes what is special
 * from the byte after it.
 */
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "run/makeflags.h"

#define AUTH	"--jobserver-auth="	/* since 4.2 */
#define FDS	"--jobserver-fds="	/* before */
#define FIFO	"fifo:"			/* since 4.4 */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next word becomes a string, from there on: what is behind it, or NULL. */
static const char *
makeflags_word(const char *s, struct buf *word)
{
	word->length = 0;
	while (is_blank(*s))
		s++;
	if (*s == '\0')
		return NULL;
	for (; *s != '\0' && !is_blank(*s); s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		buf_add_byte(word, *s);
	}
	return s;
}

/* Two numbers with a comma. */
static bool
makeflags_ends(const char *value, int ends[2])
{
	const char *comma = strchr(value, ','), *why;
	struct buf first = {0};
	long long in = 0, out = 0;
	bool good = comma != NULL;

	if (good) {
		buf_add(&first, value, (size_t)(comma - value));
		good = num_parse(buf_string(&first), INT_MIN, INT_MAX, &in, &why) == 0 &&
		    num_parse(comma + 1, INT_MIN, INT_MAX, &out, &why) == 0;
	}
	buf_release(&first);
	ends[0] = (int)in;
	ends[1] = (int)out;
	return good;
}

/* That word says where the tokens are, with that value. */
static void
makeflags_auth(struct makeflags *m, const char *word, const char *value)
{
	m->auth.length = m->path.length = 0;
	buf_add_string(&m->auth, word);
	m->style = MAKEFLAGS_ODD;
	if (strncmp(value, FIFO, strlen(FIFO)) == 0) {
		m->style = MAKEFLAGS_FIFO;
		buf_add_string(&m->path, value + strlen(FIFO));
	} else if (makeflags_ends(value, m->ends))
		m->style = MAKEFLAGS_PIPE;
	(void)buf_string(&m->auth);
	(void)buf_string(&m->path);
}

/* In auth, is it said by the option that is the newer one? */
static void
makeflags_option(struct makeflags *m, const char *word, bool *newer)
{
	const char *why;
	long long n;

	if (strncmp(word, AUTH, strlen(AUTH)) == 0) {
		*newer = true;
		makeflags_auth(m, word, word + strlen(AUTH));
	} else if (strncmp(word, FDS, strlen(FDS)) == 0 && !*newer)
		makeflags_auth(m, word, word + strlen(FDS));
	else if (strncmp(word, "-j", 2) == 0)
		m->jobs = num_parse(word + 2, 1, INT_MAX, &n, &why) == 0 ? (size_t)n : 0;
}

void
makeflags_parse(const char *s, struct makeflags *m)
{
	struct buf word = {0};
	bool letters, newer = false;
	const char *text;

	*m = (struct makeflags){0};
	if (s == NULL)
		return;
	letters = !is_blank(*s);
	while ((s = makeflags_word(s, &word)) != NULL) {
		text = buf_string(&word);
		if (strcmp(text, "--") == 0)
			break;
		if (letters && text[0] != '-' && strchr(text, '=') == NULL)
			m->dry_run = strchr(text, 'n') != NULL;
		else
			makeflags_option(m, text, &newer);
		letters = false;
	}
	buf_release(&word);
}

void
makeflags_release(struct makeflags *m)
{
	buf_release(&m->auth);
	buf_release(&m->path);
}

void
makeflags_quote(const char *option, const char *value, struct buf *all)
{
	buf_add_string(all, option);
	for (; *value != '\0'; value++) {
		if (is_blank(*value) || *value == '\\')
			buf_add_byte(all, '\\');
		buf_add_byte(all, *value);
	}
}

/* Where the variables begin in it, or its end. */
static const char *
makeflags_variables(const char *s)
{
	struct buf word = {0};
	const char *start = s, *end;

	for (; (end = makeflags_word(s, &word)) != NULL; s = end)
		if (strcmp(buf_string(&word), "--") == 0)
			break;
	buf_release(&word);
	return end != NULL ? s : start + strlen(start);
}

void
makeflags_join(const char *old, const char *options, struct buf *all)
{
	const char *variables = old != NULL ? makeflags_variables(old) : NULL, *p;

	if (old != NULL)
		buf_add(all, old, (size_t)(variables - old));
	/* A last backslash, which stands for itself, would take the blank. */
	for (p = variables; p != old && p[-1] == '\\'; p--)
		;
	if ((variables - p) % 2 != 0)
		buf_add_byte(all, '\\');
	buf_add_byte(all, ' ');
	buf_add_string(all, options);
	if (old == NULL)
		return;
	if (*variables != '\0' && !is_blank(*variables))
		buf_add_byte(all, ' ');
	buf_add_string(all, variables);
}
