/*
 * limits: how much there is of what jobs need.
 */
#include <stdbool.h>
#include <stddef.h>

/*
 * CPUs we may use: those of our affinity, or fewer if a cgroup (version 1 or 2)
 * has a quota; at least 1.  Files are looked up below that directory, "" for
 * the real ones.
 */
size_t	limits_cpus(const char *);

/* CPUs of the machine, whether we may use them or not; at least 1. */
size_t	limits_machine_cpus(void);

/* The load average of the last minute, or -1 if nobody knows. */
double	limits_load(void);

/*
 * Jobs of so many pipes each that can run at once with the descriptors we may still
 * open beside those of files; maybe 0.
 */
size_t	limits_slots(size_t files, size_t pipes);

/* So much of a resource of setrlimit(2), but not more than we can give. */
size_t	limits_most(int resource, size_t);

/* May processes of ours be that nice? */
bool	limits_nice(int);

/* Processes that we, with all others of our user, may have. */
size_t	limits_processes(void);

/* Descriptors we may have at all, for messages. */
size_t	limits_descriptors(void);
