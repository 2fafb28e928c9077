/*
 * filter: writes what Lambda refuses as a seccomp filter, classic BPF, for bwrap --seccomp.
 *
 *   filter [prctl | all] >FILE
 *
 * With "prctl" every prctl(2) is refused, not only what is known to be. With "all" also whatever a program that takes any
 * errno for "do without" can do without. A call of another architecture ends the process.
 */

#include <sys/prctl.h>
#include <sys/syscall.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE	AUDIT_ARCH_X86_64
#define FOREIGN		0x40000000	/* numbers of x32 begin here */
#elif defined(__aarch64__)
#define ARCHITECTURE	AUDIT_ARCH_AARCH64
#define FOREIGN		0x80000000
#else
#error "Lambda has x86_64 and aarch64"
#endif

#define FIELD(field)	((unsigned)offsetof(struct seccomp_data, field))
#define COUNT(array)	(sizeof(array) / sizeof *(array))

struct refusal {
	unsigned call;
	int answer;
};

static const struct refusal always[] = {
	{ SYS_clone3,			ENOSYS },
	{ SYS_memfd_create,		ENOSYS },
	{ SYS_io_uring_setup,		ENOSYS },
	{ SYS_io_uring_enter,		ENOSYS },
	{ SYS_io_uring_register,	ENOSYS },
	{ SYS_pidfd_open,		ENOSYS },
	{ SYS_pidfd_send_signal,	ENOSYS },
	{ SYS_pidfd_getfd,		ENOSYS },
	{ SYS_close_range,		ENOSYS },
	{ SYS_userfaultfd,		ENOSYS },
	{ SYS_mq_open,			ENOSYS },
	{ SYS_shmget,			ENOSYS },
	{ SYS_semget,			ENOSYS },
	{ SYS_msgget,			ENOSYS },
	{ SYS_epoll_pwait2,		ENOSYS },
	{ SYS_ptrace,			EPERM },
	{ SYS_unshare,			EPERM },
	{ SYS_setns,			EPERM },
	{ SYS_mount,			EPERM },
	{ SYS_umount2,			EPERM },
	{ SYS_pivot_root,		EPERM },
	{ SYS_bpf,			EPERM },
	{ SYS_perf_event_open,		EPERM },
	{ SYS_keyctl,			EPERM },
	{ SYS_add_key,			EPERM },
	{ SYS_seccomp,			EPERM },
};

static const struct refusal all[] = {
	{ SYS_splice,			ENOSYS },
	{ SYS_tee,			ENOSYS },
	{ SYS_vmsplice,			ENOSYS },
	{ SYS_sendfile,			EINVAL },
	{ SYS_copy_file_range,		ENOSYS },
	{ SYS_signalfd4,		ENOSYS },
	{ SYS_timerfd_create,		ENOSYS },
	{ SYS_eventfd2,			ENOSYS },
	{ SYS_inotify_init1,		ENOSYS },
	{ SYS_preadv2,			ENOSYS },
	{ SYS_pwritev2,			ENOSYS },
	{ SYS_openat2,			ENOSYS },
	{ SYS_faccessat2,		ENOSYS },
	{ SYS_statx,			ENOSYS },
	{ SYS_rseq,			ENOSYS },
	{ SYS_getrandom,		ENOSYS },
	{ SYS_fallocate,		EPERM },
	{ SYS_setpriority,		EPERM },
	{ SYS_sched_setaffinity,	EPERM },
};

static const unsigned options[] = {
	PR_SET_NAME, PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP,
};

static struct sock_filter program[256];
static unsigned length;

static void
add(unsigned code, unsigned k, unsigned char yes, unsigned char no)
{
	if (length == COUNT(program))
		errx(1, "the program is too long");
	program[length++] = (struct sock_filter)BPF_JUMP((unsigned short)code, k, yes, no);
}

static void
load(unsigned field)
{
	add(BPF_LD | BPF_W | BPF_ABS, field, 0, 0);
}

static void
answer(unsigned with)
{
	add(BPF_RET | BPF_K, with, 0, 0);
}

/* Where what was loaded is this, that is the answer. */
static void
refuse(unsigned what, int with)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, what, 0, 1);
	answer(SECCOMP_RET_ERRNO | (unsigned)with);
}

static void
refuse_each(const struct refusal *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		refuse(list[i].call, list[i].answer);
}

int
main(int argc, char *argv[])
{
	int every_prctl = argc == 2 && (strcmp(argv[1], "prctl") == 0 || strcmp(argv[1], "all") == 0);
	ssize_t size;

	if (argc > 2 || (argc == 2 && !every_prctl))
		errx(64, "usage: filter [prctl | all]");
	load(FIELD(arch));
	add(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
	answer(SECCOMP_RET_KILL_PROCESS);
	load(FIELD(nr));
	add(BPF_JMP | BPF_JGE | BPF_K, FOREIGN, 0, 1);
	answer(SECCOMP_RET_KILL_PROCESS);
	refuse_each(always, COUNT(always));
	if (every_prctl)
		refuse(SYS_prctl, EPERM);
	if (every_prctl && strcmp(argv[1], "all") == 0) {
		refuse_each(all, COUNT(all));
		/* A pipe has the size it has. */
		add(BPF_JMP | BPF_JEQ | BPF_K, SYS_fcntl, 0, 4);
		load(FIELD(args[1]));
		refuse(F_SETPIPE_SZ, EPERM);
		answer(SECCOMP_RET_ALLOW);
	}
	add(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 1, 0);
	answer(SECCOMP_RET_ALLOW);
	/* Its first argument is an int: the low half, which comes first on both. */
	load(FIELD(args[0]));
	for (size_t i = 0; i < COUNT(options); i++)
		refuse(options[i], EPERM);
	answer(SECCOMP_RET_ALLOW);
	size = (ssize_t)(length * sizeof *program);
	if (write(1, program, (size_t)size) != size)
		err(1, "write");
	return 0;
}
