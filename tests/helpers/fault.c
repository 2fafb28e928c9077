/*
 * fault: for LD_PRELOAD, makes a system call of the program fail, or malloc and its kin.
 *
 *	FAULT=write:3:ENOSPC	the third write
 *	FAULT=write:3-4:ENOSPC	the third and the fourth
 *	FAULT=write:3+:ENOSPC	the third, and all after it
 *	FAULT=write:3:short	moves one byte of what it was asked for
 *	FAULT=count:FILE	none, but how often each was called is in FILE at the end
 *
 * Of what the program starts nothing fails, as the environment it gets has neither
 * variable; but a child of vfork(2) is the program, until its execve(2).  Calls that
 * libc makes on its own behalf, as stdio does, are not seen.
 */
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define countof(array)	(sizeof(array) / sizeof *(array))

static const struct { const char *name; int number; } errors[] = {
	{ "EACCES", EACCES }, { "EAGAIN", EAGAIN }, { "EINTR", EINTR }, { "EINVAL", EINVAL },
	{ "EIO", EIO }, { "EMFILE", EMFILE }, { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC },
	{ "EPERM", EPERM }, { "EPIPE", EPIPE },
};

/* One of them, as often as it was called. */
struct call {
	const char	*name;
	unsigned long	 count;
	struct call	*next;
};

static struct call *calls;	/* for FAULT=count */
static const char *count_file;
static char victim[16];		/* the call that is to fail, ... */
static unsigned long first, last;	/* these times: */
static int error;		/* 0: it is short */

/* Is this call the one?  Then errno is set, unless it is to be short. */
static bool
strikes(struct call *call)
{
	if (count_file != NULL && call->count == 0) {
		call->next = calls;
		calls = call;
	}
	call->count++;
	if (call->count < first || call->count > last || strcmp(victim, call->name) != 0)
		return false;
	if (error != 0)
		errno = error;
	return true;
}

static void
fault_parse(const char *fault)
{
	char name[16], after = '\0';
	size_t i;

	if (sscanf(fault, "%15[a-z0-9]:%lu%c%lu", victim, &first, &after, &last) < 2 ||
	    sscanf(strrchr(fault, ':'), ":%15s", name) != 1)
		abort();
	if (after != '-')
		last = after == '+' ? ULONG_MAX : first;
	if (strcmp(name, "short") == 0)
		return;
	for (i = 0; i < countof(errors); i++)
		if (strcmp(errors[i].name, name) == 0)
			error = errors[i].number;
	if (error == 0)
		abort();
}

static void __attribute__((constructor))
fault_begin(void)
{
	static char file[4096];
	const char *fault = getenv("FAULT");

	if (fault != NULL && sscanf(fault, "count:%4095s", file) == 1)
		count_file = file;
	else if (fault != NULL)
		fault_parse(fault);
	(void)unsetenv("FAULT");
	(void)unsetenv("LD_PRELOAD");
}

static void __attribute__((destructor))
fault_end(void)
{
	const struct call *call;
	FILE *f = count_file != NULL ? fopen(count_file, "w") : NULL;

	count_file = NULL;
	for (call = calls; f != NULL && call != NULL; call = call->next)
		(void)fprintf(f, "%s %lu\n", call->name, call->count);
	if (f != NULL)
		(void)fclose(f);
}

static void *
find(const char *name)
{
	void *real = dlsym(RTLD_NEXT, name);

	if (real == NULL)
		abort();
	return real;
}

/* Is it to fail, not to be short?  If it is, it gets another size. */
static bool
fails(size_t *size)
{
	if (error == 0 && *size > 1)
		*size = 1;
	return error != 0;
}

/* Finds the function of that name that is behind ours, and asks whether it is the one. */
#define STRIKES(name)	static struct call call = { #name, 0, NULL }; \
			static __typeof__(name) *real; \
			if (real == NULL) *(void **)&real = find(#name); \
			if (strikes(&call)

/* What follows is to come instead of the call. */
#define CALL(name)	STRIKES(name) && error != 0)
#define SIZED(name, size) STRIKES(name) && fails(&size))

ssize_t
read(int fd, void *data, size_t size)
{
	SIZED(read, size) return -1;
	return real(fd, data, size);
}

ssize_t
write(int fd, const void *data, size_t size)
{
	SIZED(write, size) return -1;
	return real(fd, data, size);
}

ssize_t
pread(int fd, void *data, size_t size, off_t place)
{
	SIZED(pread, size) return -1;
	return real(fd, data, size, place);
}

ssize_t
pwrite(int fd, const void *data, size_t size, off_t place)
{
	SIZED(pwrite, size) return -1;
	return real(fd, data, size, place);
}

ssize_t
send(int fd, const void *data, size_t size, int flags)
{
	SIZED(send, size) return -1;
	return real(fd, data, size, flags);
}

ssize_t
splice(int in, off_t *from_place, int out, off_t *to_place, size_t size, unsigned int flags)
{
	SIZED(splice, size) return -1;
	return real(in, from_place, out, to_place, size, flags);
}

ssize_t
preadv2(int fd, const struct iovec *iov, int count, off_t place, int flags)
{
	CALL(preadv2) return -1;
	return real(fd, iov, count, place, flags);
}

/* The mode, if there is one, is the last argument. */
#define OPENED(name, ...)	mode_t mode = 0; \
			va_list ap; \
			if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) { \
				va_start(ap, flags); \
				mode = va_arg(ap, mode_t); \
				va_end(ap); \
			} \
			CALL(name) return -1; \
			return real(__VA_ARGS__, mode)

int
open(const char *path, int flags, ...)
{
	OPENED(open, path, flags);
}

int
openat(int dir, const char *path, int flags, ...)
{
	OPENED(openat, dir, path, flags);
}

int
mkostemp(char *path, int flags)
{
	CALL(mkostemp) return -1;
	return real(path, flags);
}

int
pipe2(int fds[2], int flags)
{
	CALL(pipe2) return -1;
	return real(fds, flags);
}

/* The child must not return from here before its parent does: this is a jump. */
pid_t
vfork(void)
{
	static struct call call = { "vfork", 0, NULL };
	static pid_t (*real)(void);

	if (real == NULL)
		*(void **)&real = find("vfork");
	if (strikes(&call) && error != 0)
		return -1;
	return real();
}

int
poll(struct pollfd *fds, nfds_t count, int timeout)
{
	CALL(poll) return -1;
	return real(fds, count, timeout);
}

int
ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout, const sigset_t *mask)
{
	CALL(ppoll) return -1;
	return real(fds, count, timeout, mask);
}

pid_t
wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	CALL(wait4) return -1;
	return real(pid, status, options, usage);
}

void *
mmap(void *place, size_t size, int protection, int flags, int fd, off_t offset)
{
	CALL(mmap) return MAP_FAILED;
	return real(place, size, protection, flags, fd, offset);
}

int
dup(int fd)
{
	CALL(dup) return -1;
	return real(fd);
}

int
dup2(int fd, int as)
{
	CALL(dup2) return -1;
	return real(fd, as);
}

/* Of all its kinds the third argument is passed on as what is as large as any. */
int
fcntl(int fd, int what, ...)
{
	va_list ap;
	long value;

	va_start(ap, what);
	value = va_arg(ap, long);
	va_end(ap);
	CALL(fcntl) return -1;
	return real(fd, what, value);
}

int
close(int fd)
{
	int closed;
	static struct call call = { "close", 0, NULL };
	static __typeof__(close) *real;

	if (real == NULL)
		*(void **)&real = find("close");
	/* It is closed all the same. */
	closed = real(fd);
	return strikes(&call) && error != 0 ? -1 : closed;
}

int
fstat(int fd, struct stat *st)
{
	CALL(fstat) return -1;
	return real(fd, st);
}

int
fstatvfs(int fd, struct statvfs *fs)
{
	CALL(fstatvfs) return -1;
	return real(fd, fs);
}

off_t
lseek(int fd, off_t place, int from_where)
{
	CALL(lseek) return -1;
	return real(fd, place, from_where);
}

int
ftruncate(int fd, off_t length)
{
	CALL(ftruncate) return -1;
	return real(fd, length);
}

int
flock(int fd, int what)
{
	CALL(flock) return -1;
	return real(fd, what);
}

int
fsync(int fd)
{
	CALL(fsync) return -1;
	return real(fd);
}

int
fdatasync(int fd)
{
	CALL(fdatasync) return -1;
	return real(fd);
}

int
renameat(int from_dir, const char *from_path, int to_dir, const char *to_path)
{
	CALL(renameat) return -1;
	return real(from_dir, from_path, to_dir, to_path);
}

int
mkdirat(int dir, const char *path, mode_t mode)
{
	CALL(mkdirat) return -1;
	return real(dir, path, mode);
}

int
unlinkat(int dir, const char *path, int flags)
{
	CALL(unlinkat) return -1;
	return real(dir, path, flags);
}

int
kill(pid_t pid, int sig)
{
	CALL(kill) return -1;
	return real(pid, sig);
}

int
setpgid(pid_t pid, pid_t group)
{
	CALL(setpgid) return -1;
	return real(pid, group);
}

/* glibc's names for what is under malloc, as looking for it would call malloc. */
void	*__libc_malloc(size_t);
void	*__libc_calloc(size_t, size_t);
void	*__libc_realloc(void *, size_t);

void *
malloc(size_t size)
{
	static struct call call = { "malloc", 0, NULL };

	return strikes(&call) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	static struct call call = { "calloc", 0, NULL };

	return strikes(&call) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	static struct call call = { "realloc", 0, NULL };

	return strikes(&call) ? NULL : __libc_realloc(old, size);
}
