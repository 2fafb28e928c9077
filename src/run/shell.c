/*
 * shell: all in one line, as that is the number of the line that messages of bash about
 * a job have, too.  Functions may have the names of commands, so these are called as
 * builtins, but for exec, which is another thing then; aliases may, so what is read when
 * there are any has a backslash.  The jobs see no variable, option, trap or descriptor of
 * ours.
 */
#include <stddef.h>
#include <string.h>

#include "base/buf.h"
#include "base/quote.h"
#include "base/words.h"
#include "plan.h"
#include "run/shell.h"

/* In the script, where the numbers of its descriptors and the name of the file go. */
#define IN	"\1"
#define OUT	"\2"
#define ERR	"\3"
#define FILE_	"\4"
#define SEQ	"\5"	/* the variable with the number of the job */
#define BLOCK	"\6"

/*
 * The file is read without our descriptors.  Its options and traps are for the jobs: we
 * would end, or talk, for each of them.  In its shell DEBUG is called twice more, unheard.
 * The first text has what nobody sees; before is what would be traced, and a message about
 * the job's syntax shows it.  What bash says of a job that was killed is not for the job's
 * stderr: it would show all this.
 *
 * The subshell is there before the job, and reads it itself: what we write to in between is
 * copied at each fork, and nobody waits for that.  Of a pipe read -N reads blocks; any other
 * read goes byte by byte.
 *
 * A job is asked when the one before it was answered, so what there is to read when a
 * subshell has ended is the end of all jobs, or the rest of one whose reader was killed.
 *
 * The file may have set IFS, so all is in quotes.  There is no test around the subshell,
 * as set -e has no effect in those.
 */
static const char script[] =
	"builtin set --; "
	"builtin . " FILE_ " " IN "<&- " OUT ">&- " ERR ">&-; "
	"{ "
	"builtin set -- \"$?\" \"$-\"; "
	"builtin trap - CHLD; "
	"builtin set +aekmuvxT; "
	"builtin set -- \"$1\" \"${2//[!aekmuT]/}\" \"${2//[!vx]/}\" "
	"\"$(\\builtin trap -p ERR RETURN)\" \"$(\\builtin trap -p DEBUG)\"; "
	"builtin trap - DEBUG ERR RETURN; "
	"} >/dev/null 2>&1; "
	/* A trap that has all commands left out leaves out this one, too. */
	"if builtin false; then builtin :; else "
	"if [[ $1 != 0 ]]; then builtin exit \"$1\"; fi; "
	"if [[ $2$4 ]]; then "
	"__parmap_first=$'\\n\\\\builtin unset -v __parmap_first\\n'"
	"\"${4:+\\\\builtin ${4//$'\\n'trap -- /$'\\n'\\\\builtin trap -- }}\"$'\\n'"
	"\"${2:+\\\\builtin set -$2}\"; "
	"fi; "
	"builtin set -- \"${3:+\\\\builtin set -$3}\" \"$4\" \"${5:+\\\\builtin $5}\" ''; "
	"if builtin declare -F exec >/dev/null; then "
	"builtin set -- \"${@:1:3}\" \"$(\\builtin declare -f exec)\"; "
	"builtin unset -f exec; "
	"fi; "
	/* That of a job would be called for our eval as well. */
	"if [[ $2 == *ERR* ]]; then __parmap_after=$'\\n\\n\\\\builtin exit'; fi; "
	"if [[ $1$3$4${__parmap_after-} ]]; then "
	"builtin printf -v __parmap_before '{ \\\\builtin unset -v __parmap_before __parmap_after; "
	"\\\\builtin eval %q; } 2>/dev/null; ' \"$4\"$'\\n'\"$1\"$'\\n'\"$3\"; "
	"fi; "
	"builtin export " SEQ "; "
	"exec " ERR ">&2 2>/dev/null; "
	"builtin set -- " IN "; "
	"for ((;;)); do "
	"( builtin read -r -u " IN " -N " BLOCK " BASH_EXECUTION_STRING || builtin exit 255; "
	"builtin eval \"$BASH_EXECUTION_STRING${__parmap_first-}\"; "
	"exec " IN "<&-; "
	"builtin eval \"${__parmap_before-}$BASH_EXECUTION_STRING${__parmap_after-}\" ) "
	"2>&" ERR " " ERR ">&- " OUT ">&-; "
	"case $? in "
	"0) builtin echo 0 >&" OUT " || break;; "
	"*) builtin set -- " IN " \"$?\"; "
	"if builtin read -t 0 -u " IN "; then break; fi; "
	"builtin echo \"$2\" >&" OUT " || break;; "
	"esac; "
	"done; "
	"exec 2>&" ERR "; "
	"fi";

/* The script, with these in their places. */
static void
shell_script(const struct plan *plan, int first, struct buf *b)
{
	const char *p;

	for (p = script; *p != '\0'; p++) {
		if (*p == BLOCK[0])
			buf_addf(b, "%d", SHELL_BLOCK);
		else if (*p == SEQ[0])
			buf_add_string(b, plan->sequence_variable);
		else if (*p == FILE_[0])
			quote_add(b, QUOTE_PLAIN, plan->shell_file, strlen(plan->shell_file));
		else if (*p < FILE_[0])
			buf_addf(b, "%d", first + *p - IN[0]);
		else
			buf_add_byte(b, *p);
	}
}

void
shell_words(const struct plan *plan, int first, struct words *words)
{
	struct buf b = {0};

	shell_script(plan, first, &b);
	words_add(words, plan->shell, strlen(plan->shell));
	words_add(words, "-c", 2);
	words_add(words, b.data, b.length);
	words_add(words, plan->shell, strlen(plan->shell));
	buf_release(&b);
}
