/*
 * dialect: which options and defaults the command line is read with.
 */
struct plan;

/*
 * Fills the plan from the command line, into whose words it points, in the dialect
 * that --dialect as the first word, $PARMAP_DIALECT or the name of the program
 * says, or that bats needs.  It exits with a message if that makes no sense, and after --help and
 * --version.
 */
void	dialect_parse(struct plan *, int, char **);
