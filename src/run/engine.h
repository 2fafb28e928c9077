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

/*
 * Maps the template over the records.  All is over when it gives: jobs have ended,
 * what they said is written, with the tag's words before each line unless that is
 * NULL, and what became of them is in the history, unless that is NULL.  All arguments
 * stay the caller's.
 */
struct outcome	engine_run(const struct plan *, struct records *, const struct template *,
		    const struct template *tag, struct history *);
