/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for lists that others publish, and hearing what they say, see block_feed.h. Each list is
 * subscribed to and read as a whole once in a while: a subscription that was lost, or news that
 * were, are found again so. */
#include "server/route/block_feed-private.h"

#include "base/mem.h"
#include "base/random.h"
#include "server/model/banlist.h"
#include "server/route/post.h"
#include "xep/rsm.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	NAMES_MAX = 256 * 1024,      /* bytes of all names of lists */
	SEEN_MAX = 64 * 1024 * 1024, /* bytes of the ids of one list */
	ASK_ARENA_MAX = 64 * 1024,   /* bytes of a question */
	ID_MAX = 3 * 1024,           /* bytes of an id that is taken */
	PAGE = 500,                  /* items asked for at a time (XEP-0059) */
};
static const usec_t LOOK_USEC = USEC_PER_MIN;      /* between two looks at the settings */
static const usec_t AGAIN_USEC = 5 * USEC_PER_MIN; /* after a list that could not be read */

#define ID_PREFIX    STR("block-")
#define SUBSCRIBE_ID STR("-s")
#define ITEMS_ID     STR("-i")

/* ---- lists ---- */

struct feed_list *feed_find(struct block_feed *f, struct str service, struct str node)
{
	for (unsigned i = 0; i < f->count; i++) {
		if (str_eq(f->lists[i].at.service, service) && str_eq(f->lists[i].at.node, node))
			return &f->lists[i];
	}
	return NULL;
}

void feed_forget(struct feed_list *l)
{
	map_done(&l->seen);
	arena_done(&l->arena);
	arena_init(&l->arena, SEEN_MAX);
	map_init(&l->seen);
}

static void drop_lists(struct block_feed *f)
{
	for (unsigned i = 0; i < f->count; i++) {
		map_done(&f->lists[i].seen);
		arena_done(&f->lists[i].arena);
	}
	f->count = 0;
	arena_done(&f->arena);
	arena_init(&f->arena, NAMES_MAX);
	f->conf = conf_unref(f->conf);
}

/* What is configured now. */
static void read_lists(struct block_feed *f)
{
	struct conf *conf = f->home->conf;

	drop_lists(f);
	f->conf = conf_ref(conf);
	for (size_t i = 0; i < conf_list_count(conf, "block.nodes"); i++) {
		struct str text = conf_list_at(conf, "block.nodes", i);
		struct block_node at;

		if (f->count == BLOCK_NODES_MAX || block_node_parse(&f->arena, text, &at)) {
			log_error(NULL, "no list that can be subscribed to", F_STR("node", text));
		} else if (!feed_find(f, at.service, at.node)) {
			f->lists[f->count] = (struct feed_list){ .at = at };
			feed_forget(&f->lists[f->count++]);
		}
	}
	feed_rebuild(f);
}

/* ---- asking ---- */

static void send(struct block_feed *f, struct xml *iq)
{
	struct arena a scoped(arena_done) = { 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(ASK_ARENA_MAX);
	struct bytes *bytes;
	struct jid to;

	arena_init(&a, ASK_ARENA_MAX);
	if (jid_parse(&a, xml_attr(iq, STR("to")), &to) || xml_write(&out, iq, NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&out));
	(void)post_stanza(f->home, to, bytes, 0); /* without an answer it is asked again */
	(void)bytes_unref(bytes);
}

/* <iq/> with <pubsub/>, which is given back. */
static struct xml *question(struct block_feed *f, const struct feed_list *l, struct arena *a,
			    struct str type, struct str id, struct xml **ret_iq)
{
	struct xml *iq = *ret_iq = xml_new(a, NS_CLIENT, STR("iq"));

	xml_set(a, iq, STR("from"), f->home->domain);
	xml_set(a, iq, STR("to"), l->at.service);
	xml_set(a, iq, STR("type"), type);
	xml_set(a, iq, STR("id"), ARENA_JOIN(a, ID_PREFIX, str_from(l->token), id));
	return xml_add_new(a, iq, NS_PUBSUB, STR("pubsub"));
}

/* XEP-0060 6.1 */
static void subscribe(struct block_feed *f, const struct feed_list *l)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *el;

	arena_init(&a, ASK_ARENA_MAX);
	el = xml_add_new(&a, question(f, l, &a, STR("set"), SUBSCRIBE_ID, &iq), NS_PUBSUB,
			 STR("subscribe"));
	xml_set(&a, el, STR("node"), l->at.node);
	xml_set(&a, el, STR("jid"), f->home->domain);
	send(f, iq);
}

/* XEP-0060 6.5, by pages: a service that knows none gives everything. */
static void ask_items(struct block_feed *f, const struct feed_list *l, struct str after)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *iq, *pubsub, *el, *set;

	arena_init(&a, ASK_ARENA_MAX);
	pubsub = question(f, l, &a, STR("get"), ITEMS_ID, &iq);
	el = xml_add_new(&a, pubsub, NS_PUBSUB, STR("items"));
	xml_set(&a, el, STR("node"), l->at.node);
	set = xml_add_new(&a, pubsub, NS_RSM, STR("set"));
	(void)xml_add_text_el(&a, set, NS_RSM, STR("max"), arena_printf(&a, "%d", PAGE));
	if (after.len)
		(void)xml_add_text_el(&a, set, NS_RSM, STR("after"), after);
	send(f, iq);
}

static usec_t refresh_of(const struct block_feed *f)
{
	return conf_duration(f->conf, "block.refresh");
}

static void ask(struct block_feed *f, struct feed_list *l)
{
	usec_t refresh = refresh_of(f);

	if (l->token[0] && !l->is_lost) {
		l->is_lost = true;
		log_warn(NULL, "a list of blocked addresses does not answer",
			 F_STR("service", l->at.service), F_STR("node", l->at.node));
	}
	random_token(l->token, FEED_TOKEN_LEN);
	l->due = loop_now(f->home->loop) + (refresh < AGAIN_USEC ? refresh : AGAIN_USEC);
	feed_forget(l);
	subscribe(f, l);
	ask_items(f, l, STR_NONE);
}

static void on_tick(struct timer *t)
{
	struct block_feed *f = container_of(t, struct block_feed, tick);
	usec_t now = loop_now(f->home->loop), wait = LOOK_USEC;

	if (f->conf != f->home->conf)
		read_lists(f);
	for (unsigned i = 0; i < f->count; i++) {
		struct feed_list *l = &f->lists[i];

		if (!l->is_matching && l->due <= now)
			ask(f, l);
		if (l->due - now < wait)
			wait = l->due > now ? l->due - now : USEC_PER_SEC;
	}
	loop_timer(f->home->loop, &f->tick, wait);
}

struct wake {
	struct letter letter;
	struct block_feed *feed;
	struct str service; /* owned */
};

static void on_wake(struct letter *letter)
{
	struct wake *w = container_of(letter, struct wake, letter);
	struct block_feed *f = w->feed;

	for (unsigned i = 0; i < f->count; i++) {
		if (str_eq(f->lists[i].at.service, w->service))
			f->lists[i].due = 0;
	}
	loop_timer(f->home->loop, &f->tick, 0);
	mem_free((void *)(uintptr_t)w->service.ptr);
	mem_free(w);
}

void block_feed_wake(struct home *h, struct str service)
{
	struct block_feed *f = home_of(h, h->domain)->block_feed;
	struct wake *w;

	if (!f || !conf_list_count(h->conf, "block.nodes"))
		return;
	w = mem_zalloc(1, sizeof(*w));
	w->feed = f;
	w->service = str_make(str_dup(service), service.len);
	w->letter.fn = on_wake;
	loop_post(f->home->loop, &w->letter);
}

/* ---- answers ---- */

static void note(struct feed_list *l, struct str id)
{
	struct feed_item *item;

	if (!id.len || id.len > ID_MAX || l->seen.count >= BLOCK_NODE_ITEMS_MAX ||
	    l->arena.used + id.len > SEEN_MAX / 2 || map_get(&l->seen, id))
		return;
	item = arena_new(&l->arena, struct feed_item);
	item->id = arena_dup(&l->arena, id);
	(void)map_set(&l->seen, item->id, item);
}

/* The id behind which the next page begins, or nothing. */
static struct str next_page(const struct feed_list *l, const struct xml *pubsub, size_t before,
			    struct arena *a)
{
	const struct xml *set = xml_child(pubsub, NS_RSM, STR("set"));
	struct str count = xml_child_text(set, NS_RSM, STR("count"), a);
	uint64_t n;

	if (l->seen.count == before || l->seen.count >= BLOCK_NODE_ITEMS_MAX ||
	    (count.len && str_to_u64(count, &n) == OK && n <= l->seen.count))
		return STR_NONE;
	return xml_child_text(set, NS_RSM, STR("last"), a);
}

static void take_items(struct block_feed *f, struct feed_list *l, struct dispatch *d)
{
	const struct xml *pubsub = stanza_payload(&d->stanza);
	const struct xml *items = xml_child(pubsub, NS_PUBSUB, STR("items"));
	size_t before = l->seen.count;
	struct str after;

	xml_each (item, items) {
		if (xml_is(item, NS_PUBSUB, STR("item")))
			note(l, xml_attr(item, STR("id")));
	}
	after = next_page(l, pubsub, before, d->arena);
	if (after.len && after.len <= RSM_ID_MAX) {
		l->due = loop_now(f->home->loop) + AGAIN_USEC;
		ask_items(f, l, after);
		return;
	}
	l->token[0] = '\0';
	l->is_lost = false;
	l->due = loop_now(f->home->loop) + refresh_of(f);
	feed_match(f, l);
}

static struct feed_list *asked(struct block_feed *f, const struct stanza *s)
{
	struct str token = str_sub(s->id, ID_PREFIX.len, FEED_TOKEN_LEN);

	for (unsigned i = 0; i < f->count; i++) {
		struct feed_list *l = &f->lists[i];

		if (l->token[0] && str_eq(str_from(l->token), token) &&
		    str_eq(s->from.full, l->at.service))
			return l;
	}
	return NULL;
}

bool block_feed_answer(struct dispatch *d)
{
	struct block_feed *f = d->home->block_feed;
	const struct stanza *s = &d->stanza;
	struct feed_list *l;

	if (!f || d->way != WAY_IN || d->entity->jid.node.len || !str_starts(s->id, ID_PREFIX))
		return false;
	l = asked(f, s);
	if (!l)
		return false;
	if (s->type == IQ_RESULT && str_ends(s->id, ITEMS_ID) && !l->is_matching) {
		take_items(f, l, d);
	} else if (s->type == IQ_ERROR && !l->is_lost) {
		l->is_lost = true;
		log_warn(NULL, "a list of blocked addresses cannot be read",
			 F_STR("service", l->at.service), F_STR("node", l->at.node));
	}
	return true;
}

/* ---- news ---- */

static void on_noted(struct entity *e, void *arg, enum err err)
{
	(void)e;
	if (!err)
		feed_rebuild(arg);
}

/* <item/> and <retract/>: the store at once, what is in force soon after. */
static void take_news(struct dispatch *d, struct feed_list *l, const struct xml *items)
{
	struct block_feed *f = d->home->block_feed;
	struct txn *t = dispatch_txn(d);

	xml_each (el, items) {
		struct str id = xml_attr(el, STR("id"));
		struct str key;

		if (!id.len || id.len > ID_MAX)
			continue;
		key = block_node_key(d->arena, &l->at, id);
		if (xml_is(el, NS_PUBSUB_EVENT, STR("retract")))
			txn_delete(t, d->home->domain, BLOCK_NODE_SPACE, key);
		else if (l->count++ < BLOCK_NODE_ITEMS_MAX)
			txn_put(t, d->home->domain, BLOCK_NODE_SPACE, key, STR(""));
	}
	l->is_stale = l->is_matching || l->token[0];
	dispatch_call(d, on_noted, f);
}

/* The node was emptied, or is gone (8.5, 8.4). */
static void take_end(struct block_feed *f, struct feed_list *l)
{
	l->token[0] = '\0';
	feed_forget(l);
	if (l->is_matching)
		l->is_stale = true;
	else
		feed_match(f, l);
}

bool block_feed_event(struct dispatch *d)
{
	struct block_feed *f = d->home->block_feed;
	const struct xml *event = xml_child(d->stanza.el, NS_PUBSUB_EVENT, STR("event"));
	const struct xml *what = xml_first(event);
	struct feed_list *l;

	if (!f || !what || d->entity->jid.node.len)
		return false;
	l = feed_find(f, d->stanza.from.full, xml_attr(what, STR("node")));
	if (!l)
		return false;
	if (xml_is(what, NS_PUBSUB_EVENT, STR("items")))
		take_news(d, l, what);
	else if (xml_is(what, NS_PUBSUB_EVENT, STR("purge")) ||
		 xml_is(what, NS_PUBSUB_EVENT, STR("delete")))
		take_end(f, l);
	return true;
}

/* ---- life ---- */

/* Answers come to the server itself: it stays in memory. */
static void on_start(struct letter *letter)
{
	struct block_feed *f = container_of(letter, struct block_feed, start);

	entity_pin(entity_get(f->home, f->home->domain));
	read_lists(f);
	f->tick.fn = on_tick;
	loop_timer(f->home->loop, &f->tick, 0);
}

struct block_feed *block_feed_new(struct home *first)
{
	struct block_feed *f = mem_zalloc(1, sizeof(*f));

	f->home = home_of(first, first->domain);
	f->home->block_feed = f;
	arena_init(&f->arena, NAMES_MAX);
	f->start.fn = on_start;
	loop_post(f->home->loop, &f->start);
	return f;
}

void block_feed_free(struct block_feed **feed)
{
	struct block_feed *f = *feed;

	*feed = NULL;
	if (!f)
		return;
	for (unsigned i = 0; i < f->home->count; i++)
		f->home->all[i]->heard = banlist_unref(f->home->all[i]->heard);
	drop_lists(f);
	arena_done(&f->arena);
	mem_free(f);
}
