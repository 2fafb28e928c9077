/*
 * names: of users and groups.
 */
#include <sys/types.h>

/* NULL if it has none; good until the next call. */
const char	*names_user(uid_t);
const char	*names_group(gid_t);
