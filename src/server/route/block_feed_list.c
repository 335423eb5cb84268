/* SPDX-License-Identifier: Apache-2.0 */
/* What lists that others publish say, in the store and in force, see block_feed.h. */
#include "server/route/block_feed-private.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/model/banlist.h"
#include "server/route/banned.h"

enum {
	PAGE = 1000,                /* rows read at a time */
	CHUNK = 500,                /* rows written at a time: others write in between */
	ENTRY_ARENA_MAX = 64 * 1024 /* bytes of an entry that is read */
};
static const usec_t SOON_USEC = 100 * USEC_PER_MSEC; /* news come in crowds */

/* ---- the store is made equal to what was said ---- */

struct matching {
	struct block_feed *feed;
	struct block_node at; /* in arena */
	struct arena arena;
	struct arena seen_arena;
	struct map seen;
	struct str prefix;
	struct txn *txn; /* being filled */
	unsigned rows;   /* in it */
	unsigned open;   /* txns under way */
	bool is_read;    /* all that there is */
};

static void end_matching(struct matching *m)
{
	struct block_feed *f = m->feed;
	struct feed_list *l = feed_find(f, m->at.service, m->at.node);

	if (l) {
		l->is_matching = false;
		if (l->is_stale)
			l->due = 0;
		l->is_stale = false;
	}
	log_info(NULL, "a list of blocked addresses was read", F_STR("service", m->at.service),
		 F_STR("node", m->at.node), F_INT("items", (int64_t)m->seen.count));
	map_done(&m->seen);
	arena_done(&m->seen_arena);
	arena_done(&m->arena);
	mem_free(m);
	feed_rebuild(f);
}

static void on_written(struct txn *t)
{
	struct matching *m = t->arg;

	if (t->err)
		log_error(NULL, "a list of blocked addresses cannot be kept", F_ERR(t->err));
	txn_free(&t);
	if (--m->open == 0 && m->is_read)
		end_matching(m);
}

static void write_out(struct matching *m)
{
	if (!m->txn)
		return;
	m->txn->done = on_written;
	m->txn->arg = m;
	m->open++;
	store_commit(m->feed->home->store, m->txn);
	m->txn = NULL;
	m->rows = 0;
}

static struct txn *txn_of(struct matching *m)
{
	if (m->rows++ >= CHUNK)
		write_out(m);
	if (!m->txn)
		m->txn = txn_new();
	return m->txn;
}

static void add_new(struct matching *m)
{
	const struct feed_item *item;
	size_t at = 0;

	while ((item = map_next(&m->seen, &at))) {
		struct txn *t;

		if (item->is_kept)
			continue;
		t = txn_of(m);
		txn_put(t, m->feed->home->domain, BLOCK_NODE_SPACE,
			block_node_key(&t->arena, &m->at, item->id), STR(""));
	}
}

static void read_rows(struct matching *m, struct str after);

static void on_rows(void *arg, struct store_answer *answer)
{
	struct matching *m = arg;
	struct str last = STR_NONE;

	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		struct feed_item *item;

		if (!str_starts(row->key, m->prefix)) {
			last = STR_NONE;
			break;
		}
		last = row->key;
		item = map_get(&m->seen, str_from_at(row->key, m->prefix.len));
		if (item)
			item->is_kept = true;
		else
			txn_delete(txn_of(m), m->feed->home->domain, BLOCK_NODE_SPACE, row->key);
	}
	if (answer->has_more && last.ptr) {
		read_rows(m, last);
		return;
	}
	if (!answer->err)
		add_new(m);
	m->is_read = true;
	if (!m->txn && !m->open) {
		end_matching(m);
		return;
	}
	write_out(m);
}

static void read_rows(struct matching *m, struct str after)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = m->feed->home->domain,
					 .space = BLOCK_NODE_SPACE,
					 .after_key = after,
					 .max = PAGE };

	store_read(m->feed->home->store, &request, on_rows, m);
}

void feed_match(struct block_feed *f, struct feed_list *l)
{
	struct matching *m = mem_zalloc(1, sizeof(*m));

	m->feed = f;
	arena_init(&m->arena, ENTRY_ARENA_MAX);
	m->at.service = arena_dup(&m->arena, l->at.service);
	m->at.node = arena_dup(&m->arena, l->at.node);
	m->prefix = block_node_key(&m->arena, &m->at, STR(""));
	m->seen = l->seen;
	m->seen_arena = l->arena;
	l->seen = (struct map){ 0 };
	l->arena = (struct arena){ 0 };
	feed_forget(l);
	l->is_matching = true;
	read_rows(m, m->prefix);
}

/* ---- to all homes ---- */

struct gift {
	struct letter letter;
	struct home *home;
	struct banlist *list;
};

static void on_gift(struct letter *letter)
{
	struct gift *g = container_of(letter, struct gift, letter);

	(void)banlist_unref(g->home->heard);
	g->home->heard = g->list; /* with its count */
	banned_changed(g->home);
	mem_free(g);
}

static void give(struct block_feed *f, struct banlist *list)
{
	for (unsigned i = 0; i < f->home->count; i++) {
		struct gift *g = mem_zalloc(1, sizeof(*g));

		g->home = f->home->all[i];
		g->list = list->items.count ? banlist_ref(list) : NULL;
		g->letter.fn = on_gift;
		loop_post(g->home->loop, &g->letter);
	}
	metric_add(METRIC_BLOCK_NODES, (int64_t)list->items.count - (int64_t)f->in_force);
	f->in_force = list->items.count;
}

/* ---- what all lists say ---- */

struct building {
	struct block_feed *feed;
	struct banlist *list;
	size_t counts[BLOCK_NODES_MAX];
};

/* Entries that are none of a kind that is known are kept, but do nothing. */
static void add_entry(struct building *b, struct txn *gone, struct str key)
{
	struct arena a scoped(arena_done) = { 0 };
	const struct feed_list *l;
	struct block_node at;
	struct str id, entry;

	arena_init(&a, ENTRY_ARENA_MAX);
	l = block_node_key_read(key, &at, &id) ? NULL : feed_find(b->feed, at.service, at.node);
	if (!l) {
		txn_delete(gone, b->feed->home->domain, BLOCK_NODE_SPACE, key);
		return;
	}
	b->counts[l - b->feed->lists]++;
	if (banlist_prepare_item(&a, id, &entry) == OK && banlist_add(b->list, entry))
		log_warn(NULL, "there are too many blocked addresses", F_STR("node", at.node));
}

static void end_building(struct building *b)
{
	struct block_feed *f = b->feed;

	for (unsigned i = 0; i < f->count; i++)
		f->lists[i].count = b->counts[i];
	give(f, b->list);
	(void)banlist_unref(b->list);
	mem_free(b);
	f->is_building = false;
	if (f->is_dirty)
		feed_rebuild(f);
}

static void on_forgotten(struct txn *t)
{
	txn_free(&t); /* what is left is looked at again with the next list */
}

static void read_entries(struct building *b, struct str after);

static void on_entries(void *arg, struct store_answer *answer)
{
	struct building *b = arg;
	struct str last = STR_NONE;
	struct txn *gone = txn_new();

	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		add_entry(b, gone, row->key);
		last = row->key;
	}
	gone->done = on_forgotten;
	if (txn_is_empty(gone))
		txn_free(&gone);
	else
		store_commit(b->feed->home->store, gone);
	if (answer->has_more && last.ptr)
		read_entries(b, last);
	else
		end_building(b);
}

static void read_entries(struct building *b, struct str after)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = b->feed->home->domain,
					 .space = BLOCK_NODE_SPACE,
					 .after_key = after,
					 .max = PAGE };

	store_read(b->feed->home->store, &request, on_entries, b);
}

static void on_rebuild(struct timer *t)
{
	struct block_feed *f = container_of(t, struct block_feed, rebuild);
	struct building *b = mem_zalloc(1, sizeof(*b));

	f->is_building = true;
	f->is_dirty = false;
	b->feed = f;
	b->list = banlist_new();
	read_entries(b, STR_NONE);
}

void feed_rebuild(struct block_feed *f)
{
	if (f->is_building) {
		f->is_dirty = true;
		return;
	}
	f->rebuild.fn = on_rebuild;
	loop_timer(f->home->loop, &f->rebuild, SOON_USEC);
}
