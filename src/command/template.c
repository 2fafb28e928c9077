/*
 * template: a list of cells, each a list of pieces: text, then maybe what a
 * hole stands for.  A cell is a word; of a line for a shell, which is one word, it
 * is the part between two blanks if that is to be repeated.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "command/argvec.h"
#include "base/quote.h"
#include "command/hole.h"
#include "command/place.h"
#include "command/plus.h"
#include "command/scan.h"
#include "command/template.h"

#define QUOTE_COST	6	/* "'...'" */
#define QUOTE_GROWTH	5	/* ' becomes '"'"' */
#define NUMBER_COST	20

struct piece {
	struct buf		 text;		/* comes first */
	bool			 has_hole;
	struct hole		 hole;		/* then this */
	struct buf		 name;		/* PART_NAMED: what is in the braces */
	struct plus		*plus;		/* PART_PLUS: its own */
	bool			 quoted;	/* for a shell, ... */
	bool			 spread;	/* each field for itself: where words may stand */
	bool			 bare;		/* a field need not be quoted if it is harmless */
	enum quote_context	 context;
};

struct cell {
	size_t	first;		/* of its pieces */
	size_t	count;
	bool	repeats;	/* once for each field */
	bool	ends_word;
	bool	simple;		/* all of a word: text, or each field as it is */
};

struct template {
	struct piece	*pieces;
	size_t		 piece_count;
	struct cell	*cells;
	size_t		 cell_count;
	bool		 line;		/* the last word is for a shell */
};

static struct piece *
template_add(struct template *t)
{
	t->pieces = mem_resize(t->pieces, t->piece_count + 1, sizeof *t->pieces);
	t->pieces[t->piece_count] = (struct piece){0};
	return &t->pieces[t->piece_count++];
}

/* Of a job's fields by their places, as opposed to its numbers and to names? */
static bool
hole_of_fields(const struct hole *h)
{
	return h->part != PART_SEQUENCE && h->part != PART_SLOT && h->part != PART_NAMED;
}

static bool
piece_of_fields(const struct piece *p)
{
	return p->has_hole && hole_of_fields(&p->hole);
}

static bool
piece_of_all(const struct piece *p)
{
	return piece_of_fields(p) && p->hole.field == 0;
}

/* The pieces from that one on are a cell. */
static struct cell *
template_end_cell(struct template *t, size_t first)
{
	struct cell *c;

	t->cells = mem_resize(t->cells, t->cell_count + 1, sizeof *t->cells);
	c = &t->cells[t->cell_count++];
	*c = (struct cell){ .first = first, .count = t->piece_count - first };
	return c;
}

/* What is between those braces. */
static struct plus *
piece_plus(const char *text, size_t length)
{
	size_t digits;

	(void)hole_field(text, length, &digits);
	return plus_new(text + digits, length - digits);
}

/* The pieces of a text; just text if there is no syntax of holes. */
static void
template_add_text(struct template *t, const char *text, size_t length,
    const struct hole_syntax *syntax)
{
	const char *end = text + length, *hole;
	struct hole found;
	struct piece *p;
	size_t size;

	while (syntax != NULL && (hole = hole_find(text, (size_t)(end - text), syntax,
	    &found, &size)) != NULL) {
		p = template_add(t);
		buf_add(&p->text, text, (size_t)(hole - text));
		p->has_hole = true;
		p->hole = found;
		if (found.part == PART_NAMED)
			buf_add(&p->name, hole + 1, size - 2);
		if (found.part == PART_PLUS)
			p->plus = piece_plus(hole + 1, size - 2);
		text = hole + size;
	}
	p = template_add(t);
	buf_add(&p->text, text, (size_t)(end - text));
}

/* A word that no field gets into. */
static void
template_add_plain(struct template *t, const char *word)
{
	size_t first = t->piece_count;

	template_add_text(t, word, strlen(word), NULL);
	template_end_cell(t, first)->ends_word = true;
}

/* A word of a command without a shell. */
static void
template_add_word(struct template *t, const char *word, const struct template_style *style)
{
	const struct hole_syntax syntax = {
		style->all, style->parts, style->numbers, style->names, style->plus, false,
		style->slot,
	};
	size_t first = t->piece_count, i;
	struct cell *c;
	bool alone;

	template_add_text(t, word, strlen(word), &syntax);
	c = template_end_cell(t, first);
	c->ends_word = true;
	/* A hole, and around it nothing. */
	alone = c->count == 2 && t->pieces[first].text.length == 0 &&
	    t->pieces[first + 1].text.length == 0;
	for (i = first; i < first + c->count; i++)
		if (piece_of_all(&t->pieces[i]))
			c->repeats = alone || style->context;
}

static bool
template_has_hole(const struct template *t)
{
	size_t i;

	for (i = 0; i < t->piece_count; i++)
		if (t->pieces[i].has_hole)
			return true;
	return false;
}

/* A word for each field. */
static void
template_add_fields(struct template *t)
{
	size_t first = t->piece_count;
	struct piece *p = template_add(t);
	struct cell *c = template_end_cell(t, first);

	p->has_hole = true;
	c->repeats = c->ends_word = true;
}

/* Most words are of the simple kind, and each is made for each record. */
static void
cell_settle(const struct template *t, struct cell *c)
{
	const struct piece *p = &t->pieces[c->first];

	if (c->repeats)
		c->simple = p->text.length == 0 && p->hole.part == PART_ALL &&
		    (c->count == 1 || (c->count == 2 && !p[1].has_hole && p[1].text.length == 0));
	else
		c->simple = c->count == 1 && !p->has_hole;
}

struct template *
template_words(const struct template_style *style, char *const *words, size_t count)
{
	struct template *t = mem_array(1, sizeof *t);
	size_t i;

	for (i = 0; i < count; i++)
		if (i == 0 && style->named_command)
			template_add_plain(t, words[i]);
		else
			template_add_word(t, words[i], style);
	if (style->append && !template_has_hole(t))
		template_add_fields(t);
	for (i = 0; i < t->cell_count; i++)
		cell_settle(t, &t->cells[i]);
	return t;
}

/* What kind of place the hole at that byte of the line is in. */
static void
piece_settle(struct piece *p, const struct template_style *style, const char *line,
    size_t length, size_t at)
{
	struct place place;

	if (p->context != QUOTE_PLAIN)
		return;
	place_find(&place, line, length, at);
	p->spread = place_spreads(&place, style->words);
	p->bare = place_is_word(&place) && place_is_argument(&place);
}

/* Asks scan for the context of each hole in the line that begins at a piece. */
static int
template_scan(struct template *t, const struct template_style *style, size_t first,
    const char **why)
{
	enum quote_context *contexts = mem_array(t->piece_count, sizeof *contexts);
	struct buf line = {0};
	struct piece *p;
	size_t i, holes = 0, at = 0;
	int error;

	for (i = first; i < t->piece_count; i++) {
		p = &t->pieces[i];
		buf_add(&line, p->text.data, p->text.length);
		/* A number is a number anywhere, but for the name of a variable. */
		p->quoted = piece_of_fields(p) || p->hole.part == PART_NAMED ||
		    (p->has_hole && line.length > 0 && line.data[line.length - 1] == '$');
		if (p->quoted)
			buf_add_byte(&line, SCAN_HOLE);
		else if (p->has_hole)
			buf_add_byte(&line, '1');
	}
	error = scan_line(buf_string(&line), line.length, contexts, why);
	for (i = first; error == 0 && i < t->piece_count; i++) {
		p = &t->pieces[i];
		at += p->text.length;
		if (p->quoted) {
			p->context = contexts[holes++];
			piece_settle(p, style, line.data, line.length, at);
		}
		at += p->has_hole;
	}
	buf_release(&line);
	free(contexts);
	return error;
}

static const char *
blank_in(const char *s, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (s[i] == ' ' || s[i] == '\t' || s[i] == '\n')
			return s + i;
	return NULL;
}

/*
 * Adds the line as cells that end at blanks, a cell for each blank, so that those
 * with {} can be repeated.  -1 if one has what belongs to more than itself.
 */
static int
template_add_cells(struct template *t, const char *line, size_t length,
    const struct hole_syntax *syntax, const char **why)
{
	const char *end = line + length, *start = line, *blank;
	struct cell *c;
	size_t first, i, n;

	if (blank_in(syntax->all, strlen(syntax->all)) != NULL) {
		*why = "with several records, what stands for them may have no blanks in it";
		return -1;
	}
	while (line < end) {
		first = t->piece_count;
		blank = blank_in(line, (size_t)(end - line));
		n = blank != NULL ? (size_t)(blank - line) : (size_t)(end - line);
		if (n == 0)
			n = 1;
		template_add_text(t, line, n, syntax);
		c = template_end_cell(t, first);
		for (i = first; i < t->piece_count; i++)
			if (piece_of_all(&t->pieces[i]))
				c->repeats = true;
		for (i = first; c->repeats && i < t->piece_count; i++)
			if (strpbrk(buf_string(&t->pieces[i].text), "'\"\\`$()[]<>;&|#") != NULL) {
				*why = "with several records, a word with {} is repeated, "
				    "so it may have no quotes or operators in it";
				return -1;
			}
		if (c->repeats && place_wants_one_word(start, (size_t)(line - start))) {
			*why = "with several records, there would be more than one word "
			    "after a redirection or a case";
			return -1;
		}
		line += n;
	}
	return 0;
}

struct template *
template_line(const struct template_style *style, const char *shell,
    char *const *words, size_t count, const char **why)
{
	const struct hole_syntax syntax = {
		style->all, style->parts, style->numbers, style->names, style->plus, true,
		style->slot,
	};
	struct template *t = mem_array(1, sizeof *t);
	struct buf line = {0};
	struct hole hole;
	size_t i, first, size;
	int error = 0;

	/* Shells take options after -c; a blank before is nothing to a line. */
	if (words[0][0] == '-' || words[0][0] == '+')
		buf_add_byte(&line, ' ');
	for (i = 0; i < count; i++) {
		if (i > 0)
			buf_add_byte(&line, ' ');
		buf_add_string(&line, words[i]);
	}
	if (style->append && hole_find(buf_string(&line), line.length, &syntax, &hole,
	    &size) == NULL) {
		buf_add_byte(&line, ' ');
		buf_add_string(&line, style->all);
	}
	t->line = true;
	template_add_plain(t, shell);
	template_add_plain(t, "-c");
	first = t->piece_count;
	if (style->context && line.length > 0) {
		error = template_add_cells(t, buf_string(&line), line.length, &syntax, why);
	} else {
		template_add_text(t, buf_string(&line), line.length, &syntax);
		(void)template_end_cell(t, first);
	}
	t->cells[t->cell_count - 1].ends_word = true;
	buf_release(&line);
	if (error == 0 && !style->verbatim)
		error = template_scan(t, style, first, why);
	if (error == -1) {
		template_free(t);
		return NULL;
	}
	return t;
}

void
template_free(struct template *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->piece_count; i++) {
		buf_release(&t->pieces[i].text);
		buf_release(&t->pieces[i].name);
		if (t->pieces[i].plus != NULL)
			plus_free(t->pieces[i].plus);
	}
	free(t->pieces);
	free(t->cells);
	free(t);
}

/* A word in the making, and what it needs on the way. */
struct expansion {
	const struct attempt	*attempt;
	struct buf		*word;		/* at the end of those before it, ... */
	size_t			 start;		/* from here on */
	struct buf		 part;
};

static void
piece_add_quoted(const struct piece *p, struct expansion *x)
{
	if (p->bare)
		quote_add_bare(x->word, buf_string(&x->part), x->part.length);
	else
		quote_add(x->word, p->context, buf_string(&x->part), x->part.length);
}

static void
piece_add_part(const struct piece *p, struct buf *to, enum part part, const char *field,
    size_t length)
{
	if (part == PART_PLUS)
		plus_add(p->plus, to, field, length);
	else
		hole_add(to, part, field, length);
}

/* Adds a part of one field. */
static void
piece_add_field(const struct piece *p, enum part part, struct expansion *x, size_t i)
{
	size_t length;
	const char *field = words_at(x->attempt->fields, i, &length);

	if (!p->quoted) {
		piece_add_part(p, x->word, part, field, length);
		return;
	}
	x->part.length = 0;
	piece_add_part(p, &x->part, part, field, length);
	piece_add_quoted(p, x);
}

/* Adds all fields as one quoted string. */
static void
piece_add_joined(const struct piece *p, struct expansion *x)
{
	const char *field;
	size_t i, length;

	x->part.length = 0;
	for (i = 0; i < x->attempt->fields->count; i++) {
		field = words_at(x->attempt->fields, i, &length);
		if (i > 0)
			buf_add_byte(&x->part, ' ');
		piece_add_part(p, &x->part, p->hole.part, field, length);
	}
	piece_add_quoted(p, x);
}

static void
piece_add_hole(const struct piece *p, struct expansion *x)
{
	size_t count = x->attempt->fields->count, i;
	struct hole h = p->hole;

	if (h.part == PART_SEQUENCE) {
		buf_addf(x->word, "%ju", (uintmax_t)x->attempt->sequence);
	} else if (h.part == PART_SLOT) {
		buf_addf(x->word, "%zu", x->attempt->slot);
	} else if (h.part == PART_NAMED && !hole_look_up(p->name.data, p->name.length,
	    x->attempt->names, &h)) {
		buf_add_byte(x->word, '{');
		buf_add(x->word, p->name.data, p->name.length);
		buf_add_byte(x->word, '}');
	} else if (h.field != 0) {
		i = h.field > 0 ? (size_t)h.field - 1 : count - (size_t)-h.field;
		if (i < count)
			piece_add_field(p, h.part, x, i);
	} else if (!p->quoted || (p->spread && count > 0)) {
		for (i = 0; i < count; i++) {
			if (i > 0)
				buf_add_byte(x->word, ' ');
			piece_add_field(p, h.part, x, i);
		}
	} else
		piece_add_joined(p, x);
}

/* Adds the cell, of a field of that index or of all of them. */
static void
cell_add(const struct template *t, const struct cell *c, struct expansion *x, size_t field)
{
	const struct piece *p;
	size_t i;

	for (i = 0; i < c->count; i++) {
		p = &t->pieces[c->first + i];
		buf_add(x->word, p->text.data, p->text.length);
		if (c->repeats && piece_of_all(p))
			piece_add_field(p, p->hole.part, x, field);
		else if (p->has_hole)
			piece_add_hole(p, x);
	}
}

/* Adds the words of a simple cell. */
static void
cell_add_simple(const struct template *t, const struct cell *c, const struct words *fields,
    struct words *argv)
{
	const struct piece *p = &t->pieces[c->first];
	const char *field;
	size_t i, length;

	if (!c->repeats)
		words_add(argv, p->text.data, p->text.length);
	for (i = 0; c->repeats && i < fields->count; i++) {
		field = words_at(fields, i, &length);
		words_add(argv, field, length);
	}
}

static void
expansion_end_word(struct expansion *x, struct words *argv)
{
	words_end(argv, x->start);
	x->start = argv->bytes.length;
}

void
template_expand(const struct template *t, const struct attempt *attempt,
    struct words *argv)
{
	struct expansion x = { .attempt = attempt, .word = &argv->bytes };
	const struct cell *c;
	size_t i, j;

	words_clear(argv);
	for (i = 0; i < t->cell_count; i++) {
		c = &t->cells[i];
		if (c->simple) {
			cell_add_simple(t, c, attempt->fields, argv);
			x.start = argv->bytes.length;
			continue;
		}
		if (!c->repeats)
			cell_add(t, c, &x, 0);
		for (j = 0; c->repeats && j < attempt->fields->count; j++) {
			if (t->line && j > 0)
				buf_add_byte(x.word, ' ');
			cell_add(t, c, &x, j);
			if (!t->line)
				expansion_end_word(&x, argv);
		}
		if (c->ends_word && (t->line || !c->repeats))
			expansion_end_word(&x, argv);
	}
	buf_release(&x.part);
}

bool
template_is_list(const struct template *t, struct words *texts, size_t *before)
{
	static const struct words nothing;
	size_t i, places = 0;

	words_clear(texts);
	for (i = 0; i < t->cell_count && t->cells[i].simple; i++) {
		if (t->cells[i].repeats) {
			*before = texts->count;
			places++;
		}
		cell_add_simple(t, &t->cells[i], &nothing, texts);
	}
	return i == t->cell_count && places == 1;
}

void
load_add(struct load *load, const char *field, size_t length, size_t size, bool line)
{
	load->count++;
	load->bytes += length;
	if (size > load->longest)
		load->longest = size;
	if (!line)
		return;
	load->quoted += quote_size(field, length);
	load->bare += quote_bare_size(field, length);
}

/* The most that one field becomes. */
static size_t
piece_cost(const struct piece *p, size_t bytes)
{
	if (p->plus != NULL)
		bytes = plus_cost(p->plus, bytes);
	/* The directory of nothing is a dot. */
	if (p->hole.part == PART_DIR)
		bytes++;
	return p->quoted ? QUOTE_GROWTH * bytes + QUOTE_COST : bytes;
}

/* The same of all, if nothing is between them; of what needs none, without quotes. */
static size_t
piece_cost_all(const struct piece *p, const struct load *load, bool repeats)
{
	size_t count = load->count > 0 ? load->count : 1, bytes;

	if (p->plus != NULL || (p->hole.part != PART_ALL && !p->quoted))
		return count * piece_cost(p, 0) + (p->quoted ? QUOTE_GROWTH : 1) * (p->plus != NULL ?
		    plus_cost(p->plus, load->bytes) : load->bytes);
	if (!p->quoted)
		return load->bytes;
	bytes = p->bare && (p->spread || repeats) ? load->bare : load->quoted;
	if (p->context != QUOTE_PLAIN)
		bytes += 2 * count;
	/* A part that is empty, or begins otherwise, has quotes, and a folder may be a dot. */
	if (p->hole.part != PART_ALL)
		bytes += 3 * count;
	/* Of nothing, the quotes. */
	return load->count > 0 ? bytes : bytes + 2;
}

/* The most bytes of the cell; of a repeated one, for all fields and for *one. */
static size_t
cell_cost(const struct template *t, const struct cell *c, const struct load *load,
    size_t *one)
{
	const struct piece *p;
	size_t i, fixed = 0, all = 0, blanks = load->count > 0 ? load->count - 1 : 0;

	*one = 0;
	for (i = 0; i < c->count; i++) {
		p = &t->pieces[c->first + i];
		fixed += p->text.length;
		if (piece_of_all(p)) {
			all += piece_cost_all(p, load, c->repeats);
			/* Between quotes that had to end, a blank has its own. */
			if (!c->repeats)
				fixed += (p->quoted && !p->spread ? 3 : 1) * blanks;
			*one += piece_cost(p, load->longest);
		} else if (p->has_hole)
			fixed += piece_cost(p, load->longest) + p->name.length + NUMBER_COST;
	}
	*one += fixed;
	return c->repeats ? all + load->count * fixed + (t->line ? blanks : 0) : all + fixed;
}

void
template_measure(const struct template *t, const struct load *load, struct need *need)
{
	const struct cell *c;
	size_t i, all, one, length = 0;

	*need = (struct need){0};
	for (i = 0; i < t->cell_count; i++) {
		c = &t->cells[i];
		all = cell_cost(t, c, load, &one);
		if (c->repeats && !t->line) {
			need->words += load->count;
			need->bytes += all + load->count;
			need->command = need->bytes;
		} else {
			length += all;
			if (!c->ends_word)
				continue;
			need->words++;
			need->bytes += length + 1;
			need->command = t->line ? length + 1 : need->bytes;
			one = length;
			length = 0;
		}
		if (one + 1 > need->longest)
			need->longest = one + 1;
	}
}

bool
template_is_line(const struct template *t)
{
	return t->line;
}
