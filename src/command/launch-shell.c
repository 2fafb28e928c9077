/*
 * launch-shell: which shell runs a line.
 */
#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/launch.h"

const char *
launch_shell(void)
{
	static char path[PATH_MAX];
	const char *dir = getenv("PATH");
	struct stat st;
	size_t length;

	for (; dir != NULL && *dir != '\0'; dir += length + (dir[length] == ':')) {
		length = strcspn(dir, ":");
		if (dir[0] != '/' || length > sizeof path - sizeof "/bash")
			continue;
		(void)snprintf(path, sizeof path, "%.*s/bash", (int)length, dir);
		/* A folder may be of that name, and can be searched. */
		if (stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0)
			return path;
	}
	return "/bin/sh";
}

const char *
launch_shell_refuse(const char *shell)
{
	static const struct {
		const char	*name;
		const char	*why;
	} others[] = {
		{ "csh", "its quotes are not those of a POSIX shell" },
		{ "tcsh", "its quotes are not those of a POSIX shell" },
		{ "fish", "its quotes are not those of a POSIX shell" },
		{ "rc", "its quotes are not those of a POSIX shell" },
		{ "es", "its quotes are not those of a POSIX shell" },
		{ "elvish", "its quotes are not those of a POSIX shell" },
		{ "nu", "its quotes are not those of a POSIX shell" },
		{ "xonsh", "its quotes are not those of a POSIX shell" },
		{ "pwsh", "its quotes are not those of a POSIX shell" },
		/* "$x[...]" and *(...), which run what is in them, though it is quoted. */
		{ "zsh", "it takes quoted text for subscripts and glob qualifiers" },
	};
	const char *name = strrchr(shell, '/');
	size_t i;

	name = name != NULL ? name + 1 : shell;
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(name, others[i].name) == 0)
			return others[i].why;
	return NULL;
}
