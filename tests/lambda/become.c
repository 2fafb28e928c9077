/*
 * become: a command as Lambda's user, where bwrap could not make that user of root, in a user namespace.
 *
 *   become [-u PROCESSES] UID GID command [argument ...]
 */

#include <sys/resource.h>

#include <err.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int
main(int argc, char *argv[])
{
	struct rlimit most;
	uid_t user;
	gid_t group;

	if (argc > 2 && strcmp(argv[1], "-u") == 0) {
		most.rlim_cur = most.rlim_max = strtoul(argv[2], NULL, 10);
		if (setrlimit(RLIMIT_NPROC, &most) < 0)
			err(1, "setrlimit");
		argc -= 2;
		argv += 2;
	}
	if (argc < 4)
		errx(64, "usage: become [-u PROCESSES] UID GID command [argument ...]");
	user = (uid_t)strtoul(argv[1], NULL, 10);
	group = (gid_t)strtoul(argv[2], NULL, 10);
	if (setgroups(0, NULL) < 0 || setresgid(group, group, group) < 0 || setresuid(user, user, user) < 0)
		err(1, "become");
	execvp(argv[3], argv + 3);
	err(127, "%s", argv[3]);
}
