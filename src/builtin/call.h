/*
 * call: one call of a builtin: its options and operands, and what it says.  Options are
 * single letters and may stand among the operands, as in GNU's programs.  What getopt(3)
 * has in global variables is here, as the process has other calls before and after.
 * Include parmap.h and builtin/text.h first.
 */
struct call {
	struct io	 *io;
	const char	 *name;		/* of the builtin */
	char		**operands;	/* when call_option has said 0 */
	int		  count;
	const char	 *value;	/* of the option found last */
	char		**next;		/* the word that is looked at next */
	char		 *letters;	/* what is left of the word before it */
	bool		  ended;	/* by -- */
	const char	 *nameless;	/* what is said of '', if that is no name, or NULL */
	struct text	  out;
};

void	call_start(struct call *, int, char **, struct io *);

/*
 * The next option; a colon is after those that have a value, and a plus before all if they
 * end at the first operand.  0 when there is none left, -1 when there is no such option,
 * which has been said then.  Moves the words of argv.
 */
int	call_option(struct call *, const char *);

/* Are there operands?  If there is none, that is said: 0 or -1. */
int	call_operands(struct call *);

/*
 * On standard error: the name of the builtin, the text, the name of a file in quotes, more
 * text, and what the errno says, if it is one.  With no text before it, a name has quotes
 * only if it needs them.  What is in `out` goes first.
 */
void	call_complain(struct call *, const char *, const char *, const char *, int);

/* The same for a word that is not the name of a file, and is last. */
void	call_refuse(struct call *, const char *, const char *, int);

/* The same for any text. */
void	call_say(struct call *, const char *, ...) __attribute__((format(printf, 2, 3)));

/*
 * Opens each operand, or standard input for "-" and if there are none, and calls the
 * function with its name and descriptor.  -1 from that is an error of reading, which is
 * said here.  The exit status: 1 if anything failed, or 0.
 */
int	call_files(struct call *, int (*)(struct call *, const char *, int));
