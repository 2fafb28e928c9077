/*
 * gate: may another job start?  It never waits: whoever asks is told when to ask
 * again.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gate;
struct plan;

struct gate	*gate_new(const struct plan *);
void		 gate_free(struct gate *);

/* Is there a slot beside those of that many jobs? */
bool		 gate_has_slot(const struct gate *, size_t);

/* One slot more, if there is room for it, or one fewer, down to one. */
void		 gate_add_slot(struct gate *);
void		 gate_drop_slot(struct gate *);

/* 0 if a job may start at that moment, or else the moment to ask again. */
int64_t		 gate_ask(struct gate *, int64_t now);

/* One was started. */
void		 gate_started(struct gate *, int64_t now);
