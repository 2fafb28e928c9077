/*
 * options: getopt_long(3), driven by a table.
 */
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "cli/options.h"
#include "input/lexer.h"
#include "plan.h"

/* What getopt_long gives for row i, apart from all letters. */
#define ROW_BASE	1000
#define HELP_COLUMN	32

#define TRY_HELP	"try '%s --help'"

void
cli_refuse(const struct cli *c, const char *why)
{
	if (c->value == NULL)
		errx(c->plan->exits.own, "%s: %s", c->spelled, why);
	if (strstr(c->spelled, "--") != NULL)
		errx(c->plan->exits.own, "%s=%s: %s", c->spelled, c->value, why);
	errx(c->plan->exits.own, "%s %s: %s", c->spelled, c->value, why);
}

static const struct option_row *
options_find(const struct option_row *rows, size_t count, int got)
{
	size_t i;

	if (got >= ROW_BASE)
		return &rows[got - ROW_BASE];
	for (i = 0; i < count; i++)
		if (rows[i].letter == got)
			return &rows[i];
	return NULL;
}

/* A number that may be left out, and is the word after the option. */
static bool
options_number_follows(const struct option_row *row, const char *word)
{
	return row->optional && strcmp(row->argument, "N") == 0 && word != NULL &&
	    word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* Is the word the beginning of a long option? */
static bool
options_abbreviates(const struct option_row *rows, size_t count, const char *word)
{
	size_t i, n = strcspn(word, "=");

	for (i = 0; i < count; i++)
		if (n > 2 && rows[i].name != NULL &&
		    strncmp(word + 2, rows[i].name, n - 2) == 0)
			return true;
	return false;
}

static void __attribute__((noreturn))
options_refuse(const struct option_row *rows, size_t count, const struct cli *c,
    int got, char **argv)
{
	const char *word = argv[optind - 1];

	if (got == ':' && strncmp(word, "--", 2) == 0)
		errx(c->plan->exits.own, "%s%s: needs an argument", c->where, word);
	if (got == ':')
		errx(c->plan->exits.own, "%s-%c: needs an argument", c->where, optopt);
	if (optopt != 0 && options_find(rows, count, optopt) != NULL)
		errx(c->plan->exits.own, "%s%s: takes no argument", c->where, word);
	if (optopt != 0)
		errx(c->plan->exits.own, "%s-%c: unknown option; " TRY_HELP, c->where, optopt,
		    getprogname());
	if (options_abbreviates(rows, count, word))
		errx(c->plan->exits.own, "%s%s: more than one option begins so; " TRY_HELP,
		    c->where, word, getprogname());
	errx(c->plan->exits.own, "%s%s: unknown option; " TRY_HELP, c->where, word,
	    getprogname());
}

int
options_parse(const struct option_row *rows, size_t count, struct cli *c, int argc,
    char **argv)
{
	struct option *longs = mem_array(count + 1, sizeof *longs);
	size_t *named = mem_array(count + 1, sizeof *named), names = 0;
	const struct option_row *row;
	struct buf letters = {0};
	char spelled[64];
	size_t i, main = 0;
	int got, index;

	buf_add_string(&letters, "+:");
	for (i = 0; i < count; i++) {
		/* Spellings of one option are one, so what begins them all is no doubt. */
		if (rows[i].help != NULL)
			main = i;
		if (rows[i].name != NULL) {
			named[names] = i;
			longs[names++] = (struct option){
				.name = rows[i].name,
				.has_arg = rows[i].argument == NULL ? no_argument :
				    rows[i].optional ? optional_argument : required_argument,
				.val = ROW_BASE + (int)main,
			};
		}
		if (rows[i].letter == 0)
			continue;
		buf_add_byte(&letters, rows[i].letter);
		if (rows[i].argument != NULL)
			buf_add_string(&letters, rows[i].optional ? "::" : ":");
	}
	opterr = 0;
	optind = 0;	/* glibc begins anew */
	for (;;) {
		index = -1;
		got = getopt_long(argc, argv, buf_string(&letters), longs, &index);
		if (got == -1)
			break;
		row = options_find(rows, count, got);
		if (row == NULL) {	/* '?' or ':' */
			free(longs);
			free(named);
			buf_release(&letters);
			options_refuse(rows, count, c, got, argv);
		}
		if (index != -1)
			(void)snprintf(spelled, sizeof spelled, "%s--%s", c->where,
			    rows[named[index]].name);
		else
			(void)snprintf(spelled, sizeof spelled, "%s-%c", c->where,
			    row->letter);
		c->row = row;
		c->spelled = spelled;
		c->value = optarg;
		if (c->number_follows && optarg == NULL &&
		    options_number_follows(row, argv[optind]))
			c->value = argv[optind++];
		row->set(c);
		if (c->ended)
			break;
	}
	c->ended = false;
	free(longs);
	free(named);
	buf_release(&letters);
	return optind;
}

/* Adds the words of a text, which is changed.  False: a quote is left open. */
static bool
options_split(char *text, struct words *words)
{
	struct lexer lexer = {0};
	size_t at = 0, start = 0, out = 0, end = strlen(text);
	enum lexed lexed;

	for (;;) {
		lexed = lexer_read(&lexer, text, &at, end, &out);
		if (lexed == LEXED_MORE)
			lexed = lexer_end(&lexer, out == start);
		if (lexed == LEXED_BAD)
			return false;
		if (lexed == LEXED_MORE)
			return true;
		words_add(words, text + start, out - start);
		start = out = at;
	}
}

void
options_variable(const struct option_row *rows, size_t count, struct cli *c,
    const char *variable)
{
	/* The plan may point into these, for ever. */
	static struct words words;
	static char **argv;
	struct buf text = {0};
	size_t room = 0;
	int argc, first;

	if (getenv(variable) == NULL)
		return;
	words_add(&words, variable, strlen(variable));
	buf_add_string(&text, getenv(variable));
	if (!options_split(buf_string(&text), &words))
		errx(c->plan->exits.own, "%s: a quote is left open", variable);
	buf_release(&text);
	argc = (int)words.count;
	argv = words_argv(&words, NULL, &room);
	(void)snprintf(c->where, sizeof c->where, "%s: ", variable);
	first = options_parse(rows, count, c, argc, argv);
	c->where[0] = '\0';
	if (first < argc)
		errx(c->plan->exits.own, "%s: %s: not an option", variable, argv[first]);
}

void
options_help(const struct option_row *rows, size_t count)
{
	size_t i;
	int n;

	for (i = 0; i < count; i++) {
		if (rows[i].name == NULL)
			n = printf("  -%c", rows[i].letter);
		else if (rows[i].letter != 0)
			n = printf("  -%c, --%s", rows[i].letter, rows[i].name);
		else
			n = printf("      --%s", rows[i].name);
		if (rows[i].argument != NULL)
			n += printf(!rows[i].optional ? " %s" : rows[i].name != NULL ?
			    "[=%s]" : "[%s]", rows[i].argument);
		if (rows[i].help == NULL)
			(void)printf("%*s as the one before\n", HELP_COLUMN - n, "");
		else
			(void)printf("%*s %s\n", HELP_COLUMN - n, "", rows[i].help);
	}
}
