/*
 * native-work: the options that say who does the jobs, and what they ask of the rest.
 * Include cli/options.h first.
 */

void	set_line(struct cli *);
void	set_shell(struct cli *);
void	set_shell_file(struct cli *);
void	set_coprocess(struct cli *);
void	set_builtin(struct cli *);
void	set_plugin(struct cli *);

/* A function does the jobs: its name is the first word of the command. */
void	native_function(struct cli *);

/* A shell does, of its own for each slot if a file says what it is to know. */
void	native_shell(struct cli *);

/* What does not go with those who do more than one job. */
void	native_work(const struct cli *);
