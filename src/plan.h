/*
 * plan: the treaty between the halves.  cli/ fills it from the user's words;
 * everyone after reads it.  The fields are neutral, so nothing below cli/ has
 * to know how an option was spelled.  Times are in nanoseconds.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What exit statuses say; those of parmap, unless a dialect has others. */
struct exit_map {
	int	failed;		/* 123: some job did, as in xargs */
	int	count_most;	/* not 0: how many did instead, up to this, and time limits too */
	int	job_time;	/* 124: some job's time limit, as in timeout(1) */
	int	halt_time;	/* 124: that of the job that halted the run */
	int	run_time;	/* 124: the run's */
	int	own;		/* 125: we did, as in timeout(1) and env(1) */
	int	not_executable;	/* 126 */
	int	not_found;	/* 127 */
	int	flaw;		/* 126: a record that no command can be given */
	/* And if these are not 0 they end the run: no more jobs are started. */
	int	stop_255;	/* a job exited 255 */
	int	stop_killed;	/* a signal killed one */
	bool	stop_flaw;
	bool	stop_no_exec;
	/* A failed job goes before all else, but for a last one that ended the run. */
	bool	failed_first;
};

/* The run ends when so many jobs failed, or did not, or are done. */
enum halt_when {
	HALT_NEVER,
	HALT_SOON,		/* no more jobs are started */
	HALT_NOW,		/* and those that run are ended */
};

enum halt_why { HALT_FAIL, HALT_SUCCESS, HALT_DONE };

struct halt {
	enum halt_when	when;
	enum halt_why	why;
	size_t		count;
	bool		percent;	/* of all jobs there are, not of jobs */
};

/* Which attempts are followed by another one.  What cannot be run is not. */
struct retry {
	size_t		tries;		/* that a job has in all; SIZE_MAX: no limit */
	int64_t		delay;		/* before the second, doubled before each after it */
	bool		listed;		/* only those below, else all that failed */
	bool		statuses[256];
	bool		signals[65];
	bool		times;		/* the job's time limit */
};

/* What each process of a job may have at most; 0: as much as we. */
struct caps {
	size_t	memory;		/* bytes of address space */
	int64_t	cpu_time;	/* whole seconds */
	size_t	files;		/* open at once */
};

/* What is said of jobs that failed. */
enum report {
	REPORT_JOBS,		/* a line for each, with its record */
	REPORT_STOPS,		/* why the run stopped */
	REPORT_OURS,		/* a line for those that we ended, or could not run */
	REPORT_NOTHING,
};

/* Who may speak when. */
enum order {
	ORDER_INPUT,		/* jobs in input order */
	ORDER_FINISH,		/* whole jobs as they finish */
	ORDER_LINES,		/* whole lines as they come */
	ORDER_NONE,		/* jobs write for themselves */
};

/* What the output of jobs is said as. */
enum format {
	FORMAT_BYTES,		/* as it is */
	FORMAT_JSON,		/* an object for each job, a line each */
	FORMAT_JSON_ARRAY,	/* one array, a value for each job */
};

/* How bytes become values. */
enum framing {
	FRAMING_BYTE,		/* they end in a byte */
	FRAMING_CSV,		/* lines, in which "..." may hold newlines */
	FRAMING_WORDS,		/* blanks separate them; quotes, as POSIX has it for xargs */
	FRAMING_LINES,		/* lines, of which the same quotes are taken */
	FRAMING_BLOCK,		/* as many that end in a byte as make a block, with those bytes */
};

/* What jobs read. */
enum job_stdin {
	STDIN_NULL,
	STDIN_OURS,
	STDIN_RECORDS,		/* their records, each with its delimiter */
	STDIN_TERMINAL,
};

/* Which jobs of a log are not run again; with the last one there are no others. */
enum resume {
	RESUME_NOT,		/* none is looked for */
	RESUME_LOGGED,		/* all that are there */
	RESUME_FAILED,		/* but for those that failed */
	RESUME_RETRY,		/* and these are run by the commands in the log */
};

/* Who does the jobs. */
enum work {
	WORK_PROCESS,		/* the command, once for each; what it gets has limits */
	WORK_FUNCTION,		/* a function, in a worker: a process that does many */
	WORK_SHELL,		/* a shell that stays */
	WORK_LINES,		/* the command, which is given records and answers each */
};

/* Whether we are the jobserver of make and others among the jobs. */
enum serve {
	SERVE_NOT,
	SERVE_PIPE,
	SERVE_FIFO,
};

/* Where command lines are shown before they run. */
enum trace { TRACE_NOWHERE, TRACE_STDERR, TRACE_STDOUT };

/* Where values come from. */
struct plan_source {
	const char	*option;	/* that named it, for messages */
	const char	*file;		/* "-" is standard input; NULL: words */
	char *const	*words;		/* values of the command line */
	size_t		 word_count;
	bool		 linked;	/* paired up with the source before */
};

struct io;
struct jobserver;

struct plan {
	/* input */
	struct plan_source *sources;	/* at least one */
	size_t		 source_count;
	enum framing	 framing;
	char		 delimiter;	/* FRAMING_BYTE and FRAMING_BLOCK */
	size_t		 block;		/* FRAMING_BLOCK: bytes, ... */
	size_t		 block_records;	/* or so many records; 0: bytes count */
	const char	*end_word;	/* a value that ends the input, or NULL */
	bool		 cut;		/* values into fields, ... */
	char		 column;	/* which this byte separates, */
	const char	*column_regex;	/* or what this matches, if it is not NULL */
	bool		 headed;	/* the first record has the names of fields */
	bool		 trim_left;	/* fields of blanks */
	bool		 trim_right;
	bool		 skip_blank;	/* records without anything else */
	bool		 wrap;		/* linked sources begin again, until the longest ends */
	bool		 shuffle;	/* records come in random order, once all are read */
	size_t		 max_records;	/* a job; SIZE_MAX: as many as fit */
	size_t		 max_lines;	/* a job, of which a record may be a part */
	size_t		 max_bytes;	/* of a job's words with their NULs */
	bool		 exact;		/* no job may have less than max_records for want of room */
	bool		 share;		/* when records end, slots get equal parts of what is left */
	bool		 no_fields;	/* jobs get none of their records' */
	bool		 run_if_empty;	/* one job, without records */
	char		 terminator;	/* of what jobs get, so that no record can have it */

	/* command */
	char *const	*command;	/* words with {} in them */
	size_t		 command_count;
	char		**command_memory;	/* of these, to be freed, if they were put together */
	const char	*replace;	/* stands for a job's records: {}; or NULL */
	bool		 parts;		/* {.} {2} and the like are replaced too */
	bool		 numbers;	/* {#} and {%} are */
	bool		 plus;		/* {..} {/from/to} and the like are */
	bool		 named_command;	/* nothing is replaced in its name */
	bool		 append;	/* the records, if the command does not say where */
	bool		 context;	/* repeat the words it is in for each record */
	const char	*shell;		/* runs the command as one line; or NULL */
	const char	*shell_file;	/* WORK_SHELL: what each shell reads first */
	bool		 words;		/* in such a line, fields are words, also within others */
	bool		 verbatim;	/* or text of the shell, so that nothing is quoted */

	/* running */
	enum work	 work;
	int		(*function)(int, char **, struct io *);	/* WORK_FUNCTION; see parmap.h */
	bool		 plugin;	/* it is one, and may use stdio */
	size_t		 slots;		/* at the start */
	size_t		 slots_most;	/* that there can be later */
	struct jobserver *jobserver;	/* that jobs need tokens of, the run's; or NULL */
	enum serve	 serve;
	bool		 usr_changes_slots;	/* USR1: one more; USR2: one fewer */
	bool		 dry_run;
	bool		 ask;		/* on the terminal, before each job */
	enum job_stdin	 job_stdin;
	const char	*sequence_variable;	/* of jobs, with their number, ... */
	const char	*place_variable;	/* and their slot, from 1 */
	const char	*slot_variable;	/* the same from 0; or NULL */
	const char	*directory;	/* of jobs; or NULL */
	int64_t		 delay;		/* from one start to the next; 0: none */
	bool		 niced;		/* jobs have this niceness, not ours: */
	int		 niceness;
	double		 max_load;	/* average from which on none starts; 0: any */
	int64_t		 job_limit;	/* 0: none */
	int64_t		 run_limit;	/* 0: none */
	int64_t		 deadline;	/* of the run: since the Epoch, as all may set it, ... */
	const char	*deadline_word;	/* and as the user has it; NULL: there is none */
	int		 signal;	/* the first one at a limit */
	int64_t		 kill_after;	/* from there to SIGKILL */
	struct caps	 caps;

	/* output */
	enum order	 order;
	enum format	 format;
	size_t		 max_output;	/* bytes on stdout, of which the last say so; 0: any */
	size_t		 buffer;	/* bytes of memory for held output */
	enum trace	 trace;
	const char	*tag;		/* before each line, with {} in it; or NULL */
	enum report	 report;
	bool		 summary;	/* of all jobs, at the end */

	const char	*fallback;	/* what a failed job's stdout is replaced by, or NULL */
	bool		 atomic;	/* nothing is said of a run that was cut short */

	struct halt	 halt;
	struct retry	 retry;

	const char	*joblog;	/* a file with a line for each job; or NULL */
	bool		 joblog_keep;	/* what is in it */
	bool		 joblog_digests;	/* of records: a column of our own */
	bool		 joblog_sync;	/* each line is on the disk before anything else */
	enum resume	 resume;
	const char	*results;	/* where each job's output is kept as well; or NULL */
	bool		 results_only;	/* it is not said */
	struct exit_map	 exits;
};
