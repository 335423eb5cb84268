/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that wait for those who log in (XEP-0133 4.24 to 4.28): the message of the day, which
 * everybody gets once, and the welcome message, which an account gets that was made after it was
 * set. They stand in the store under the domain; what an account has got stands under the account.
 * Every home knows when they were set, so that most logins read nothing. */
#include "server/feature/notices.h"

#include "base/mem.h"
#include "server/route/census.h"
#include "server/route/notice.h"
#include "server/route/recipients.h"
#include "server/route/router.h"

#define NOTICE_SPACE STR("notice")      /* of the domain: "motd", "welcome" -> time, text */
#define SEEN_SPACE   STR("notice_seen") /* of an account: the same -> time */
#define MOTD         STR("motd")
#define WELCOME      STR("welcome")

struct seen {
	int64_t motd;
	bool is_welcomed;
};

struct told {
	bool is_asked; /* it has shown itself once */
};

static size_t entity_offset, resource_offset;

static struct seen *seen_of(const struct entity *e)
{
	return entity_slot(e, entity_offset);
}

/* ---- rows ---- */

struct texts {
	int64_t motd_set, welcome_set; /* 0: there is none */
	struct str motd, welcome;
};

static void read_row(const struct keyval_row *row, int64_t *ret_set, struct str *ret_text)
{
	struct str rest = row->value, line;
	int64_t set;

	if (!str_split(&rest, '\n', &line) || str_to_i64(line, &set) || set <= 0) {
		log_error(NULL, "a message of the server cannot be read", F_STR("key", row->key));
		return;
	}
	*ret_set = set;
	*ret_text = rest;
}

/* Views into the answer. */
static struct texts read_texts(const struct store_answer *answer)
{
	struct texts t = { .motd_set = 0 };

	for (const struct keyval_row *row = answer->rows; row; row = row->next) {
		if (str_eq(row->key, MOTD))
			read_row(row, &t.motd_set, &t.motd);
		else if (str_eq(row->key, WELCOME))
			read_row(row, &t.welcome_set, &t.welcome);
	}
	return t;
}

static void look_up(struct home *h, void (*fn)(void *arg, struct store_answer *answer), void *arg)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = h->domain,
					 .space = NOTICE_SPACE };

	store_read(h->store, &request, fn, arg);
}

/* ---- who logs in ---- */

static bool wants_motd(const struct entity *e, int64_t set)
{
	return set && seen_of(e)->motd != set;
}

static bool wants_welcome(const struct entity *e, int64_t set)
{
	return set && !seen_of(e)->is_welcomed && e->account.wall_created >= set;
}

static void mark(struct dispatch *d, struct str key, int64_t set)
{
	txn_put(dispatch_txn(d), d->entity->jid.full, SEEN_SPACE, key,
		arena_printf(d->arena, "%lld", (long long)set));
}

static void tell_motd(struct dispatch *d, int64_t set, struct str text)
{
	struct notice n = { .subject = STR("Message of the day"), .text = text };

	if (!wants_motd(d->entity, set) || !notice_deliver(d, &n))
		return;
	seen_of(d->entity)->motd = set;
	mark(d, MOTD, set);
}

static void tell_welcome(struct dispatch *d, int64_t set, struct str text)
{
	struct notice n = { .subject = STR("Welcome"), .text = text };

	if (!wants_welcome(d->entity, set) || !notice_deliver(d, &n))
		return;
	seen_of(d->entity)->is_welcomed = true;
	mark(d, WELCOME, set);
}

/* What was read for somebody. */
struct greeting {
	struct entity *entity; /* pinned */
	struct arena arena;
	struct texts texts;
};

static void greet(struct dispatch *d, void *arg)
{
	struct greeting *g = arg;
	struct entity *e = d->entity;

	if (e->state == ENTITY_READY && !e->is_deleted) {
		tell_welcome(d, g->texts.welcome_set, g->texts.welcome);
		tell_motd(d, g->texts.motd_set, g->texts.motd);
	}
	entity_unpin(e);
	arena_done(&g->arena);
	mem_free(g);
}

static void on_texts(void *arg, struct store_answer *answer)
{
	struct greeting *g = arg;
	struct home_notices *known = &g->entity->home->notices;

	if (answer->err && answer->err != ERR_NOT_FOUND) {
		log_error(&g->entity->log, "messages of the server cannot be read",
			  F_ERR(answer->err));
	} else {
		g->texts = read_texts(answer);
		g->texts.motd = arena_dup(&g->arena, g->texts.motd);
		g->texts.welcome = arena_dup(&g->arena, g->texts.welcome);
		if (!known->is_known)
			*known = (struct home_notices){ .is_known = true,
							.motd = g->texts.motd_set,
							.welcome = g->texts.welcome_set };
	}
	router_act_in_order(g->entity, greet, g);
}

static enum verdict on_presence(struct dispatch *d)
{
	const struct home_notices *known = &d->home->notices;
	struct resource *r = d->resource;
	struct greeting *g;
	struct told *told;

	if (!r || d->stanza.type != PRESENCE_AVAILABLE || jid_is_set(d->stanza.to) ||
	    r->priority < 0)
		return PASS;
	told = (struct told *)(void *)((char *)r->state + resource_offset);
	if (told->is_asked)
		return PASS;
	told->is_asked = true;
	if (known->is_known && !wants_motd(d->entity, known->motd) &&
	    !wants_welcome(d->entity, known->welcome))
		return PASS;
	g = mem_zalloc(1, sizeof(*g));
	g->entity = d->entity;
	arena_init(&g->arena, 4 * NOTICE_MAX);
	entity_pin(g->entity);
	look_up(d->home, on_texts, g);
	return PASS;
}

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	struct seen *s = seen_of(e);

	*s = (struct seen){ .motd = 0 };
	for (; rows; rows = rows->next) {
		if (!str_eq(rows->space, SEEN_SPACE))
			continue;
		if (str_eq(rows->key, WELCOME))
			s->is_welcomed = true;
		else if (str_to_i64(rows->value, &s->motd))
			log_error(&e->log, "what was read last cannot be read");
	}
}

/* ---- changing them: the store, then every home, then who is online ---- */

struct change {
	struct letter letter;
	struct adhoc *x;
	struct str key, text; /* text without pointer: it goes */
	int64_t set;
	bool is_told; /* who is online gets it at once */
	unsigned next;
	struct home_notices now;
};

static void tell_now(struct dispatch *d, void *arg)
{
	const struct change *c = arg;

	tell_motd(d, c->set, c->text);
}

static void visit(struct entity *e, void *arg)
{
	if (e->state == ENTITY_READY && e->resources.count)
		router_act(e, tell_now, arg);
}

static void on_visited(void *arg)
{
	const struct change *c = arg;

	adhoc_done(c->x, STR_NONE);
}

static void on_round(struct letter *l)
{
	struct change *c = container_of(l, struct change, letter);

	if (c->is_told)
		census_take(c->x->home, visit, on_visited, c);
	else
		adhoc_done(c->x, STR_NONE);
}

static void pass_on(struct change *c);

static void on_home(struct letter *l)
{
	struct change *c = container_of(l, struct change, letter);

	struct home_notices *known = &c->x->home->all[c->next++]->notices;

	if (!known->is_known)
		*known = c->now;
	else if (str_eq(c->key, MOTD))
		known->motd = c->now.motd;
	else
		known->welcome = c->now.welcome;
	pass_on(c);
}

static void pass_on(struct change *c)
{
	const struct home *h = c->x->home;
	bool is_done = c->next == h->count;

	c->letter.fn = is_done ? on_round : on_home;
	loop_post(is_done ? h->loop : h->all[c->next]->loop, &c->letter);
}

static void on_committed(struct txn *t)
{
	struct change *c = t->arg;
	enum err err = t->err;

	txn_free(&t);
	if (err)
		adhoc_failed_err(c->x, err);
	else
		pass_on(c);
}

static void commit(struct change *c)
{
	struct adhoc *x = c->x;
	struct txn *t = txn_new();

	log_info(&x->entity->log, "administrator changes a message of the server",
		 F_STR("command", x->command->node));
	if (str_is_set(c->text))
		txn_put(t, x->home->domain, NOTICE_SPACE, c->key,
			arena_printf(x->arena, "%lld\n%.*s", (long long)c->set, STR_ARG(c->text)));
	else
		txn_delete(t, x->home->domain, NOTICE_SPACE, c->key);
	t->done = on_committed;
	t->arg = c;
	store_commit(x->home->store, t);
}

static struct change *change_new(struct adhoc *x)
{
	struct change *c = arena_new(x->arena, struct change);

	c->x = x;
	return c;
}

static bool has_failed(const struct change *c, const struct store_answer *answer)
{
	if (!answer->err || answer->err == ERR_NOT_FOUND)
		return false;
	adhoc_failed_err(c->x, answer->err);
	return true;
}

static struct home_notices known_of(const struct texts *t)
{
	return (struct home_notices){ .is_known = true,
				      .motd = t->motd_set,
				      .welcome = t->welcome_set };
}

static void on_set_motd(void *arg, struct store_answer *answer)
{
	struct change *c = arg;
	struct texts t = read_texts(answer);

	if (has_failed(c, answer))
		return;
	c->key = MOTD;
	c->text = notice_text(c->x, MOTD);
	c->set = wall_now();
	c->is_told = true;
	c->now = known_of(&t);
	c->now.motd = c->set;
	commit(c);
}

static void run_set_motd(struct adhoc *x)
{
	look_up(x->home, on_set_motd, change_new(x));
}

/* Who has seen it does not get it again. */
static void on_edit_motd(void *arg, struct store_answer *answer)
{
	struct change *c = arg;
	struct texts t = read_texts(answer);

	if (has_failed(c, answer))
		return;
	if (!t.motd_set) {
		adhoc_failed(c->x, STR("there is no message of the day"));
		return;
	}
	c->key = MOTD;
	c->text = notice_text(c->x, MOTD);
	c->set = t.motd_set;
	c->now = known_of(&t);
	commit(c);
}

static void run_edit_motd(struct adhoc *x)
{
	look_up(x->home, on_edit_motd, change_new(x));
}

static void on_delete_motd(void *arg, struct store_answer *answer)
{
	struct change *c = arg;
	struct texts t = read_texts(answer);

	if (has_failed(c, answer))
		return;
	c->key = MOTD;
	c->now = known_of(&t);
	c->now.motd = 0;
	commit(c);
}

static void run_delete_motd(struct adhoc *x)
{
	look_up(x->home, on_delete_motd, change_new(x));
}

/* For who was made since the first one was set, and has not logged in yet. */
static void on_set_welcome(void *arg, struct store_answer *answer)
{
	struct change *c = arg;
	struct texts t = read_texts(answer);

	if (has_failed(c, answer))
		return;
	c->key = WELCOME;
	c->text = notice_text(c->x, WELCOME);
	c->set = t.welcome_set ? t.welcome_set : wall_now();
	c->now = known_of(&t);
	c->now.welcome = c->set;
	commit(c);
}

static void run_set_welcome(struct adhoc *x)
{
	look_up(x->home, on_set_welcome, change_new(x));
}

static void on_delete_welcome(void *arg, struct store_answer *answer)
{
	struct change *c = arg;
	struct texts t = read_texts(answer);

	if (has_failed(c, answer))
		return;
	c->key = WELCOME;
	c->now = known_of(&t);
	c->now.welcome = 0;
	commit(c);
}

static void run_delete_welcome(struct adhoc *x)
{
	look_up(x->home, on_delete_welcome, change_new(x));
}

/* ---- forms ---- */

static void ask_set_motd(struct adhoc *x)
{
	adhoc_form(x, STR("Setting the Message of the Day"),
		   STR("Fill out this form to set the message of the day."));
	notice_ask(x, MOTD, STR("Message of the Day"), STR_NONE);
	adhoc_ask(x);
}

static void on_motd(void *arg, struct store_answer *answer)
{
	struct adhoc *x = arg;
	struct texts t = read_texts(answer);

	adhoc_form(x, STR("Editing the Message of the Day"),
		   STR("Fill out this form to edit the message of the day."));
	notice_ask(x, MOTD, STR("Message of the Day"), t.motd);
	adhoc_ask(x);
}

static void ask_edit_motd(struct adhoc *x)
{
	look_up(x->home, on_motd, x);
}

static void on_welcome(void *arg, struct store_answer *answer)
{
	struct adhoc *x = arg;
	struct texts t = read_texts(answer);

	adhoc_form(x, STR("Setting Welcome Message"),
		   STR("Fill out this form to set the welcome message for this service."));
	notice_ask(x, WELCOME, STR("Welcome Message"), t.welcome);
	adhoc_ask(x);
}

static void ask_welcome(struct adhoc *x)
{
	look_up(x->home, on_welcome, x);
}

static struct str check_motd(struct adhoc *x)
{
	return notice_check(x, MOTD);
}

static struct str check_welcome(struct adhoc *x)
{
	return notice_check(x, WELCOME);
}

/* ---- the tables ---- */

static const struct adhoc_stage set_motd[] = { { ask_set_motd, check_motd } };
static const struct adhoc_stage edit_motd[] = { { ask_edit_motd, check_motd } };
static const struct adhoc_stage set_welcome[] = { { ask_welcome, check_welcome } };

#define ADMIN(node_name, words)                                                                    \
	.node = STR_INIT("http://jabber.org/protocol/admin#" node_name), .name = STR_INIT(words),  \
	.who = ADHOC_ADMIN, .form_type = STR_INIT("http://jabber.org/protocol/admin")

static const struct adhoc_command commands[] = {
	{ ADMIN("set-motd", "Set Message of the Day"), .stages = set_motd, .stage_count = 1,
	  .run = run_set_motd },
	{ ADMIN("edit-motd", "Edit Message of the Day"), .stages = edit_motd, .stage_count = 1,
	  .run = run_edit_motd },
	{ ADMIN("delete-motd", "Delete Message of the Day"), .run = run_delete_motd },
	{ ADMIN("set-welcome", "Set Welcome Message"), .stages = set_welcome, .stage_count = 1,
	  .run = run_set_welcome },
	{ ADMIN("delete-welcome", "Delete Welcome Message"), .run = run_delete_welcome },
	{ .node = { .ptr = NULL } },
};

static const struct hook hooks[] = {
	{ STANZA_PRESENCE, WAY_OUT, PHASE_NOTIFY, on_presence },
	{ .run = NULL },
};

static const struct str spaces[] = { STR_INIT("notice_seen"), { .ptr = NULL } };

const struct feature feature_notices = {
	.name = "notices",
	.spec = "XEP-0133 1.3.1",
	.test = "im/admin-notices.talk",
	.hooks = hooks,
	.commands = commands,
	.spaces = spaces,
	.entity_state = sizeof(struct seen),
	.entity_offset = &entity_offset,
	.resource_state = sizeof(struct told),
	.resource_offset = &resource_offset,
	.on_load = on_load,
};
