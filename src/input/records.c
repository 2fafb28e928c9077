/*
 * records: groups of sources.  The first group is pulled for each of its rows;
 * those after it are gone through again and again, and so are kept in memory.
 * There they are rows of values, all in one block.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/words.h"
#include "input/source.h"
#include "plan.h"
#include "input/split.h"
#include "input/columns.h"
#include "input/records.h"

#define TIRED	4096		/* rows */

/* Rows that are kept, one after the other. */
struct shelf {
	struct words	 values;
	size_t		*sizes;		/* of each, as in struct value */
	size_t		 sizes_room;
	struct shelved {
		size_t	end;		/* of its values */
		bool	open;
	}		*rows;
	size_t		 count;
	size_t		 room;
};

/* A source in its group. */
struct member {
	struct source	*source;
	struct value	 value;		/* its latest */
	struct shelf	 kept;		/* all of them, if it may have to begin again */
	size_t		 again;		/* the next of these, once it has ended */
	bool		 ended;
	struct buf	 unquoted;	/* what columns need for its fields */
};

struct group {
	struct member	*members;
	size_t		 count;
	size_t		 pulled;	/* that gave theirs for the row in the making */
	bool		 named;		/* the header has been read */
	struct row	 row;		/* the fields of all members' values */
	bool		 open;		/* a quote in it was not closed */
	struct shelf	 shelf;		/* not of the first group */
	size_t		 at;		/* the row of the shelf that comes next */
};

struct records {
	struct records_style	 style;
	struct words		 names;
	struct group		*groups;
	size_t			 group_count;
	size_t			 loaded;	/* groups whose shelves are full */
	bool			 turned;	/* the first group's row met all others */
	struct row		 fields;
	uint64_t		 number;
	struct source		*waiting;
	unsigned int		 untired;	/* rows read without a pause */
	struct group		 pool;		/* records read ahead, or all: its shelf */
	size_t			*order;		/* in which they come, if shuffled */
	size_t			 drawn;		/* of them */
	bool			 pooled;	/* all are there */
	bool			 failed;	/* or no more will be */
	struct words		 copy;		/* the one that was drawn: bytes, */
	struct row		 taken;		/* and fields */
};

struct records *
records_new(const struct records_style *style)
{
	struct records *r = mem_array(1, sizeof *r);

	r->style = *style;
	r->turned = true;
	return r;
}

static void
shelf_release(struct shelf *s)
{
	words_release(&s->values);
	free(s->sizes);
	free(s->rows);
	*s = (struct shelf){0};
}

static void
group_release(struct group *g)
{
	size_t i;

	for (i = 0; i < g->count; i++) {
		source_free(g->members[i].source);
		buf_release(&g->members[i].unquoted);
		shelf_release(&g->members[i].kept);
	}
	free(g->members);
	free(g->row.values);
	shelf_release(&g->shelf);
}

void
records_free(struct records *r)
{
	size_t i;

	for (i = 0; i < r->group_count; i++)
		group_release(&r->groups[i]);
	group_release(&r->pool);
	free(r->order);
	words_release(&r->copy);
	free(r->taken.values);
	free(r->groups);
	free(r->fields.values);
	words_release(&r->names);
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
	g->members = mem_resize(g->members, g->count + 1, sizeof *g->members);
	g->members[g->count++] = (struct member){ .source = source };
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static void
value_trim(struct value *v, const struct records_style *style)
{
	size_t length = v->length;

	while (style->trim_left && v->length > 0 && is_blank(v->bytes[0])) {
		v->bytes++;
		v->length--;
	}
	while (style->trim_right && v->length > 0 && is_blank(v->bytes[v->length - 1]))
		v->length--;
	v->size -= length - v->length;
}

/* Makes the row of what the members gave. */
static void
group_compose(struct group *g, const struct records_style *style)
{
	const struct columns *columns = style->columns;
	struct member *m;
	size_t i;

	g->row.count = 0;
	g->open = false;
	for (m = g->members; m < g->members + g->count; m++)
		if (columns == NULL)
			row_add(&g->row, &m->value);
		else if (!columns_cut(columns, &m->value, &g->row, &m->unquoted))
			g->open = true;
	for (i = 0; i < g->row.count; i++)
		value_trim(&g->row.values[i], style);
}

/* Puts a row of values on the shelf. */
static void
shelf_add(struct shelf *s, const struct value *values, size_t count, bool open)
{
	size_t i, n = s->values.count;

	if (n + count > s->sizes_room) {
		s->sizes_room = 2 * (n + count);
		s->sizes = mem_resize(s->sizes, s->sizes_room, sizeof *s->sizes);
	}
	for (i = 0; i < count; i++) {
		s->sizes[n + i] = values[i].size;
		words_add(&s->values, values[i].bytes, values[i].length);
	}
	if (s->count == s->room) {
		s->room = s->room != 0 ? 2 * s->room : 16;
		s->rows = mem_resize(s->rows, s->room, sizeof *s->rows);
	}
	s->rows[s->count++] = (struct shelved){ s->values.count, open };
}

/* One of all values on it. */
static struct value
shelf_value(const struct shelf *s, size_t i)
{
	struct value v = { .size = s->sizes[i], .ends_line = true };

	v.bytes = words_at(&s->values, i, &v.length);
	return v;
}

/* The next value of a member which begins again when it has ended. */
static enum pull
member_pull_wrapped(struct member *m)
{
	enum pull pull = m->ended ? PULL_END : source_next(m->source, &m->value);

	if (pull == PULL_OK)
		shelf_add(&m->kept, &m->value, 1, false);
	if (pull != PULL_END || m->kept.count == 0)
		return pull;
	m->ended = true;
	m->value = shelf_value(&m->kept, m->again);
	m->again = (m->again + 1) % m->kept.count;
	return PULL_OK;
}

static bool
group_ended(const struct group *g)
{
	size_t i;

	for (i = 0; i < g->count; i++)
		if (!g->members[i].ended)
			return false;
	return true;
}

/* The next row of a group from its sources. */
static enum pull
records_pull(struct records *r, struct group *g)
{
	struct member *m;
	enum pull pull;

	for (; g->pulled < g->count; g->pulled++) {
		m = &g->members[g->pulled];
		pull = r->style.wrap && g->count > 1 ? member_pull_wrapped(m) :
		    source_next(m->source, &m->value);
		if (pull == PULL_OK)
			continue;
		r->waiting = m->source;
		return pull;
	}
	g->pulled = 0;
	if (group_ended(g))
		return PULL_END;
	group_compose(g, &r->style);
	return PULL_OK;
}

/* The first row of a group, if it has the names. */
static enum pull
records_pull_names(struct records *r, struct group *g)
{
	enum pull pull;
	size_t i;

	if (!r->style.headed || g->named)
		return PULL_OK;
	if ((pull = records_pull(r, g)) != PULL_OK)
		return pull;
	if (g->open) {
		r->waiting = g->members[0].source;
		source_spoil(r->waiting, "a quote in the header is not closed");
		return PULL_FAILED;
	}
	for (i = 0; i < g->row.count; i++)
		words_add(&r->names, g->row.values[i].bytes, g->row.values[i].length);
	for (i = 0; i < g->count; i++)
		shelf_release(&g->members[i].kept);
	g->named = true;
	return PULL_OK;
}

/* Puts the row on the shelf. */
static void
group_keep(struct group *g)
{
	shelf_add(&g->shelf, g->row.values, g->row.count, g->open);
}

/* Makes the row that of the shelf whose turn it is. */
static void
group_recall(struct group *g)
{
	const struct shelf *s = &g->shelf;
	struct value v;
	size_t i;

	g->row.count = 0;
	g->open = s->rows[g->at].open;
	for (i = g->at > 0 ? s->rows[g->at - 1].end : 0; i < s->rows[g->at].end; i++) {
		v = shelf_value(s, i);
		row_add(&g->row, &v);
	}
}

/*
 * So many rows were read at once that others may have their turn first?  Who waits
 * for that group's file then need not wait.
 */
static bool
records_tires(struct records *r, struct group *g)
{
	if (++r->untired % TIRED != 0 || source_fd(g->members[0].source) == -1)
		return false;
	r->waiting = g->members[0].source;
	return true;
}

/*
 * The names of the first group, and then all of the others, so that the names are
 * in order.  PULL_END: one has nothing.
 */
static enum pull
records_load(struct records *r)
{
	struct group *g;
	enum pull pull;

	for (; r->loaded < r->group_count; r->loaded++) {
		g = &r->groups[r->loaded];
		if ((pull = records_pull_names(r, g)) != PULL_OK)
			return pull;
		if (r->loaded == 0)
			continue;
		while ((pull = records_pull(r, g)) == PULL_OK) {
			group_keep(g);
			if (records_tires(r, g))
				return PULL_WAIT;
		}
		if (pull != PULL_END || g->shelf.count == 0)
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
		if (++g->at < g->shelf.count)
			return;
		g->at = 0;
	}
	r->turned = true;
}

/* The next record as the sources have it: its fields are in r->fields. */
static enum pull
records_step(struct records *r, bool *open)
{
	struct group *g;
	enum pull pull;
	size_t i;

	if ((pull = records_load(r)) != PULL_OK)
		return pull;
	if (r->turned && (pull = records_pull(r, &r->groups[0])) != PULL_OK)
		return pull;
	r->turned = false;
	r->fields.count = 0;
	*open = false;
	for (g = r->groups; g < r->groups + r->group_count; g++) {
		if (g != r->groups)
			group_recall(g);
		for (i = 0; i < g->row.count; i++)
			row_add(&r->fields, &g->row.values[i]);
		*open |= g->open;
	}
	records_turn(r);
	return PULL_OK;
}

/* Is there nothing in the fields? */
static bool
row_blank(const struct row *row)
{
	const struct value *v;
	size_t i;

	for (v = row->values; v < row->values + row->count; v++)
		for (i = 0; i < v->length; i++)
			if (!is_blank(v->bytes[i]))
				return false;
	return true;
}

/* Chooses an order for all that is in the pool. */
static void
records_shuffle(struct records *r)
{
	size_t i, j, swap;

	r->order = mem_array(r->pool.shelf.count + 1, sizeof *r->order);
	for (i = 0; i < r->pool.shelf.count; i++) {
		j = arc4random_uniform((uint32_t)i + 1);
		swap = i;
		r->order[i] = r->order[j];
		r->order[j] = swap;
	}
}

/* Reads all that there is: PULL_OK at its end. */
static enum pull
records_pool(struct records *r)
{
	struct group *pool = &r->pool;
	enum pull pull;
	size_t i;

	if (r->pooled || r->failed)
		return r->pooled ? PULL_OK : PULL_FAILED;
	while ((pull = records_step(r, &pool->open)) == PULL_OK) {
		pool->row.count = 0;
		for (i = 0; i < r->fields.count; i++)
			row_add(&pool->row, &r->fields.values[i]);
		if (!r->style.skip_blank || !row_blank(&pool->row))
			group_keep(pool);
		if (records_tires(r, &r->groups[0]))
			return PULL_WAIT;
	}
	r->failed = pull == PULL_FAILED;
	if (pull != PULL_END)
		return pull;
	r->pooled = true;
	if (r->style.shuffle)
		records_shuffle(r);
	return PULL_OK;
}

/* The next one of the pool, which may grow while the record is used. */
static enum pull
records_draw(struct records *r, bool *open)
{
	struct group *pool = &r->pool;
	struct value v;
	enum pull pull;
	size_t i;

	if (r->style.shuffle || r->drawn == pool->shelf.count) {
		pull = records_pool(r);
		if (pull != PULL_OK && (r->style.shuffle || r->drawn == pool->shelf.count))
			return pull;
	}
	if (r->drawn == pool->shelf.count)
		return PULL_END;
	pool->at = r->style.shuffle ? r->order[r->drawn] : r->drawn;
	r->drawn++;
	group_recall(pool);
	words_clear(&r->copy);
	for (i = 0; i < pool->row.count; i++)
		words_add(&r->copy, pool->row.values[i].bytes, pool->row.values[i].length);
	r->taken.count = 0;
	for (i = 0; i < pool->row.count; i++) {
		v = pool->row.values[i];
		v.bytes = words_at(&r->copy, i, &v.length);
		row_add(&r->taken, &v);
	}
	*open = pool->open;
	return PULL_OK;
}

enum pull
records_ahead(struct records *r, size_t *count)
{
	enum pull pull = records_pool(r);

	*count = r->pool.shelf.count;
	return pull;
}

enum pull
records_next(struct records *r, struct record *out)
{
	bool draws = r->style.shuffle || r->style.ahead, open = false;
	const struct row *row = draws ? &r->taken : &r->fields;
	enum pull pull;

	do {
		pull = draws ? records_draw(r, &open) : records_step(r, &open);
		if (pull != PULL_OK || !r->style.skip_blank || !row_blank(row))
			break;
		if (records_tires(r, &r->groups[0]))
			return PULL_WAIT;
	} while (true);
	if (pull != PULL_OK)
		return pull;
	*out = (struct record){
		.fields = row->values, .count = row->count,
		.number = ++r->number, .open = open,
		.ends_line = row->count == 0 || row->values[row->count - 1].ends_line,
	};
	return PULL_OK;
}

/* Is a record just what the one source gives? */
static bool
records_plain(const struct records *r)
{
	const struct records_style *style = &r->style;

	return r->loaded == 1 && r->group_count == 1 && r->groups[0].count == 1 &&
	    style->columns == NULL && !style->trim_left && !style->trim_right &&
	    !style->skip_blank && !style->shuffle && !style->ahead;
}

size_t
records_some(struct records *r, struct words *words, size_t count, size_t bytes)
{
	size_t n = 0;

	if (records_plain(r))
		n = source_some(r->groups[0].members[0].source, words, count, bytes);
	r->number += n;
	return n;
}

struct source *
records_source(const struct records *r)
{
	return r->waiting;
}

const struct words *
records_names(const struct records *r)
{
	return &r->names;
}
