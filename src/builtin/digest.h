/*
 * digest: what the builtins for checksums have in common.  Include parmap.h first.
 */
#include <stdint.h>

struct digest {
	void	(*start)(void);
	void	(*add)(const uint8_t *, size_t);
	void	(*end)(uint8_t *);
	size_t	  length;
};

/* The builtin for it. */
int	digest_run(const struct digest *, int, char **, struct io *);
