/*
 * records: groups of sources.  The first group is pulled for each of its rows;
 * those after it are gone through again and again, and so are kept in memory.
 * There they are rows of values, all in one block.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/source.h"
#include "input/split.h"
#include "input/records.h"

struct group {
	struct source	**sources;
	size_t		  count;
	size_t		  pulled;	/* that gave theirs for the row in the making */
	struct value	 *row;		/* one of each source */

	struct words	  kept;		/* all rows, of a group that is not the first */
	size_t		 *sizes;	/* of each value, as in struct value */
	size_t		  sizes_room;
	size_t		  at;		/* the row of kept that comes next */
};

struct records {
	struct group	*groups;
	size_t		 group_count;
	size_t		 loaded;	/* groups that are kept; the first needs not be */
	bool		 turned;	/* the first group's row was used with all others */
	struct value	*fields;
	size_t		 field_count;
	uint64_t	 number;
	struct source	*waiting;
};

struct records *
records_new(void)
{
	struct records *r = mem_array(1, sizeof *r);

	r->loaded = 1;
	r->turned = true;
	return r;
}

void
records_free(struct records *r)
{
	struct group *g;
	size_t i, j;

	for (i = 0; i < r->group_count; i++) {
		g = &r->groups[i];
		for (j = 0; j < g->count; j++)
			source_free(g->sources[j]);
		free(g->sources);
		free(g->row);
		words_release(&g->kept);
		free(g->sizes);
	}
	free(r->groups);
	free(r->fields);
	free(r);
}

void
records_add(struct records *r, struct source *source, bool linked)
{
	struct group *g;

	if (r->group_count == 0 || !linked) {
		r->groups = mem_resize(r->groups, r->group_count + 1, sizeof *r->groups);
		r->groups[r->group_count++] = (struct group){0};
	}
	g = &r->groups[r->group_count - 1];
	g->sources = mem_resize(g->sources, g->count + 1, sizeof *g->sources);
	g->row = mem_resize(g->row, g->count + 1, sizeof *g->row);
	g->sources[g->count++] = source;
	r->fields = mem_resize(r->fields, ++r->field_count, sizeof *r->fields);
}

/* The next row of a group from its sources. */
static enum pull
records_pull(struct records *r, struct group *g)
{
	enum pull pull;

	for (; g->pulled < g->count; g->pulled++) {
		pull = source_next(g->sources[g->pulled], &g->row[g->pulled]);
		if (pull == PULL_OK)
			continue;
		r->waiting = g->sources[g->pulled];
		return pull;
	}
	g->pulled = 0;
	return PULL_OK;
}

static void
group_keep(struct group *g)
{
	size_t i, n = g->kept.count;

	if (n + g->count > g->sizes_room) {
		g->sizes_room = 2 * (n + g->count);
		g->sizes = mem_resize(g->sizes, g->sizes_room, sizeof *g->sizes);
	}
	for (i = 0; i < g->count; i++) {
		g->sizes[n + i] = g->row[i].size;
		words_add(&g->kept, g->row[i].bytes, g->row[i].length);
	}
}

/* Makes the row come from what is kept. */
static void
group_recall(struct group *g)
{
	size_t i, first = g->at * g->count;

	for (i = 0; i < g->count; i++) {
		g->row[i].bytes = words_at(&g->kept, first + i, &g->row[i].length);
		g->row[i].size = g->sizes[first + i];
	}
}

/* Reads all groups but the first to their ends.  PULL_END: one has nothing. */
static enum pull
records_load(struct records *r)
{
	struct group *g;
	enum pull pull;

	for (; r->loaded < r->group_count; r->loaded++) {
		g = &r->groups[r->loaded];
		while ((pull = records_pull(r, g)) == PULL_OK)
			group_keep(g);
		if (pull != PULL_END || g->kept.count == 0)
			return pull;
	}
	return PULL_OK;
}

/* On to the next row of what is kept, the last group fastest. */
static void
records_turn(struct records *r)
{
	struct group *g;
	size_t i;

	for (i = r->group_count; --i > 0; ) {
		g = &r->groups[i];
		if (++g->at * g->count < g->kept.count)
			return;
		g->at = 0;
	}
	r->turned = true;
}

enum pull
records_next(struct records *r, struct record *out)
{
	struct group *g;
	enum pull pull;
	size_t i, j, n = 0;

	if ((pull = records_load(r)) != PULL_OK)
		return pull;
	if (r->turned && (pull = records_pull(r, &r->groups[0])) != PULL_OK)
		return pull;
	r->turned = false;
	for (i = 0; i < r->group_count; i++) {
		g = &r->groups[i];
		if (i > 0)
			group_recall(g);
		for (j = 0; j < g->count; j++)
			r->fields[n++] = g->row[j];
	}
	records_turn(r);
	*out = (struct record){ r->fields, n, ++r->number };
	return PULL_OK;
}

struct source *
records_source(const struct records *r)
{
	return r->waiting;
}
