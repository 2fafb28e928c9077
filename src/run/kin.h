/*
 * kin: the processes that descend from one, whatever group or session they are in.
 * Where /proc does not tell there are none, and nothing is known of any.
 */
#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kin {
	pid_t		   pid;
	pid_t		   parent;
	pid_t		   group;
	long		   threads;
	unsigned long long start;	/* the kernel's; with the number it is unique */
};

/* The list is the caller's: free(3). */
struct kins {
	struct kin	*list;
	size_t		 count;
	size_t		 room;
};

/* Is it still there, the same process, and alive? */
bool	kin_lives(const struct kin *);

/* The moment it was started, or a little later; now if that is not known. */
int64_t	kin_began(const struct kin *, int64_t now);

/* The children of ourselves. */
void	kin_children(struct kins *);

/*
 * Adds the descendants of that process, who may come and go meanwhile, parents before
 * their children.  Those of which the function says so are left out, with all of theirs,
 * unless it is NULL.
 */
void	kin_find(struct kins *, pid_t, bool (*)(void *, const struct kin *), void *);

/* Was it started with that variable in its environment, and not with that value? */
bool	kin_has(const struct kin *, const char *name, const char *value);
