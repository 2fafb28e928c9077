/*
 * template: what is measured suffices, an expansion is a function of its attempt, a
 * record stays where it is put, and the plain {} are those of a replacement that is
 * written out.
 *
 * Input: style, numbers of words and names, slot; then words, names and fields, each
 * with a NUL.
 */
#include <stdbool.h>

#include "base/buf.h"
#include "base/words.h"
#include "base/quote.h"
#include "command/template.h"
#include "input.h"

#define MARK		'\002'	/* a record that is known again */
#define WORDS_MOST	4
#define NAMES_MOST	3
#define FIELDS_MOST	8

/* A case: what the input says. */
struct trial {
	struct template_style	 style;
	char			*words[WORDS_MOST];
	size_t			 count;
	struct words		 names;
	struct words		 fields;
	struct attempt		 attempt;
};

static void
trial_init(struct trial *t, struct input *in)
{
	static const char *const all[] = { "{}", "{}", NULL, "%", "a b", "{x}", "{1}", "{" };
	unsigned int style = input_byte(in), counts = input_byte(in), i;
	char *s;

	*t = (struct trial){0};
	t->style = (struct template_style){
		.all = all[style % 8], .parts = (style & 8) != 0,
		.numbers = (style & 16) != 0, .context = (style & 32) != 0,
		.named_command = (style & 64) != 0, .append = (style & 128) != 0,
		.plus = (counts & 64) != 0, .words = (counts & 128) != 0,
	};
	/* Both are of fields, which are not in such a command. */
	if (t->style.all == NULL)
		t->style.context = t->style.append = false;
	t->count = 1 + counts % WORDS_MOST;
	t->attempt = (struct attempt){
		.fields = &t->fields, .names = &t->names,
		.sequence = input_byte(in), .slot = input_byte(in),
	};
	for (i = 0; i < t->count; i++)
		t->words[i] = input_string(in);
	for (i = 0; i < counts / WORDS_MOST % (NAMES_MOST + 1); i++) {
		t->style.names = true;
		s = input_string(in);
		words_add(&t->names, s, strlen(s));
		free(s);
	}
	while (in->left > 0 && t->fields.count < FIELDS_MOST) {
		s = input_string(in);
		words_add(&t->fields, s, strlen(s));
		free(s);
	}
}

static void
trial_release(struct trial *t)
{
	size_t i;

	for (i = 0; i < t->count; i++)
		free(t->words[i]);
	words_release(&t->names);
	words_release(&t->fields);
}

static void
claim_same(const struct words *a, const struct words *b)
{
	claim(a->count == b->count);
	claim(a->bytes.length == b->bytes.length);
	claim(a->bytes.length == 0 ||
	    memcmp(a->bytes.data, b->bytes.data, a->bytes.length) == 0);
}

/* What is measured for these fields, and for as many more, is not less than it takes. */
static void
claim_measured(const struct template *template, const struct words *fields,
    const struct words *got)
{
	struct load load = {0};
	bool line = template_is_line(template);
	const char *field;
	struct need need, more;
	size_t i, length;

	for (i = 0; i < fields->count; i++) {
		field = words_at(fields, i, &length);
		load_add(&load, field, length, length, line);
	}
	template_measure(template, &load, &need);
	claim(got->count <= need.words);
	claim(got->bytes.length <= need.bytes);
	for (i = 0; i < got->count; i++) {
		(void)words_at(got, i, &length);
		claim(length + 1 <= need.longest);
	}
	/* Fields are added until there is too much: so it must not become less. */
	load_add(&load, "", 0, 0, line);
	template_measure(template, &load, &more);
	claim(more.words >= need.words && more.bytes >= need.bytes &&
	    more.longest >= need.longest);
}

/* Expands it twice, and checks what is true of every template. */
static void
expand(const struct template *template, const struct attempt *attempt, struct words *argv)
{
	struct words again = {0};

	words_add(argv, "of the attempt before", 4);
	template_expand(template, attempt, argv);
	template_expand(template, attempt, &again);
	claim_same(argv, &again);
	claim_measured(template, attempt->fields, argv);
	words_release(&again);
}

/* The word with each `all` replaced by that text. */
static void
replace(struct words *out, const char *word, const char *all, const char *text)
{
	struct buf b = {0};
	const char *hole;

	for (; (hole = strstr(word, all)) != NULL; word = hole + strlen(all)) {
		buf_add(&b, word, (size_t)(hole - word));
		buf_add_string(&b, text);
	}
	buf_add_string(&b, word);
	words_add(out, b.data, b.length);
	buf_release(&b);
}

static bool
has_all(const struct trial *t, const char *word)
{
	return t->style.all != NULL && strstr(word, t->style.all) != NULL;
}

/* What becomes of a word if {} is all that is replaced. */
static void
naive_word(const struct trial *t, const char *word, struct words *out)
{
	const struct words *fields = &t->fields;
	struct buf joined = {0};
	size_t i;

	if (!has_all(t, word)) {
		words_add(out, word, strlen(word));
	} else if (t->style.context || strcmp(word, t->style.all) == 0) {
		for (i = 0; i < fields->count; i++)
			replace(out, word, t->style.all, words_at(fields, i, NULL));
	} else {
		for (i = 0; i < fields->count; i++) {
			if (i > 0)
				buf_add_byte(&joined, ' ');
			buf_add_string(&joined, words_at(fields, i, NULL));
		}
		replace(out, word, t->style.all, buf_string(&joined));
	}
	buf_release(&joined);
}

static void
claim_plain(const struct trial *t, const struct words *got)
{
	struct words want = {0};
	bool has_hole = false, fixed;
	const char *field;
	size_t i, length;

	for (i = 0; i < t->count; i++) {
		fixed = i == 0 && t->style.named_command;
		has_hole = has_hole || (!fixed && has_all(t, t->words[i]));
		if (fixed)
			words_add(&want, t->words[i], strlen(t->words[i]));
		else
			naive_word(t, t->words[i], &want);
	}
	for (i = 0; !has_hole && t->style.append && i < t->fields.count; i++) {
		field = words_at(&t->fields, i, &length);
		words_add(&want, field, length);
	}
	claim_same(got, &want);
	words_release(&want);
}

static void
try_words(const struct trial *t)
{
	struct template *template = template_words(&t->style, t->words, t->count);
	struct words argv = {0};

	claim(!template_is_line(template));
	expand(template, &t->attempt, &argv);
	if (!t->style.parts && !t->style.numbers && !t->style.names && !t->style.plus)
		claim_plain(t, &argv);
	words_release(&argv);
	template_free(template);
}

/* As many fields of that text as there are in the other. */
static void
fill(struct words *fields, const struct words *like, const char *text)
{
	size_t i;

	for (i = 0; i < like->count; i++)
		words_add(fields, text, strlen(text));
}

/*
 * With a mark for each field the line is `known`.  With other fields it is the same
 * but where marks are, which are within single quotes: there is the text, quoted.
 */
static void
claim_kept(const struct words *known, const struct words *got, const char *text)
{
	const char *line = words_at(known, 2, NULL);
	struct buf want = {0}, fields = {0};

	while (*line != '\0') {
		if (*line != MARK) {
			buf_add_byte(&want, *line++);
			continue;
		}
		claim(want.length > 0 && want.data[--want.length] == '\'');
		fields.length = 0;
		for (; *line == MARK || (*line == ' ' && line[1] == MARK); line++)
			if (*line == MARK)
				buf_add_string(&fields, text);
			else
				buf_add_byte(&fields, ' ');
		claim(*line++ == '\'');
		quote_add(&want, QUOTE_PLAIN, buf_string(&fields), fields.length);
	}
	claim(strcmp(words_at(got, 2, NULL), buf_string(&want)) == 0);
	buf_release(&want);
	buf_release(&fields);
}

/*
 * A text that has no extension and no directory, so that its parts are itself, and
 * that has to be quoted.
 */
static char *
hostile(const struct words *fields)
{
	char *s, *p;

	claim(asprintf(&s, "%s'", fields->count > 0 ? words_at(fields, 0, NULL) : "") != -1);
	for (p = s; *p != '\0'; p++)
		if (*p == '.' || *p == '/')
			*p = '\'';
	return s;
}

static void
try_line(struct trial *t)
{
	const char mark[] = { MARK, '\0' };
	struct template *template;
	struct words argv = {0}, known = {0}, marks = {0}, others = {0};
	const struct words *fields = t->attempt.fields;
	char *text = hostile(fields);
	const char *why = NULL;
	bool marked = t->style.plus;	/* which may take the mark away */
	size_t i;

	template = template_line(&t->style, "sh", t->words, t->count, &why);
	claim((template == NULL) == (why != NULL));
	if (template == NULL) {
		free(text);
		return;
	}
	claim(template_is_line(template));
	expand(template, &t->attempt, &argv);
	claim(argv.count == 3);
	claim(strcmp(words_at(&argv, 0, NULL), "sh") == 0);
	claim(strcmp(words_at(&argv, 1, NULL), "-c") == 0);
	for (i = 0; i < t->count; i++)
		marked = marked || strchr(t->words[i], MARK) != NULL;
	for (i = 0; i < t->names.count; i++)
		marked = marked || strchr(words_at(&t->names, i, NULL), MARK) != NULL;
	if (!marked) {
		fill(&marks, fields, mark);
		fill(&others, fields, text);
		t->attempt.fields = &marks;
		expand(template, &t->attempt, &known);
		t->attempt.fields = &others;
		expand(template, &t->attempt, &argv);
		t->attempt.fields = fields;
		claim_kept(&known, &argv, text);
	}
	words_release(&argv);
	words_release(&known);
	words_release(&marks);
	words_release(&others);
	template_free(template);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct trial t;

	trial_init(&t, &in);
	try_words(&t);
	try_line(&t);
	trial_release(&t);
	return 0;
}
