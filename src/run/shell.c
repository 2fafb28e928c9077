/*
 * shell: all in one line, as that is the number of the line that messages of bash about
 * a job have, too.  Functions may have the names of commands, so these are called as
 * builtins, but for exec, which is another thing then; the jobs see no variable, option,
 * trap or descriptor of ours.
 */
#include <stdint.h>
#include <string.h>

#include "plan.h"
#include "run/shell.h"

/*
 * The file is read without our descriptors.  Its options and traps are for the jobs: we
 * would end, or talk, for each of them.  What bash says of a job that was killed is not
 * for the job's stderr: it would show all this.
 *
 * A job is so many bytes, in 12, and a text, which see worker-shell.  Of a pipe read -N
 * reads blocks, but counts characters; any other read goes byte by byte.
 *
 * The file may have set IFS, so all is in quotes.  There is no test around the subshell,
 * as set -e has no effect in those.
 */
static const char driver[] =
	"__parmap_file=$1 __parmap_in=$2 __parmap_out=$3; "
	"builtin set --; "
	"builtin eval \"builtin . \\\"\\$__parmap_file\\\" $__parmap_in<&- $__parmap_out>&-\"; "
	"{ "
	"__parmap_text=$? __parmap_set=$-; "
	"builtin set +aemuvx; "
	"if ((__parmap_text)); then builtin exit \"$__parmap_text\"; fi; "
	"__parmap_set=$'\\n'\"builtin set -${__parmap_set//[!aemuvx]/}\"; "
	"__parmap_set=$(builtin trap -p DEBUG ERR RETURN)$__parmap_set; "
	"builtin trap - DEBUG ERR RETURN; "
	"__parmap_set=$'builtin unset -v __parmap_file __parmap_in __parmap_out "
	"__parmap_error __parmap_text __parmap_set\\n'$__parmap_set; "
	"} 2>/dev/null; "
	"exec {__parmap_error}>&2 2>/dev/null; "
	"builtin printf 'HELLO 0 1\\n1\\n' >&\"$__parmap_out\"; "
	"while builtin read -r -u \"$__parmap_in\" -N 12 __parmap_text && "
	"LC_ALL=C builtin read -r -u \"$__parmap_in\" -N \"$__parmap_text\" __parmap_text; do "
	"( builtin eval \"$__parmap_text$__parmap_set\"; "
	"builtin eval \"$BASH_EXECUTION_STRING\" ) "
	"2>&\"$__parmap_error\" "
	"{__parmap_error}>&- {__parmap_in}<&- {__parmap_out}>&-; "
	"__parmap_text=$(($? << 8)); "
	"builtin printf 'DONE 0 %d\\n1 %d 0\\n' \"$((4 + ${#__parmap_text}))\" \"$__parmap_text\" "
	">&\"$__parmap_out\"; "
	"done; "
	"exec 2>&\"$__parmap_error\"";

void
shell_words(const struct plan *plan, char *in, char *out, char *words[SHELL_WORDS])
{
	const char *const all[SHELL_WORDS] = {
		plan->shell, "-c", driver, plan->shell, plan->shell_file, in, out, NULL,
	};

	(void)memcpy(words, all, sizeof all);
}
