/*
 * native-make: the options that are about make, and what is done for a recipe of it.
 * Include cli/options.h first.
 */

void	set_jobserver(struct cli *);
void	set_jobserver_style(struct cli *);

/*
 * What MAKEFLAGS says is in the plan: that nothing is to be run, or the jobserver.  All
 * options have to be read; how many slots there are is not worked out yet.
 */
void	native_make(struct cli *);
