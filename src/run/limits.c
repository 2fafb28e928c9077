/*
 * limits: CPUs by sched_getaffinity(2) and by quota.  A cgroup's quota is that
 * of the tightest among it and its parents; where a container hides these, the
 * root of what is mounted is what counts.
 */
#include <sys/resource.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "run/limits.h"

#define CPUS_MOST	(1 << 16)

/*
 * Our own: two outlets, /dev/null, the spill file, and the far
 * ends of a job's pipes while it is started.
 */
#define OWN_DESCRIPTORS	7

size_t
limits_machine_cpus(void)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);

	return online > 0 ? (size_t)online : 1;
}

static size_t
affinity_cpus(void)
{
	cpu_set_t *set;
	size_t size;
	int n, count = 0;

	for (n = CPU_SETSIZE; n <= CPUS_MOST && count == 0; n *= 4) {
		if ((set = CPU_ALLOC((size_t)n)) == NULL)
			break;
		size = CPU_ALLOC_SIZE((size_t)n);
		if (sched_getaffinity(0, size, set) == 0)
			count = CPU_COUNT_S(size, set);
		else if (errno != EINVAL)
			n = CPUS_MOST;		/* not to be had */
		CPU_FREE(set);
	}
	return count > 0 ? (size_t)count : limits_machine_cpus();
}

/* The first line of a file, without its newline: false if there is none. */
static bool
read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd == -1)
		return false;
	n = read(fd, line, size - 1);
	(void)close(fd);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static size_t
quota_cpus(long long quota, long long period, size_t most)
{
	long long cpus;

	if (quota <= 0 || period <= 0)
		return most;
	cpus = (quota - 1) / period + 1;
	return (unsigned long long)cpus < most ? (size_t)cpus : most;
}

/* The quota in one directory, if it is less than that. */
static size_t
cgroup_cpus(const char *dir, bool v2, size_t most)
{
	char path[PATH_MAX + 32], line[64], period[64];
	const char *next = line;
	uintmax_t quota, every;

	if (v2) {
		(void)snprintf(path, sizeof path, "%s/cpu.max", dir);
		if (!read_line(path, line, sizeof line) ||
		    !num_next(&next, 10, &quota) || !num_next(&next, 10, &every))
			return most;
		return quota_cpus((long long)quota, (long long)every, most);
	}
	(void)snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", dir);
	if (!read_line(path, line, sizeof line))
		return most;
	(void)snprintf(path, sizeof path, "%s/cpu.cfs_period_us", dir);
	if (!read_line(path, period, sizeof period))
		return most;
	return quota_cpus(atoll(line), atoll(period), most);
}

/* The tightest quota from a cgroup up to the root of its mount. */
static size_t
cgroup_path_cpus(const char *mount, const char *group, bool v2, size_t most)
{
	char dir[PATH_MAX];
	size_t root = strlen(mount);
	char *slash;

	if (snprintf(dir, sizeof dir, "%s%s", mount, group) >= (int)sizeof dir)
		return most;
	for (;;) {
		most = cgroup_cpus(dir, v2, most);
		slash = strrchr(dir, '/');
		if (slash == NULL || slash < dir + root)
			return most;
		*slash = '\0';
	}
}

/* Is cpu among the comma-separated controllers of a line of /proc/self/cgroup? */
static bool
has_cpu(const char *controllers)
{
	size_t n;

	for (; *controllers != '\0'; controllers += n + (controllers[n] == ',')) {
		n = strcspn(controllers, ",");
		if (n == 3 && strncmp(controllers, "cpu", 3) == 0)
			return true;
	}
	return false;
}

/* One line of /proc/self/cgroup: number, controllers, path. */
static size_t
cgroup_line_cpus(const char *root, char *line, size_t most)
{
	char mount[PATH_MAX], *controllers, *group;
	bool v2;

	if ((controllers = strchr(line, ':')) == NULL ||
	    (group = strchr(++controllers, ':')) == NULL)
		return most;
	*group++ = '\0';
	v2 = *controllers == '\0';
	if (!v2 && !has_cpu(controllers))
		return most;
	(void)snprintf(mount, sizeof mount, "%s/sys/fs/cgroup%s%s", root,
	    v2 ? "" : "/", controllers);
	return cgroup_path_cpus(mount, group, v2, most);
}

size_t
limits_cpus(const char *root)
{
	size_t cpus = affinity_cpus();
	char path[PATH_MAX], line[PATH_MAX + 64];
	FILE *f;

	(void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
	if ((f = fopen(path, "re")) == NULL)
		return cpus;
	while (fgets(line, sizeof line, f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		cpus = cgroup_line_cpus(root, line, cpus);
	}
	(void)fclose(f);
	return cpus > 0 ? cpus : 1;
}

double
limits_load(void)
{
	char line[64];
	double load;

	/* A container may have a load of its own there; getloadavg(3) asks the kernel. */
	if (read_line("/proc/loadavg", line, sizeof line) &&
	    isdigit((unsigned char)line[0]))
		return strtod(line, NULL);
	return getloadavg(&load, 1) == 1 ? load : -1;
}

bool
limits_nice(int niceness)
{
	int ours = getpriority(PRIO_PROCESS, 0);

	if (niceness >= ours)
		return true;
	/* Only trying tells; the way back is always free. */
	if (setpriority(PRIO_PROCESS, 0, niceness) == -1)
		return false;
	(void)setpriority(PRIO_PROCESS, 0, ours);
	return true;
}

/* What there is of a resource, or INT_MAX if there is no limit to it. */
static size_t
limits_resource(int resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == -1 ||
	    limit.rlim_cur > INT_MAX)
		return INT_MAX;
	return (size_t)limit.rlim_cur;
}

size_t
limits_most(int resource, size_t wanted)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) == -1 || limit.rlim_max >= wanted)
		return wanted;
	return (size_t)limit.rlim_max;
}

size_t
limits_descriptors(void)
{
	return limits_resource(RLIMIT_NOFILE);
}

size_t
limits_processes(void)
{
	return limits_resource(RLIMIT_NPROC);
}

size_t
limits_slots(size_t files, size_t pipes)
{
	size_t most = limits_descriptors(), used = 0;
	int fd;

	/* What is open further up than this costs us nothing below it. */
	for (fd = 0; fd < 1024 && (size_t)fd < most; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			used++;
	if (most < used + OWN_DESCRIPTORS + files)
		return 0;
	return (most - used - OWN_DESCRIPTORS - files) / pipes;
}
