/*
 * tmpdir: where temporary files go.
 */

/* TMPDIR, or where that is unset or empty, /tmp.  The environment's. */
const char	*tmpdir(void);
