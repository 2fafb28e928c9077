/*
 * engine: runs a plan.
 */
struct history;
struct plan;
struct records;
struct template;

/* How the run went. */
struct outcome {
	int	status;		/* to exit with */
	int	signal;		/* to die of instead, or 0 */
};

/* What is expanded for each job. */
struct templates {
	struct template	*command;
	struct template	*tag;		/* comes before each line of output; or NULL */
	struct template	*results;	/* where its result is; or NULL */
};

/*
 * Maps the command over the records.  All is over when it gives: jobs have ended, what
 * they said is written, and what became of them is in the history, unless that is NULL.
 * All arguments stay the caller's.
 */
struct outcome	engine_run(const struct plan *, struct records *,
		    const struct templates *, struct history *);
