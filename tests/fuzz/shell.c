/*
 * shell: a line that template_line takes is run by a real shell, with records that
 * would say so on descriptor 9 if anything in them was run.  With -n, the line has
 * to be as right or wrong as with a harmless record.
 *
 * Input: which shell, which record; then a token for each byte.  There is no token
 * that harms: no program, no slash, no 9 and no name of what runs a text.  Lines that
 * might define functions are left out, for these could call themselves twice.
 */
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/countof.h"
#include "base/words.h"
#include "command/template.h"
#include "input.h"

int	LLVMFuzzerInitialize(int *, char ***);

#define TOKENS_MOST	40
#define EVERY		255		/* record, where another number is one of them */
#define CANARY_FD	9
#define PATIENCE	2000		/* tenths of a millisecond */

/* New ones go last: the seeds are numbers of these. */
static const char *const tokens[] = {
	"{}", "{}", "{}", "{}", "{1}", "{.}", "{#}", "{2}",
	" ", " ", " ", "\n", "\n", "\t", ";", "&", "|", "!",
	"'", "'", "\"", "\"", "\"", "\\", "`", "$", "$(", "$((", "$'", "$\"", "$[", "$$", "$#",
	"(", ")", ")", "((", "))", "{ ", "}", "${", "${a", "${#", "$a", "[", "]", "[ ", " ]",
	"[[ ", " ]]", "a[", "]=", "a=(", "b=(", "a=", "=(", "=", "+=(", "+=",
	"<", ">", "<<", "<<-", "<<<", ">&", "<&", "<>", ">|", "&>", "<(", ">(", "#", " #",
	"a", "b", "1", "2", ":", "-", "+", "*", "?", ",", "%", "^", "@", "~",
	"echo ", "printf %s ", "case ", " in ", "a)", ";;", ";&", "esac", "for ", "do ", "done",
	"while ", "until ", "if ", "then ", "else ", "fi", "time ", "select ", "coproc ",
	"export ", "local ", "readonly ", "((1))", "echo a", "\n{}\n",
};

/* Each breaks out of something, if it is not kept in it. */
static const char *const records[] = {
	"';echo canary>&9;'",
	"\";echo canary>&9;\"",
	"\\';echo canary>&9;\\\"",
	"$(echo canary>&9)`echo canary>&9`<(echo canary>&9)",
	"\necho canary>&9\n",
	";echo canary>&9;#",
	")\necho canary>&9\n(",
	"))\necho canary>&9\n((",
	"}\necho canary>&9\n{",
	"]]\necho canary>&9\n[[",
	"'\n\"\n`\necho canary>&9\n`\n\"\n'",
	"'\"\necho canary>&9\n#",
	"a\n1\nE\necho canary>&9\n",
	"\\\n'\necho canary>&9\n",
	"x\\",
	"#'",
	"'\"'`\"",
};

/* Only where no line could have put it into a variable, of which bash computes it. */
static const char subscript[] = "a[$(echo canary>&9)]";

static const char *shells[][3] = {
	{ "/bin/bash", "bash", NULL },
	{ "/bin/dash", "dash", NULL },
	{ "/bin/bash", "bash", "--posix" },
};

static int scratch, null;

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	(void)mkdir("scratch", 0700);
	claim((scratch = open("scratch", O_DIRECTORY | O_CLOEXEC)) != -1);
	claim((null = open("/dev/null", O_RDWR | O_CLOEXEC)) != -1);
	return 0;
}

/* In the child: little of everything, so that a line that never ends is no harm. */
static void
become(const char *const *shell, bool check, const char *line, int canary)
{
	static char path[] = "PATH=/nonexistent", *const environment[] = { path, NULL };
	static const struct {
		int	resource;
		rlim_t	most;
	} limits[] = {
		{ RLIMIT_CPU, 1 }, { RLIMIT_FSIZE, 64 * 1024 }, { RLIMIT_CORE, 0 },
		{ RLIMIT_AS, 512 * 1024 * 1024 },
	};
	const char *argv[6];
	size_t i, n = 0;

	(void)setpgid(0, 0);
	for (i = 0; i < countof(limits); i++)
		(void)setrlimit((__rlimit_resource_t)limits[i].resource,
		    &(struct rlimit){ limits[i].most, limits[i].most });
	(void)fchdir(scratch);
	(void)dup2(null, STDIN_FILENO);
	(void)dup2(null, STDOUT_FILENO);
	(void)dup2(null, STDERR_FILENO);
	(void)dup2(canary, CANARY_FD);
	argv[n++] = shell[1];
	if (shell[2] != NULL)
		argv[n++] = shell[2];
	if (check)
		argv[n++] = "-n";
	argv[n++] = "-c";
	argv[n++] = line;
	argv[n] = NULL;
	(void)execve(shell[0], (char *const *)argv, environment);
	_exit(99);
}

/* Runs it; gives what wait(2) does, or -1 if it took too long. */
static int
run(const char *const *shell, bool check, const char *line, int canary)
{
	const struct timespec moment = { .tv_nsec = 100000 };
	int status = -1, tries;
	siginfo_t info = {0};
	pid_t pid;

	pid = vfork();
	if (pid == 0)
		become(shell, check, line, canary);
	claim(pid != -1);
	for (tries = 0; tries < PATIENCE && info.si_pid == 0; tries++) {
		(void)nanosleep(&moment, NULL);
		claim(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0);
	}
	/* What it left behind in its group, and itself. */
	(void)kill(-pid, SIGKILL);
	claim(waitpid(pid, &status, 0) == pid);
	return info.si_pid != 0 ? status : -1;
}

/* Is there that record in the pipe? */
static bool
heard(int fd)
{
	char text[4096];
	ssize_t n = read(fd, text, sizeof text - 1);

	claim(n >= 0 || errno == EAGAIN);
	if (n <= 0)
		return false;
	text[n] = '\0';
	return strncmp(text, "canary\n", 7) == 0 || strstr(text, "\ncanary\n") != NULL;
}

/* The line of the template, of two fields of that text. */
static char *
line_of(const struct template *t, const char *record)
{
	struct words fields = {0}, names = {0}, argv = {0};
	char *line;

	words_add(&fields, record, strlen(record));
	words_add(&fields, record, strlen(record));
	template_expand(t, &(struct attempt){ .fields = &fields, .names = &names,
	    .sequence = 1, .slot = 1 }, &argv);
	claim((line = strdup(words_at(&argv, 2, NULL))) != NULL);
	words_release(&fields);
	words_release(&argv);
	return line;
}

static void
fail(const char *const *shell, const char *line, const char *why)
{
	(void)fprintf(stderr, "%s %s: %s:\n%s\n", shell[1], shell[2] != NULL ? shell[2] : "",
	    why, line);
	abort();
}

static void
try_record(const struct template *t, const char *const *shell, const char *record)
{
	char *line = line_of(t, record);
	int ends[2];

	claim(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	(void)run(shell, false, line, ends[1]);
	if (heard(ends[0]))
		fail(shell, line, "a record was run");
	(void)close(ends[0]);
	(void)close(ends[1]);
	free(line);
}

/* Is the line as right with the record as it is without? */
static void
try_syntax(const struct template *t, const char *const *shell, const char *record)
{
	char *known = line_of(t, "x"), *line = line_of(t, record);
	int want = run(shell, true, known, null), got = run(shell, true, line, null);

	if (want != -1 && got != -1 && want != got)
		fail(shell, line, "a record changes the syntax");
	free(known);
	free(line);
}

static bool
may_define(const char *line)
{
	const char *p;

	for (p = line; (p = strchr(p, '(')) != NULL; ) {
		p++;
		if (p[strspn(p, " \t\n")] == ')')
			return true;
	}
	return false;
}

/* Might a variable be set, or used, by what bash computes? */
static bool
may_compute(const char *line)
{
	const char *p = line + strcspn(line, "[:");
	const char *q = strstr(line, "((");

	if (q != NULL && q < p)
		p = q;
	return strpbrk(p, "ab$") != NULL || strstr(line, "${") != NULL;
}

static void
try_line(const char *const *shell, char *line, unsigned int choice, bool context)
{
	const struct template_style style = {
		.all = "{}", .parts = true, .numbers = true, .context = context,
		.words = choice / countof(records) % 2 == 0,
	};
	const char *why;
	struct template *t = template_line(&style, shell[1], &line, 1, &why);
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < countof(records); i++)
		if (choice == EVERY || choice % countof(records) == i) {
			try_syntax(t, shell, records[i]);
			try_record(t, shell, records[i]);
		}
	if (strchr(line, '[') != NULL && !may_compute(line))
		try_record(t, shell, subscript);
	template_free(t);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	unsigned int how = input_byte(&in), choice = input_byte(&in);
	const char *const *shell = shells[how % countof(shells)];
	struct buf line = {0};

	if (size > 2 + TOKENS_MOST || access(shell[0], X_OK) == -1)
		return -1;
	while (in.left > 0)
		buf_add_string(&line, tokens[input_byte(&in) % countof(tokens)]);
	if (strstr(buf_string(&line), "{") != NULL && !may_define(line.data))
		try_line(shell, line.data, choice, how / countof(shells) % 8 == 0);
	buf_release(&line);
	return 0;
}
