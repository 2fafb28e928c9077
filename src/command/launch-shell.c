/*
 * launch-shell: which shell runs a line.
 */
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
	size_t length;

	for (; dir != NULL && *dir != '\0'; dir += length + (dir[length] == ':')) {
		length = strcspn(dir, ":");
		if (dir[0] != '/' || length > sizeof path - sizeof "/bash")
			continue;
		(void)snprintf(path, sizeof path, "%.*s/bash", (int)length, dir);
		if (access(path, X_OK) == 0)
			return path;
	}
	return "/bin/sh";
}

const char *
launch_shell_refuse(const char *shell)
{
	static const char *const others[] = {
		"csh", "tcsh", "fish", "rc", "es", "elvish", "nu", "xonsh", "pwsh",
	};
	const char *name = strrchr(shell, '/');
	size_t i;

	name = name != NULL ? name + 1 : shell;
	for (i = 0; i < sizeof others / sizeof others[0]; i++)
		if (strcmp(name, others[i]) == 0)
			return "its quotes are not those of a POSIX shell";
	return NULL;
}
