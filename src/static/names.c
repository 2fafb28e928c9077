/*
 * names: for a program that has all it needs in itself, and so cannot load what else may
 * know names: just those of passwd(5) and group(5).
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "builtin/names.h"

/* The first field of the line of a file whose third is that number, or NULL. */
static const char *
find_name(const char *path, uintmax_t id)
{
	static char line[1024];
	FILE *f = fopen(path, "re");
	const char *field;
	uintmax_t n;
	bool found = false;

	if (f == NULL)
		return NULL;
	while (!found && fgets(line, sizeof line, f) != NULL) {
		if ((field = strchr(line, ':')) == NULL || (field = strchr(field + 1, ':')) == NULL)
			continue;
		field++;
		found = num_next(&field, 10, &n) && *field == ':' && n == id;
	}
	(void)fclose(f);
	if (!found)
		return NULL;
	line[strcspn(line, ":")] = '\0';
	return line;
}

const char *
names_user(uid_t id)
{
	return find_name("/etc/passwd", id);
}

const char *
names_group(gid_t id)
{
	return find_name("/etc/group", id);
}
