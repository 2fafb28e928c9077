/*
 * options: the table of a dialect's options, which feeds the parser and --help;
 * the completions and the manual are held against it by a test.
 */
#include <stdbool.h>
#include <stddef.h>

/* What becomes of a jobserver of make. */
enum share {
	SHARE_AUTO,		/* if there is one, it is taken part in */
	SHARE_NOT,
	SHARE_MUST,
	SHARE_OURS,		/* and if there is none, we are one */
};

/* What the parser needs to remember beyond the plan. */
struct cli {
	struct plan	*plan;
	char		 where[32];	/* options are from: nothing, or a variable, ": " */
	const char	*spelled;	/* the option, as the user wrote it, and where */
	const char	*value;		/* its argument, or NULL */
	const char	*jobs;		/* how many, to be worked out at the end; or NULL */
	const char	*jobs_spelled;
	size_t		 jobs_default;	/* how many if that is not said; 0: one for each CPU */
	enum share	 share;
	bool		 fifo;		/* what is shared is in a FIFO, ... */
	bool		 styled;	/* or that was said at all */
	const char	*shell;
	const struct option_row *row;	/* of the option */
	bool		 columns;	/* a separator was given */
	bool		 trimmed;	/* how fields are trimmed was */
	bool		 many;		/* as many records as fit, ... */
	bool		 unshared;	/* also the last ones */
	bool		 counted;	/* how many was said */
	bool		 lines;		/* as lines */
	bool		 keep;		/* output in input order */
	bool		 quote;		/* the words of the command */
	bool		 show_limits;
	bool		 tag;		/* lines begin with the record */
	bool		 zip;		/* all sources are linked */
	bool		 line;		/* the command is a line for the shell */
	bool		 ended;		/* the next word is no option, whatever it is */
	const char	*function;	/* its name, if that does the jobs; or NULL */
	bool		 open_tty;	/* whatever else says what jobs read */
	bool		 number_follows; /* where one may be left out, it may be the next word */
};

struct option_row {
	char		 letter;	/* or 0 */
	const char	*name;		/* long, or NULL */
	const char	*argument;	/* its name in --help, or NULL */
	void		(*set)(struct cli *);
	const char	*help;		/* or NULL: another spelling of the row before */
	bool		 optional;	/* the argument is, and then in the same word */
};

/*
 * Reads options up to the first word that is none, whose index it gives.  It
 * exits with a message about the first that is wrong.
 */
int	options_parse(const struct option_row *, size_t, struct cli *, int, char **);

/*
 * The same of the words in that environment variable, all of which have to be options:
 * quotes and backslashes are those of the input of xargs.
 */
void	options_variable(const struct option_row *, size_t, struct cli *, const char *);

/* Prints the table. */
void	options_help(const struct option_row *, size_t);

/* Exits: what the user wrote, and why that is no good. */
void	cli_refuse(const struct cli *, const char *) __attribute__((noreturn));
