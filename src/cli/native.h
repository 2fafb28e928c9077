/*
 * native: parmap's own dialect.
 */
struct plan;

/*
 * Fills the plan from the command line, into whose words it points.  Exits 125
 * with a message if it makes no sense, 0 after --help and --version.
 */
void	native_parse(struct plan *, int, char **);
