/*
 * builtin: the table of them, sorted by name.
 */
#include "parmap.h"
#include "base/buf.h"
#include "base/countof.h"
#include "builtin/builtin.h"

static const struct builtin builtins[] = {
	{ "basename", builtin_basename, "[-a] [-s SUFFIX] NAME ... | NAME SUFFIX" },
	{ "cat", builtin_cat, "[-u] [FILE ...]" },
	{ "dirname", builtin_dirname, "NAME ..." },
	{ "echo", builtin_echo, "[-neE] [WORD ...]" },
	{ "false", builtin_false, "[WORD ...]" },
	{ "grep", builtin_grep, "[-EFHachilnqv] [-e] PATTERN [FILE ...]" },
	{ "head", builtin_head, "[-qv] [-n LINES | -c BYTES] [FILE ...]" },
	{ "md5", builtin_md5, "[FILE ...]" },
	{ "realpath", builtin_realpath, "[-em] NAME ..." },
	{ "sha1", builtin_sha1, "[FILE ...]" },
	{ "sha256", builtin_sha256, "[FILE ...]" },
	{ "sha512", builtin_sha512, "[FILE ...]" },
	{ "sleep", builtin_sleep, "DURATION ..." },
	{ "stat", builtin_stat, "[-L] [-c FORMAT] FILE ..." },
	{ "true", builtin_true, "[WORD ...]" },
	{ "wc", builtin_wc, "[-clw] [FILE ...]" },
};

static int
compare(const void *name, const void *builtin)
{
	return strcmp(name, ((const struct builtin *)builtin)->name);
}

const struct builtin *
builtin_find(const char *name)
{
	return bsearch(name, builtins, countof(builtins), sizeof builtins[0], compare);
}

void
builtin_list(struct buf *b)
{
	size_t i;

	for (i = 0; i < countof(builtins); i++)
		buf_addf(b, "%s %s\n", builtins[i].name, builtins[i].usage);
}
