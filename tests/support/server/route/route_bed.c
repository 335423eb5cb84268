/* SPDX-License-Identifier: Apache-2.0 */
/* The ground under tests of features, see route_bed.h. */
#include "support/server/route/route_bed.h"

#include "base/mem.h"
#include "server/conf/base_table.h"
#include "server/model/account.h"
#include "server/model/roster.h"
#include "server/route/home_life.h"
#include "server/route/registry.h"
#include "server/route/router.h"
#include "xml/build.h"
#include "xmpp/ns.h"

#include "support/server/store/memory_store.h"
#include "support/unit.h"

#include <string.h>

enum { TABLES_MAX = 64, TEXTS_MAX = 4096, BED_ARENA_MAX = 1024 * 1024 };

static const usec_t PATIENCE_USEC = 20 * USEC_PER_SEC;
static const usec_t TICK_USEC = USEC_PER_MSEC;

struct route_client {
	struct resource res;
	struct list link;
	struct route_bed *bed;
	char *texts[TEXTS_MAX];
	size_t first, count;
	char *taken;
	bool is_kicked, is_overrun, is_stalled;
	unsigned kick_condition;
};

struct route_bed {
	struct loop *loop;
	struct memory_store *memory;
	struct store *store;
	struct pool *pool;
	struct accounts *accounts;
	struct registry *registry;
	struct home home;
	struct home *all[1];
	struct list clients;

	/* a call under way */
	struct letter letter;
	struct timer tick;
	void (*fn)(void *arg);
	void *arg;
	unsigned pending; /* commits of the bed's own */
	unsigned quiet;   /* ticks */
	bool is_done;
};

/* ---- turns of the loop ---- */

static bool is_quiet(const struct route_bed *b)
{
	const struct entity *e;
	size_t at = 0;

	if (b->pending)
		return false;
	while ((e = map_next(&b->home.entities, &at))) {
		if (e->state == ENTITY_LOADING || e->is_reloading || e->busy || e->pins ||
		    e->inbox_count || e->outbox.count)
			return false;
	}
	return true;
}

/* Two quiet ticks: letters between them are read. */
static void on_tick(struct timer *t)
{
	struct route_bed *b = container_of(t, struct route_bed, tick);

	b->quiet = is_quiet(b) ? b->quiet + 1 : 0;
	b->is_done = b->quiet == 2;
	if (!b->is_done)
		loop_timer(b->loop, t, TICK_USEC);
}

static void on_letter(struct letter *l)
{
	struct route_bed *b = container_of(l, struct route_bed, letter);

	b->fn(b->arg);
	loop_timer(b->loop, &b->tick, TICK_USEC);
}

void route_bed_call(struct route_bed *b, void (*fn)(void *arg), void *arg)
{
	b->fn = fn;
	b->arg = arg;
	b->quiet = 0;
	b->is_done = false;
	b->letter.fn = on_letter;
	loop_post(b->loop, &b->letter);
	loop_run_until(b->loop, &b->is_done, PATIENCE_USEC);
	if (!b->is_done)
		fail_msg("the home does not come to rest");
}

/* ---- the bed ---- */

static void start(void *arg)
{
	struct route_bed *b = arg;

	home_start(&b->home);
}

/* Keys of the floor of sessions that features read, too. */
static const struct conf_key session_keys[] = {
	{ "limits.output_bytes", CONF_SIZE, "\"8MiB\"", 64 * 1024, 1024 * 1024 * 1024,
	  "As the server has it." },
	{ "limits.resume_stanzas", CONF_INT, "5000", 10, 1000000, "As the server has it." },
	{ "limits.held_stanzas", CONF_INT, "5000", 10, 1000000, "As the server has it." },
	{ .path = NULL },
};
static const struct conf_table session_table = { .module = "Sessions", .keys = session_keys };

static struct conf *parse_conf(const struct feature *const *features, const char *text)
{
	/* The snapshot borrows the list. */
	static const struct conf_table *tables[TABLES_MAX];
	struct blame blame = { .text = "" };
	struct conf *conf = NULL;
	size_t count = 0;

	tables[count++] = &conf_base_table;
	tables[count++] = &session_table;
	for (; *features; features++) {
		if ((*features)->conf)
			tables[count++] = (*features)->conf;
	}
	if (conf_parse(str_from(text), "test", tables, count, &conf, &blame))
		fail_msg("%s", blame.text);
	return conf;
}

struct route_bed *route_bed_new(const struct feature *const *features, const char *conf_text)
{
	struct route_bed *b = mem_zalloc(1, sizeof(*b));
	struct pool_config pool = { .name = "test", .threads = 1, .queue_limit = 100 };
	struct store_config config;
	struct blame blame = { .text = "" };
	const char *why = "";

	list_init(&b->clients);
	b->tick.fn = on_tick;
	b->memory = memory_store_new();
	config = memory_store_config(b->memory);
	assert_int_equal(loop_new(0, &b->loop), OK);
	assert_int_equal(store_open(&config, &b->store, &why), OK);
	assert_int_equal(pool_new(&pool, &b->pool), OK);
	if (registry_new(features, &b->registry, &blame))
		fail_msg("%s", blame.text);
	b->accounts = accounts_new(
		&(struct accounts_config){ .loop = b->loop, .store = b->store, .pool = b->pool });
	b->all[0] = &b->home;
	b->home = (struct home){ .loop = b->loop,
				 .count = 1,
				 .all = b->all,
				 .store = b->store,
				 .pool = b->pool,
				 .registry = b->registry,
				 .ops = &router_ops,
				 .accounts = b->accounts,
				 .domain = STR("localhost"),
				 .id_key = { 1, 2, 3, 4 },
				 .conf = parse_conf(features, conf_text) };
	route_bed_call(b, start, b);
	return b;
}

static void client_free(struct route_client *c)
{
	while (c->count)
		mem_free(c->texts[c->first + --c->count]);
	mem_free(c->taken);
	list_remove(&c->link);
	mem_free(c);
}

static void end(void *arg)
{
	struct route_bed *b = arg;

	list_each (link, &b->clients)
		resource_done(&list_entry(link, struct route_client, link)->res);
}

void route_bed_free(struct route_bed **bed)
{
	struct route_bed *b = *bed;

	*bed = NULL;
	if (!b)
		return;
	route_bed_call(b, end, b);
	home_done(&b->home);
	list_each (link, &b->clients)
		client_free(list_entry(link, struct route_client, link));
	pool_free(&b->pool);
	store_close(&b->store);
	accounts_free(&b->accounts);
	registry_free(&b->registry);
	loop_free(&b->loop);
	memory_store_free(&b->memory);
	mem_free(b);
}

struct home *route_bed_home(struct route_bed *b)
{
	return &b->home;
}

struct memory_store *route_bed_store(struct route_bed *b)
{
	return b->memory;
}

/* ---- what is stored ---- */

struct storing {
	struct route_bed *bed;
	struct txn *txn;
};

static void on_stored(struct txn *t)
{
	struct route_bed *b = t->arg;

	assert_int_equal(t->err, OK);
	b->pending--;
	txn_free(&t);
}

static void store_it(void *arg)
{
	struct storing *s = arg;

	s->txn->done = on_stored;
	s->txn->arg = s->bed;
	s->bed->pending++;
	store_commit(s->bed->store, s->txn);
}

static void commit(struct route_bed *b, struct txn *t)
{
	struct storing s = { .bed = b, .txn = t };

	route_bed_call(b, store_it, &s);
}

static struct str owner_of(struct arena *a, const char *name)
{
	return arena_printf(a, "%s@localhost", name);
}

void route_bed_account(struct route_bed *b, const char *name)
{
	struct arena a scoped(arena_done);
	struct txn *t = txn_new();
	struct account account = { .wall_created = wall_now() };

	arena_init(&a, BED_ARENA_MAX);
	account.owner = owner_of(&a, name);
	txn_account_put(t, &account, true);
	commit(b, t);
}

void route_bed_row(struct route_bed *b, const char *name, struct str space, struct str key,
		   struct str value)
{
	struct arena a scoped(arena_done);
	struct txn *t = txn_new();

	arena_init(&a, BED_ARENA_MAX);
	txn_put(t, owner_of(&a, name), space, key, value);
	commit(b, t);
}

static void befriend(struct route_bed *b, const char *name, const char *contact)
{
	struct arena a scoped(arena_done);
	struct roster_item item = { .flags = ROSTER_TO | ROSTER_FROM | ROSTER_LISTED };

	arena_init(&a, BED_ARENA_MAX);
	item.jid = owner_of(&a, contact);
	route_bed_row(b, name, ROSTER_SPACE, item.jid, roster_item_encode(&item, &a));
}

void route_bed_friends(struct route_bed *b, const char *one, const char *other)
{
	befriend(b, one, other);
	befriend(b, other, one);
}

struct entity *route_bed_entity(struct route_bed *b, const char *name)
{
	struct arena a scoped(arena_done);

	arena_init(&a, BED_ARENA_MAX);
	return entity_find(&b->home, owner_of(&a, name));
}

static void forget(void *arg)
{
	struct route_bed *b = arg;
	struct entity *e;
	size_t at = 0;

	while ((e = map_next(&b->home.entities, &at))) {
		if (!e->resources.count)
			entity_forget(e);
	}
}

void route_bed_forget(struct route_bed *b)
{
	route_bed_call(b, forget, b);
}

/* ---- clients ---- */

static struct route_client *of(struct resource *r)
{
	return container_of(r, struct route_client, res);
}

static void deliver(struct resource *r, struct bytes *bytes, int64_t seq)
{
	struct route_client *c = of(r);

	(void)seq;
	assert_true(c->first + c->count < TEXTS_MAX);
	c->texts[c->first + c->count++] = str_dup(bytes_str(bytes));
}

static void run_open(struct dispatch *d, void *arg)
{
	const struct feature *const *f = registry_features(d->home->registry);

	for (; *f; f++) {
		if ((*f)->on_open)
			(*f)->on_open(d, arg);
	}
}

static void run_close(struct dispatch *d, void *arg)
{
	const struct feature *const *f = registry_features(d->home->registry);

	for (; *f; f++) {
		if ((*f)->on_close)
			(*f)->on_close(d, arg);
	}
}

static void close_client(void *arg)
{
	struct route_client *c = arg;
	struct entity *e = c->res.entity;

	assert_non_null(e);
	entity_pin(e);
	router_act(e, run_close, &c->res);
	resource_done(&c->res);
	entity_unpin(e);
}

static void kick(struct resource *r, unsigned stream_condition, struct str text)
{
	struct route_client *c = of(r);

	(void)text;
	c->is_kicked = true;
	c->kick_condition = stream_condition;
	close_client(c);
}

static bool drain(struct resource *r)
{
	return !of(r)->is_stalled;
}

static void overrun(struct resource *r)
{
	of(r)->is_overrun = true;
}

static void on_handled(struct resource *r)
{
	(void)r;
}

static void on_nonza(struct resource *r, struct dispatch *d, const struct xml *el)
{
	(void)r;
	(void)d;
	fail_msg("not a stanza: %.*s", STR_ARG(el->name));
}

static const struct resource_ops client_ops = { .deliver = deliver,
						.drain = drain,
						.kick = kick,
						.overrun = overrun,
						.on_handled = on_handled,
						.on_nonza = on_nonza };

struct binding {
	struct route_client *client;
	struct jid jid;
};

static void bind_ready(void *arg, struct entity *e)
{
	struct binding *b = arg;

	assert_int_equal(e->state, ENTITY_READY);
	resource_init(&b->client->res, &e->resources, b->jid);
	entity_touch(e);
	router_act(e, run_open, &b->client->res);
}

static void bind_it(void *arg)
{
	struct binding *b = arg;

	entity_when_ready(entity_get(&b->client->bed->home, jid_bare_str(b->jid)), bind_ready, b);
}

struct route_client *route_bed_client(struct route_bed *b, const char *name, const char *resource)
{
	struct route_client *c = mem_zalloc(1, sizeof(*c));
	struct arena a scoped(arena_done);
	struct binding binding = { .client = c };

	arena_init(&a, BED_ARENA_MAX);
	c->bed = b;
	c->res.ops = &client_ops;
	list_append(&b->clients, &c->link);
	binding.jid = jid_make(&a, str_from(name), STR("localhost"), str_from(resource));
	route_bed_call(b, bind_it, &binding);
	assert_non_null(c->res.entity);
	return c;
}

struct sending {
	struct route_client *client;
	const char *stanza, *other;
};

static void send_text(struct route_client *c, const char *stanza)
{
	static const struct xml_limits limits = { .stanza_bytes = 16 * 1024 * 1024,
						  .depth = 64,
						  .attrs = 64,
						  .name_bytes = 256,
						  .children = 10000 };
	const struct xml_scope scope = { .default_ns = NS_CLIENT };
	struct resource *r = &c->res;
	struct dispatch *d;
	struct xml *el;

	assert_non_null(r->entity);
	d = dispatch_begin(r->entity, WAY_OUT, NULL);
	d->resource = r;
	d->resource_id = r->id;
	d->received = clock_now();
	if (xml_parse(d->arena, arena_dup(d->arena, str_from(stanza)), &scope, &limits, &el))
		fail_msg("not well formed: %s", stanza);
	xml_set(d->arena, el, STR("from"), r->jid.full);
	if (entity_is_free(r->entity))
		router_receive(d, el);
	else
		router_receive_later(d, el);
}

static void send_it(void *arg)
{
	const struct sending *s = arg;

	send_text(s->client, s->stanza);
	if (s->other)
		send_text(s->client, s->other);
}

void route_client_send(struct route_client *c, const char *stanza)
{
	struct sending s = { .client = c, .stanza = stanza };

	route_bed_call(c->bed, send_it, &s);
}

void route_client_send_two(struct route_client *c, const char *one, const char *other)
{
	struct sending s = { .client = c, .stanza = one, .other = other };

	route_bed_call(c->bed, send_it, &s);
}

void route_client_close(struct route_client *c)
{
	route_bed_call(c->bed, close_client, c);
}

bool route_client_is_overrun(const struct route_client *c)
{
	return c->is_overrun;
}

bool route_client_is_kicked(const struct route_client *c, unsigned *ret_condition)
{
	if (c->is_kicked && ret_condition)
		*ret_condition = c->kick_condition;
	return c->is_kicked;
}

void route_client_stall(struct route_client *c, bool is_stalled)
{
	c->is_stalled = is_stalled;
}

/* ---- what came ---- */

static void pass_time(void *arg)
{
	(void)arg;
}

void route_client_await(struct route_client *c)
{
	usec_t end = clock_now() + PATIENCE_USEC;

	while (!c->count && clock_now() < end)
		route_bed_call(c->bed, pass_time, NULL);
	if (!c->count)
		fail_msg("nothing comes");
}

const char *route_client_take(struct route_client *c)
{
	mem_free(c->taken);
	c->taken = NULL;
	if (c->count) {
		c->taken = c->texts[c->first++];
		c->count--;
	}
	return c->taken;
}

void route_client_expect(struct route_client *c, const char *text)
{
	const char *got = route_client_take(c);

	if (!got)
		fail_msg("nothing came, wanted %s", text);
	assert_string_equal(got, text);
}

void route_client_expect_part(struct route_client *c, const char *part)
{
	const char *got = route_client_take(c);

	if (!got || !strstr(got, part))
		fail_msg("got %s, wanted a part %s", got ? got : "nothing", part);
}

void route_client_expect_nothing(struct route_client *c)
{
	const char *got = route_client_take(c);

	if (got)
		fail_msg("got %s, wanted nothing", got);
}
