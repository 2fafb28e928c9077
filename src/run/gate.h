/*
 * gate: may another job start?  It never waits: whoever asks is told when to ask
 * again, or what to poll until then.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate;
struct plan;

/* NULL and errno if the jobserver cannot be made that the plan asks for. */
struct gate	*gate_new(const struct plan *);
void		 gate_free(struct gate *);

/* Is there a slot beside those of that many jobs? */
bool		 gate_has_slot(const struct gate *, size_t);

/* One slot more, if there is room for it, or one fewer, down to one. */
void		 gate_add_slot(struct gate *);
void		 gate_drop_slot(struct gate *);

/* 0 if a job may start at that moment, or else the moment to ask again. */
int64_t		 gate_ask(struct gate *, int64_t now);

/*
 * May one start beside so many that run, for all that share a jobserver with us?  Then it
 * has a token, until gate_keep says that there are fewer.
 */
bool		 gate_take(struct gate *, size_t);

/* So many jobs run: what of tokens they do not need is for others. */
void		 gate_keep(struct gate *, size_t);

/* To be polled for reading after gate_take refused, or -1. */
int		 gate_fd(const struct gate *);

/* One was started. */
void		 gate_started(struct gate *, int64_t now);
