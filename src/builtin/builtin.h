/*
 * builtin: functions of parmap's own that can be mapped, as a program of that name
 * would be.  Each is a file and a row of the table.  Include parmap.h first.
 */

struct buf;

struct builtin {
	const char	*name;
	parmap_function	*run;
	const char	*usage;		/* what may follow the name */
};

/* The one of that name, or NULL. */
const struct builtin	*builtin_find(const char *);

/* Adds a line for each: its name and its usage. */
void			 builtin_list(struct buf *);

parmap_function	 builtin_basename, builtin_cat, builtin_dirname, builtin_echo, builtin_false,
		 builtin_grep, builtin_head, builtin_md5, builtin_realpath, builtin_sha1,
		 builtin_sha256, builtin_sha512, builtin_sleep, builtin_stat, builtin_true,
		 builtin_wc;
