/*
 * launch: what a command is started through.
 */

/* The shell for -c: bash if $PATH has one, as others may drop exported functions. */
const char	*launch_shell(void);

/* NULL, or why this shell would not read our quotes; for a message. */
const char	*launch_shell_refuse(const char *);
