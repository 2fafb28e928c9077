/*
 * kin: /proc/PID/task/TID/children has the children that a thread of a process has
 * now.  Nothing that is not of the tree is looked at.  A process can be gone, and
 * its number be another's, from one file to the next; then there is less to find, or
 * the start time tells.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/num.h"
#include "run/clock.h"
#include "run/kin.h"

#define ENVIRONMENT_MOST	(8 << 20)	/* bytes; more than execve(2) takes */

/* Numbers behind the state of a process in /proc/PID/stat, see proc(5): there from 4 on. */
enum { FIELD_PARENT, FIELD_GROUP, FIELD_THREADS = 16, FIELD_START = 18, FIELDS };

static int
kin_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* What /proc/PID/stat has.  Of a process that has ended nothing is left but that. */
static bool
kin_of(pid_t pid, struct kin *k)
{
	uintmax_t fields[FIELDS];
	char path[64], line[1024], state;
	const char *p;
	ssize_t n;
	size_t i;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%jd/stat", (intmax_t)pid);
	if ((fd = kin_open(path)) == -1)
		return false;
	n = read(fd, line, sizeof line - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	/* Its name is in parentheses, and may have any bytes, these included. */
	if ((p = strrchr(line, ')')) == NULL || p[1] != ' ' || p[2] == '\0')
		return false;
	state = p[2];
	p += 3;
	for (i = 0; i < FIELDS; i++)
		if (!num_next(&p, 10, &fields[i]))
			return false;
	*k = (struct kin){
		.pid = pid, .parent = (pid_t)fields[FIELD_PARENT],
		.group = (pid_t)fields[FIELD_GROUP], .threads = (long)fields[FIELD_THREADS],
		.start = fields[FIELD_START],
	};
	/* A zombie with threads is one that lives on without its first thread. */
	return (state != 'Z' && state != 'X') || k->threads > 1;
}

bool
kin_lives(const struct kin *k)
{
	struct kin now;

	return kin_of(k->pid, &now) && now.start == k->start;
}

int64_t
kin_began(const struct kin *k, int64_t now)
{
	long ticks = sysconf(_SC_CLK_TCK);
	struct timespec boot;
	int64_t age;

	if (k->start == 0 || ticks <= 0 || clock_gettime(CLOCK_BOOTTIME, &boot) == -1)
		return now;
	/* It began within the tick: by its end it has. */
	age = boot.tv_sec * CLOCK_S + boot.tv_nsec -
	    (int64_t)((k->start + 1) * (unsigned long long)(CLOCK_S / ticks));
	return age > 0 && age < now ? now - age : now;
}

static void
kins_add(struct kins *kins, const struct kin *k)
{
	if (kins->count == kins->room) {
		kins->room = kins->room != 0 ? 2 * kins->room : 16;
		kins->list = mem_resize(kins->list, kins->room, sizeof *kins->list);
	}
	kins->list[kins->count++] = *k;
}

/* Who is left out. */
struct filter {
	bool	(*skips)(void *, const struct kin *);
	void	*arg;
};

/* Adds the children of one thread. */
static void
kins_add_thread(struct kins *kins, pid_t pid, const char *thread,
    const struct filter *filter)
{
	char path[96], bytes[4096];
	struct kin child;
	pid_t number = 0;
	ssize_t n, i;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%jd/task/%.20s/children", (intmax_t)pid,
	    thread);
	if ((fd = kin_open(path)) == -1)
		return;
	while ((n = read(fd, bytes, sizeof bytes)) > 0)
		for (i = 0; i < n; i++) {
			if (bytes[i] >= '0' && bytes[i] <= '9') {
				number = 10 * number + (bytes[i] - '0');
				continue;
			}
			if (number != 0 && kin_of(number, &child) &&
			    (filter->skips == NULL || !filter->skips(filter->arg, &child)))
				kins_add(kins, &child);
			number = 0;
		}
	(void)close(fd);
}

/* Adds the children of one process: of all its threads. */
static void
kins_add_children(struct kins *kins, pid_t pid, long threads, const struct filter *filter)
{
	char path[64];
	const struct dirent *entry;
	DIR *dir;

	(void)snprintf(path, sizeof path, "%jd", (intmax_t)pid);
	if (threads <= 1) {
		kins_add_thread(kins, pid, path, filter);
		return;
	}
	(void)snprintf(path, sizeof path, "/proc/%jd/task", (intmax_t)pid);
	if ((dir = opendir(path)) == NULL)
		return;
	while ((entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			kins_add_thread(kins, pid, entry->d_name, filter);
	(void)closedir(dir);
}

/* That of another pid namespace has other processes by our numbers. */
static bool
is_our_proc(void)
{
	char link[32];
	ssize_t n = readlink("/proc/self", link, sizeof link - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	return strtoll(link, NULL, 10) == getpid();
}

void
kin_children(struct kins *kins)
{
	static const struct filter nobody;

	if (is_our_proc())
		kins_add_children(kins, getpid(), 1, &nobody);
}

void
kin_find(struct kins *kins, pid_t pid, bool (*skips)(void *, const struct kin *),
    void *arg)
{
	const struct filter filter = { .skips = skips, .arg = arg };
	size_t i = kins->count;
	struct kin root;

	if (!is_our_proc() || !kin_of(pid, &root))
		return;
	kins_add_children(kins, pid, root.threads, &filter);
	for (; i < kins->count; i++)
		kins_add_children(kins, kins->list[i].pid, kins->list[i].threads, &filter);
}

/* Is it in those strings, each with a NUL, with another value? */
static bool
environment_has(const struct buf *env, const char *name, const char *value)
{
	size_t length = strlen(name);
	const char *s = env->data, *end = s + env->length;

	for (; s < end; s += strlen(s) + 1)
		if (strncmp(s, name, length) == 0 && s[length] == '=')
			return value == NULL || strcmp(s + length + 1, value) != 0;
	return false;
}

bool
kin_has(const struct kin *k, const char *name, const char *value)
{
	struct buf env = {0};
	char path[64];
	ssize_t n;
	bool has;
	int fd;

	(void)snprintf(path, sizeof path, "/proc/%jd/environ", (intmax_t)k->pid);
	if ((fd = kin_open(path)) == -1)
		return false;
	do {
		buf_reserve(&env, 65536);
		n = read(fd, env.data + env.length, 65536);
		if (n > 0)
			env.length += (size_t)n;
	} while (n > 0 && env.length < ENVIRONMENT_MOST);
	(void)close(fd);
	buf_add_byte(&env, '\0');
	has = environment_has(&env, name, value);
	buf_release(&env);
	return has;
}
