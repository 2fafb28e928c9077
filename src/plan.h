/*
 * plan: the treaty between the halves.  cli/ fills it from the user's words;
 * everyone after reads it.  The fields are neutral, so nothing below cli/ has
 * to know how an option was spelled.  Times are in nanoseconds.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_status {
	EXIT_JOB_FAILED = 123,
	EXIT_TIMED_OUT = 124,
	EXIT_INTERNAL = 125,	/* ours, as in timeout(1) and env(1) */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

/* Who may speak when. */
enum order {
	ORDER_INPUT,		/* jobs in input order */
	ORDER_FINISH,		/* whole jobs as they finish */
	ORDER_LINES,		/* whole lines as they come */
	ORDER_NONE,		/* jobs write for themselves */
};

/* Where values come from. */
struct plan_source {
	const char	*option;	/* that named it, for messages */
	const char	*file;		/* "-" is standard input; NULL: words */
	char *const	*words;		/* values of the command line */
	size_t		 word_count;
	bool		 linked;	/* paired up with the source before */
};

struct plan {
	/* input */
	struct plan_source *sources;	/* at least one */
	size_t		 source_count;
	char		 delimiter;
	bool		 cut;		/* values into fields, ... */
	char		 column;	/* which this byte separates, ... */
	bool		 csv;		/* but not within "..."; */
	const char	*column_regex;	/* or what this matches, if it is not NULL */
	bool		 headed;	/* the first record has the names of fields */
	size_t		 max_records;	/* a job; SIZE_MAX: as many as fit */

	/* command */
	char *const	*command;	/* words with {} in them */
	size_t		 command_count;
	const char	*replace;	/* stands for a job's records: {} */
	bool		 context;	/* repeat the words it is in for each record */
	const char	*shell;		/* runs the command as one line; or NULL */

	/* running */
	size_t		 slots;
	bool		 dry_run;
	int64_t		 job_limit;	/* 0: none */
	int64_t		 run_limit;	/* 0: none */
	int		 signal;	/* the first one at a limit */
	int64_t		 kill_after;	/* from there to SIGKILL */

	/* output */
	enum order	 order;
	size_t		 buffer;	/* bytes of memory for held output */
	bool		 trace;		/* show each command line */
	bool		 quiet;		/* no line for a failed job */
};
