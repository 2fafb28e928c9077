/*
 * probe: is this what Lambda offers, and nothing more? Runs inside of sandbox.sh, and says each thing that is not as claimed,
 * one a line; then the status is 1.
 *
 *   probe [-P] [-u PROCESSES] [none | prctl | all]
 *
 * -P: there is no /proc. The word is that of the filter.
 */

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array)	(sizeof(array) / sizeof *(array))
#define ANY		(-1)

struct call {
	const char *name;
	long number, a, b, c;
	int expected;		/* errno; 0: it succeeds */
};

/* With arguments that do no harm where the call is let through. */
static const struct call refused[] = {
	{ "clone3", SYS_clone3, 0, 0, 0, ENOSYS },
	{ "memfd_create", SYS_memfd_create, 0, 0, 0, ENOSYS },
	{ "io_uring_setup", SYS_io_uring_setup, 0, 0, 0, ENOSYS },
	{ "io_uring_enter", SYS_io_uring_enter, -1, 0, 0, ENOSYS },
	{ "io_uring_register", SYS_io_uring_register, -1, 0, 0, ENOSYS },
	{ "pidfd_open", SYS_pidfd_open, -1, 0, 0, ENOSYS },
	{ "pidfd_send_signal", SYS_pidfd_send_signal, -1, 0, 0, ENOSYS },
	{ "pidfd_getfd", SYS_pidfd_getfd, -1, -1, 0, ENOSYS },
	{ "close_range", SYS_close_range, 1 << 20, 1 << 20, -1, ENOSYS },
	{ "userfaultfd", SYS_userfaultfd, -1, 0, 0, ENOSYS },
	{ "mq_open", SYS_mq_open, 0, 0, 0, ENOSYS },
	{ "shmget", SYS_shmget, 0, 0, 0, ENOSYS },
	{ "semget", SYS_semget, 0, 0, 0, ENOSYS },
	{ "msgget", SYS_msgget, 1, 0, 0, ENOSYS },
	{ "epoll_pwait2", SYS_epoll_pwait2, -1, 0, 0, ENOSYS },
	{ "ptrace", SYS_ptrace, -1, 0, 0, EPERM },
	{ "unshare", SYS_unshare, 0, 0, 0, EPERM },
	{ "setns", SYS_setns, -1, 0, 0, EPERM },
	{ "mount", SYS_mount, 0, 0, 0, EPERM },
	{ "umount2", SYS_umount2, 0, 0, 0, EPERM },
	{ "pivot_root", SYS_pivot_root, 0, 0, 0, EPERM },
	{ "bpf", SYS_bpf, -1, 0, 0, EPERM },
	{ "perf_event_open", SYS_perf_event_open, 0, 0, 0, EPERM },
	{ "keyctl", SYS_keyctl, -1, 0, 0, EPERM },
	{ "add_key", SYS_add_key, 0, 0, 0, EPERM },
	{ "seccomp", SYS_seccomp, -1, 0, 0, EPERM },
	{ "prctl(PR_SET_NAME)", SYS_prctl, PR_SET_NAME, (long)"probe", 0, EPERM },
	{ "prctl(PR_SET_PDEATHSIG)", SYS_prctl, PR_SET_PDEATHSIG, 0, 0, EPERM },
	{ "prctl(PR_SET_CHILD_SUBREAPER)", SYS_prctl, PR_SET_CHILD_SUBREAPER, 0, 0, EPERM },
	{ "prctl(PR_SET_NO_NEW_PRIVS)", SYS_prctl, PR_SET_NO_NEW_PRIVS, 0, 0, EPERM },
	{ "prctl(PR_SET_SECCOMP)", SYS_prctl, PR_SET_SECCOMP, -1, 0, EPERM },
};

/* What only the filter "all" refuses: the answer there, and without it. */
static const struct {
	struct call call;
	int otherwise;
} optional[] = {
	{ { "splice", SYS_splice, -1, 0, -1, ENOSYS }, 0 },
	{ { "tee", SYS_tee, -1, -1, 0, ENOSYS }, 0 },
	{ { "vmsplice", SYS_vmsplice, -1, 0, 0, ENOSYS }, EBADF },
	{ { "sendfile", SYS_sendfile, -1, -1, 0, EINVAL }, EBADF },
	{ { "copy_file_range", SYS_copy_file_range, -1, 0, -1, ENOSYS }, EBADF },
	{ { "signalfd4", SYS_signalfd4, -1, 0, 0, ENOSYS }, EINVAL },
	{ { "timerfd_create", SYS_timerfd_create, -1, 0, 0, ENOSYS }, EINVAL },
	{ { "eventfd2", SYS_eventfd2, 0, -1, 0, ENOSYS }, EINVAL },
	{ { "inotify_init1", SYS_inotify_init1, -1, 0, 0, ENOSYS }, EINVAL },
	{ { "preadv2", SYS_preadv2, -1, 0, 0, ENOSYS }, EBADF },
	{ { "pwritev2", SYS_pwritev2, -1, 0, 0, ENOSYS }, EBADF },
	{ { "fallocate", SYS_fallocate, -1, 0, 0, EPERM }, EBADF },
	{ { "statx", SYS_statx, -1, 0, 0, ENOSYS }, EFAULT },
	{ { "fcntl(F_SETPIPE_SZ)", SYS_fcntl, 0, F_SETPIPE_SZ, 4096, EPERM }, EBADF },
};

static const struct {
	const char *name;
	unsigned major, minor;
	const char *link;
} devices[] = {
	{ "null", 1, 3, NULL }, { "zero", 1, 5, NULL }, { "full", 1, 7, NULL },
	{ "random", 1, 8, NULL }, { "urandom", 1, 9, NULL },
	{ "stdin", 0, 0, "/proc/self/fd/0" }, { "stdout", 0, 0, "/proc/self/fd/1" }, { "stderr", 0, 0, "/proc/self/fd/2" },
};

static const char *const present[] = {
	"bash", "sh", "curl", "grep", "sed", "gawk", "awk", "cat", "sort", "head", "base64", "sha256sum", "timeout", "stdbuf",
};

static const char *const absent[] = {
	"xargs", "find", "ps", "pgrep", "pkill", "kill", "top", "free", "setsid", "flock", "setpriv", "unshare", "nsenter", "mount",
	"script", "tar", "gzip", "unzip", "zip", "jq", "perl", "python", "python3", "parallel", "dash", "busybox", "gcc", "strace",
};

static const char *const variables[][2] = {
	{ "PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin" },
	{ "LD_LIBRARY_PATH",
	    "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib" },
	{ "LANG", "en_US.UTF-8" },
	{ "TZ", ":UTC" },
	{ "_HANDLER", NULL },
	{ "LAMBDA_TASK_ROOT", "/var/task" },
	{ "LAMBDA_RUNTIME_DIR", "/var/runtime" },
	{ "AWS_LAMBDA_RUNTIME_API", NULL },
	{ "AWS_LAMBDA_FUNCTION_NAME", NULL },
	{ "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", NULL },
	{ "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST" },
	{ "AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023" },
	{ "AWS_REGION", NULL },
	{ "PWD", "/var/task" },
};

extern char **environ;

static int wrong;

__attribute__((format(printf, 1, 2))) static void
say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	wrong = 1;
}

static const char *
named(int error)
{
	return error == 0 ? "success" : strerrorname_np(error);
}

static void
check_call(const struct call *c, int expected)
{
	int error = 0;

	errno = 0;
	if (syscall(c->number, c->a, c->b, c->c, 0L, 0L, 0L) == -1)
		error = errno;
	if (error != expected)
		say("%s: %s, not %s", c->name, named(error), named(expected));
}

static void
check_calls(const char *filter)
{
	const struct call name = { "prctl(PR_GET_DUMPABLE)", SYS_prctl, PR_GET_DUMPABLE, 0, 0, 0 };
	int all = strcmp(filter, "all") == 0;

	for (size_t i = 0; i < COUNT(refused); i++)
		check_call(&refused[i], refused[i].expected);
	check_call(&name, all || strcmp(filter, "prctl") == 0 ? EPERM : 0);
	(void)close(0);
	for (size_t i = 0; i < COUNT(optional); i++)
		check_call(&optional[i].call, all ? optional[i].call.expected : optional[i].otherwise);
}

/* A call by another architecture's numbers is the end. */
static void
check_architecture(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
#ifdef __x86_64__
		(void)syscall(0x40000000L | SYS_getpid);
#else
		(void)kill(getpid(), SIGSYS);	/* there is no other to ask by */
#endif
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		say("fork: %s", strerror(errno));
	else if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		say("a call of another architecture is answered");
}

static void
check_user(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	uid_t user[3];
	gid_t group[3], groups[64];
	int n;

	if (getresuid(&user[0], &user[1], &user[2]) < 0 || user[0] != 993 || user[1] != 993 || user[2] != 993)
		say("the user is %u, not 993", user[0]);
	if (getresgid(&group[0], &group[1], &group[2]) < 0 || group[0] != 990 || group[1] != 990 || group[2] != 990)
		say("the group is %u, not 990", group[0]);
	n = getgroups(COUNT(groups), groups);
	for (int i = 0; i < n; i++)
		if (groups[i] != 990 && groups[i] != 65534)
			say("there is group %u, too", groups[i]);
	if (syscall(SYS_capget, &head, data) < 0)
		say("capget: %s", strerror(errno));
	else if ((data[0].effective | data[0].permitted | data[1].effective | data[1].permitted) != 0)
		say("there are capabilities");
	if (setuid(0) == 0)
		say("it can become root");
}

static void
check_limits(unsigned long processes)
{
	static pid_t children[1024];
	struct rlimit most;
	size_t n;

	if (getrlimit(RLIMIT_NOFILE, &most) < 0 || most.rlim_cur != 1024 || most.rlim_max != 1024)
		say("there are %llu descriptors, not 1024", (unsigned long long)most.rlim_max);
	most.rlim_cur = most.rlim_max = 1025;
	if (setrlimit(RLIMIT_NOFILE, &most) == 0)
		say("there can be more descriptors than 1024");
	if (processes == 0)
		return;
	if (getrlimit(RLIMIT_NPROC, &most) < 0 || most.rlim_max != processes)
		say("there are %llu processes, not %lu", (unsigned long long)most.rlim_max, processes);
	/* It is felt, too. */
	for (n = 0; n < COUNT(children) && (children[n] = fork()) >= 0; n++)
		if (children[n] == 0)
			for (;;)
				pause();
	if (n >= processes)
		say("there can be %zu processes beside this one", n);
	while (n > 0) {
		(void)kill(children[--n], SIGKILL);
		(void)waitpid(children[n], NULL, 0);
	}
}

static void
check_read_only(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		say("%s: %s", path, strerror(errno));
	else if ((fs.f_flag & ST_RDONLY) == 0)
		say("%s is not read-only", path);
}

static void
check_files(int proc)
{
	struct statfs fs;
	int fd;

	check_read_only("/");
	check_read_only("/dev");
	check_read_only("/var/task");
	check_read_only("/opt");
	if (statfs("/tmp", &fs) < 0 || fs.f_type != TMPFS_MAGIC ||
	    (unsigned long long)fs.f_blocks * (unsigned long long)fs.f_bsize != 512ULL << 20)
		say("/tmp is not 512 MiB of memory");
	if ((fd = open("/tmp/probe", O_CREAT | O_EXCL | O_RDWR, 0600)) < 0 || unlink("/tmp/probe") < 0)
		say("/tmp/probe: %s", strerror(errno));
	if (mkfifo("/tmp/probe", 0600) < 0 || unlink("/tmp/probe") < 0)
		say("no FIFO in /tmp: %s", strerror(errno));
	(void)close(fd);
	if (statfs("/proc", &fs) < 0)
		say("/proc: %s", strerror(errno));
	else if ((fs.f_type == PROC_SUPER_MAGIC) != proc)
		say(proc ? "there is no /proc" : "there is a /proc");
	if (access("/sys/fs", F_OK) == 0)
		say("there is a /sys");
	if (access("/etc/ld.so.cache", F_OK) == 0)
		say("there is an ld.so.cache");
}

/* One thing of /dev is as it should be. Its number in the list, or -1. */
static int
check_device(const char *name)
{
	char path[300], link[64] = "";
	struct stat st;

	for (size_t i = 0; i < COUNT(devices); i++) {
		if (strcmp(devices[i].name, name) != 0)
			continue;
		snprintf(path, sizeof path, "/dev/%s", name);
		if (lstat(path, &st) < 0)
			say("%s: %s", path, strerror(errno));
		else if (devices[i].link == NULL && (!S_ISCHR(st.st_mode) ||
		    st.st_rdev != makedev(devices[i].major, devices[i].minor)))
			say("%s is another device", path);
		else if (devices[i].link != NULL && (readlink(path, link, sizeof link - 1) < 0 ||
		    strcmp(link, devices[i].link) != 0))
			say("%s is no link to %s", path, devices[i].link);
		return (int)i;
	}
	return -1;
}

static void
check_devices(void)
{
	DIR *dir = opendir("/dev");
	struct dirent *entry;
	size_t seen = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (check_device(entry->d_name) < 0)
			say("there is a /dev/%s", entry->d_name);
		else
			seen++;
	}
	if (seen != COUNT(devices))
		say("of %zu devices there are %zu", COUNT(devices), seen);
	if (sem_open("/probe", O_CREAT, 0600, 1) != SEM_FAILED)
		say("there are named semaphores");
	if (open("/dev/tty", O_RDWR) >= 0)
		say("there is a terminal");
}

/* Is there such a program in PATH? */
static int
program_exists(const char *name)
{
	static const char *const folders[] = {
		"/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin", "/bin", "/sbin", "/opt/bin", "/var/task",
	};
	char path[300];

	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof path, "%s/%s", folders[i], name);
		if (access(path, X_OK) == 0)
			return 1;
	}
	return 0;
}

static void
check_programs(void)
{
	for (size_t i = 0; i < COUNT(present); i++)
		if (!program_exists(present[i]))
			say("%s is missing", present[i]);
	for (size_t i = 0; i < COUNT(absent); i++)
		if (program_exists(absent[i]))
			say("there is a program %s", absent[i]);
}

static void
check_environment(void)
{
	char folder[64];
	const char *value;
	size_t i;

	for (i = 0; i < COUNT(variables); i++) {
		value = getenv(variables[i][0]);
		if (value == NULL)
			say("the variable %s is missing", variables[i][0]);
		else if (variables[i][1] != NULL && strcmp(value, variables[i][1]) != 0)
			say("the variable %s is %s", variables[i][0], value);
	}
	for (char **e = environ; *e != NULL; e++) {
		for (i = 0; i < COUNT(variables); i++)
			if (strncmp(*e, variables[i][0], strlen(variables[i][0])) == 0 && (*e)[strlen(variables[i][0])] == '=')
				break;
		if (i == COUNT(variables))
			say("there is a variable %s", *e);
	}
	if (getcwd(folder, sizeof folder) == NULL || strcmp(folder, "/var/task") != 0)
		say("the folder is not /var/task");
}

static void
check_process(void)
{
	if (getpid() > 100)
		say("this is process %d, and there should be few", getpid());
	if (kill(1, 0) == 0 && getppid() != 1 && getppid() != 0)
		say("its parent is process %d", getppid());
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			say("descriptor %d is open", fd);
}

int
main(int argc, char *argv[])
{
	unsigned long processes = 0;
	int option, proc = 1;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "Pu:")) != -1) {
		if (option == 'P')
			proc = 0;
		else if (option == 'u')
			processes = strtoul(optarg, NULL, 10);
		else
			return 64;
	}
	check_process();
	check_user();
	check_files(proc);
	check_devices();
	check_programs();
	check_environment();
	check_architecture();
	check_limits(processes);
	check_calls(argv[optind] != NULL ? argv[optind] : "none");
	return wrong;
}
