/*
 * names: as the system is set up to find them.
 */
#include <grp.h>
#include <pwd.h>
#include <stddef.h>

#include "builtin/names.h"

const char *
names_user(uid_t id)
{
	const struct passwd *pw = getpwuid(id);

	return pw != NULL ? pw->pw_name : NULL;
}

const char *
names_group(gid_t id)
{
	const struct group *gr = getgrgid(id);

	return gr != NULL ? gr->gr_name : NULL;
}
