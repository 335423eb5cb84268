/* SPDX-License-Identifier: Apache-2.0 */
/* Ad-hoc commands (XEP-0050) of the server: requests, sessions, and what service discovery says of
 * them. The commands are rows of the features' tables (route/adhoc.h).
 *
 * A request is answered when its command is done with it; meanwhile the user's entity goes on with
 * other stanzas. A session belongs to the full JID that began it and ends with it. */
#include "server/feature/adhoc.h"

#include "base/mem.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "server/route/adhoc.h"
#include "server/route/admins.h"
#include "server/route/registry.h"
#include "server/route/router.h"
#include "xep/disco.h"
#include "xmpp/ns.h"

#include <stdlib.h>

enum { ID_LEN = 32 /* bytes of a sessionid: a random number and its proof, both in hex */ };

/* Of an entity. */
struct adhocs {
	struct list sessions; /* of struct adhoc, the one that was used last in front */
	unsigned count;
};

enum action { EXECUTE, CANCEL, PREV, NEXT, COMPLETE };

static size_t entity_offset;

static struct adhocs *adhocs_of(const struct entity *e)
{
	struct adhocs *all = entity_slot(e, entity_offset);

	if (!all->sessions.next)
		list_init(&all->sessions);
	return all;
}

/* ---- the list of commands ---- */

static const struct adhoc_command *find_command(const struct home *h, struct str node)
{
	const struct feature *const *f = registry_features(h->registry);

	for (; *f; f++) {
		for (const struct adhoc_command *c = (*f)->commands; c && c->node.ptr; c++) {
			if (str_eq(c->node, node))
				return c;
		}
	}
	return NULL;
}

static bool may_run(const struct home *h, const struct adhoc_command *c, bool is_admin)
{
	return (c->who == ADHOC_USER || is_admin) && (!c->is_offered || c->is_offered(h, is_admin));
}

/* ---- sessions ---- */

static void drop_values(struct adhoc *x, unsigned stage)
{
	arena_wipe(&x->values[stage].arena);
	x->values[stage] = (struct adhoc_values){ 0 };
}

static void adhoc_free(struct adhoc *x)
{
	for (unsigned i = 0; i < ADHOC_STAGES_MAX; i++)
		drop_values(x, i);
	arena_wipe(&x->request_arena);
	mem_free((void *)(uintptr_t)x->id.ptr);
	mem_free((void *)(uintptr_t)x->from.ptr);
	mem_free(x);
}

/* Takes it out of its list; what works on it ends first. */
static void drop(struct adhocs *all, struct adhoc *x)
{
	list_remove(&x->link);
	all->count--;
	x->is_dropped = true;
	if (!x->is_busy)
		adhoc_free(x);
}

static void drop_expired(struct adhocs *all)
{
	usec_t now = clock_now();

	list_each (link, &all->sessions) {
		struct adhoc *x = list_entry(link, struct adhoc, link);

		if (!x->is_busy && now - x->touched >= ADHOC_LIFETIME)
			drop(all, x);
	}
}

/* Room for one more: the one that was left alone longest goes. */
static bool make_room(struct adhocs *all)
{
	struct list *link = all->sessions.prev;

	while (all->count >= ADHOC_SESSIONS_MAX && link != &all->sessions) {
		struct adhoc *x = list_entry(link, struct adhoc, link);

		link = link->prev;
		if (!x->is_busy)
			drop(all, x);
	}
	return all->count < ADHOC_SESSIONS_MAX;
}

/* A sessionid proves that it was given to this address, so that one that is not valid any more can
 * be told from one that never was (XEP-0050 4.5). */
static void make_id(const struct home *h, uint64_t number, struct str from, char buf[ID_LEN + 1])
{
	struct arena a scoped(arena_done) = { 0 };
	struct str text;

	arena_init(&a, 16 * KIB);
	text = arena_printf(&a, "%016llx", (unsigned long long)number);
	text = arena_printf(&a, "%.*s%016llx", STR_ARG(text),
			    (unsigned long long)siphash(h->place_key,
							ARENA_JOIN(&a, STR("adhoc "), text, from)));
	must(text.len == ID_LEN);
	memcpy(buf, text.ptr, ID_LEN + 1);
}

static bool was_given(const struct home *h, struct str id, struct str from)
{
	char buf[ID_LEN + 1], number[17] = { 0 };
	unsigned long long n;

	if (id.len != ID_LEN)
		return false;
	memcpy(number, id.ptr, 16);
	n = strtoull(number, NULL, 16);
	make_id(h, n, from, buf);
	return secret_equal(buf, id.ptr, ID_LEN);
}

static struct adhoc *find_session(struct adhocs *all, struct str id, struct str from)
{
	list_each (link, &all->sessions) {
		struct adhoc *x = list_entry(link, struct adhoc, link);

		if (str_eq(x->id, id) && str_eq(x->from, from))
			return x;
	}
	return NULL;
}

/* ---- answers ---- */

static void send(struct dispatch *d, void *arg)
{
	struct adhoc *x = arg;
	struct entity *e = x->entity;
	struct resource *r = resource_by_id(&e->resources, x->resource);

	if (r)
		dispatch_deliver(d, r, x->answer);
	x->is_busy = false;
	x->touched = clock_now();
	x->form = x->answer = NULL;
	x->state = NULL;
	arena_wipe(&x->request_arena);
	x->request_arena = (struct arena){ 0 };
	if (x->is_dropped)
		adhoc_free(x);
	else if (x->is_over)
		drop(adhocs_of(e), x);
	entity_unpin(e);
}

static void deliver(struct adhoc *x)
{
	router_act_in_order(x->entity, send, x);
}

static void add_specific(struct arena *a, struct xml *reply, struct str specific)
{
	if (specific.len)
		(void)xml_add_new(a, xml_child(reply, NS_CLIENT, STR("error")), NS_COMMANDS,
				  specific);
}

/* An error that ends the request. */
static void refuse(struct adhoc *x, enum condition c, struct str specific, struct str text)
{
	x->answer = reply_error(x->arena, &x->request, c, text);
	add_specific(x->arena, x->answer, specific);
	deliver(x);
}

static enum verdict refuse_at_once(struct dispatch *d, enum condition c, struct str specific)
{
	struct xml *reply = reply_error(d->arena, &d->stanza, c, STR_NONE);

	add_specific(d->arena, reply, specific);
	return dispatch_reply(d, reply);
}

static void answer_canceled(struct adhoc *x)
{
	struct xml *command;

	x->answer = reply_result(x->arena, &x->request);
	command = xml_add_new(x->arena, x->answer, NS_COMMANDS, STR("command"));
	xml_set(x->arena, command, STR("node"), x->command->node);
	xml_set(x->arena, command, STR("sessionid"), x->id);
	xml_set(x->arena, command, STR("status"), STR("canceled"));
	x->is_over = true;
	deliver(x);
}

/* ---- what is filled in ---- */

static bool is_secret(struct str var)
{
	return str_starts(var, STR("password"));
}

static void keep_field(struct adhoc_values *v, const struct xml *form, const struct xml *field)
{
	struct adhoc_field *kept = arena_new(&v->arena, struct adhoc_field);
	const struct str *came = NULL;
	struct str *values;

	kept->var = arena_dup(&v->arena, xml_attr(field, STR("var")));
	kept->count = form_values(form, kept->var, &v->arena, &came);
	values = arena_alloc(&v->arena, (kept->count + 1) * sizeof(*values));
	for (size_t i = 0; i < kept->count; i++) {
		values[i] = arena_dup(&v->arena, came[i]);
		if (is_secret(kept->var)) /* it lives in the arena of the dispatch, or in ours */
			secret_wipe((void *)(uintptr_t)came[i].ptr, came[i].len);
	}
	kept->values = values;
	kept->next = v->first;
	v->first = kept;
}

/* The form of the request that d carries. XEP-0050 4.4.1: one of type cancel counts as filled in.
 */
static enum err keep_values(struct adhoc *x, const struct xml *command, struct adhoc_values *v)
{
	const struct xml *form = xml_child(command, NS_DATA, STR("x"));
	struct str type;

	arena_init(&v->arena, ADHOC_VALUES_MAX);
	if (!form)
		return OK;
	if (form_check(form))
		return ERR_INVALID;
	type = form_type_of(form, &v->arena);
	if (str_is_set(type) && !str_eq(type, x->command->form_type))
		return ERR_INVALID;
	xml_each (field, form) {
		if (xml_is(field, NS_DATA, STR("field")) && str_is_set(xml_attr(field, STR("var"))))
			keep_field(v, form, field);
	}
	return arena_is_over(&v->arena) ? ERR_TOO_BIG : OK;
}

/* ---- steps ---- */

static void ask_or_run(struct adhoc *x)
{
	if (x->stage < x->command->stage_count)
		x->command->stages[x->stage].ask(x);
	else
		x->command->run(x);
}

/* Forward: what was filled in on this stage is judged. */
static void go_on(struct adhoc *x)
{
	struct str why = x->command->stages[x->stage].check(x);

	if (str_is_set(why)) {
		drop_values(x, x->stage);
		refuse(x, COND_BAD_REQUEST, STR("bad-payload"), why);
		return;
	}
	x->stage++;
	ask_or_run(x);
}

static void go_back(struct adhoc *x)
{
	drop_values(x, x->stage);
	x->stage--;
	drop_values(x, x->stage);
	ask_or_run(x);
}

/* The user's rights are known. */
static void step(struct adhoc *x, enum action action)
{
	if (!may_run(x->home, x->command, x->is_admin)) {
		x->is_over = true;
		refuse(x, COND_FORBIDDEN, STR_NONE, STR_NONE);
	} else if (action == CANCEL) {
		answer_canceled(x);
	} else if (action == PREV) {
		go_back(x);
	} else if (action == EXECUTE) { /* of a new session */
		ask_or_run(x);
	} else {
		go_on(x);
	}
}

struct looking {
	struct adhoc *x;
	enum action action;
};

static void on_account(void *arg, struct store_answer *answer)
{
	const struct looking *l = arg;
	struct adhoc *x = l->x;
	enum action action = l->action; /* l is in the arena that the answer wipes */

	x->is_admin = !answer->err && admins_may(x->home, &answer->account);
	if (answer->err && answer->err != ERR_NOT_FOUND)
		refuse(x, COND_INTERNAL_SERVER_ERROR, STR_NONE, STR_NONE);
	else
		step(x, action);
}

/* ---- requests ---- */

static void copy_request(struct adhoc *x, const struct stanza *s)
{
	struct arena *a = &x->request_arena;

	arena_init(a, ADHOC_ANSWER_MAX);
	x->arena = a;
	x->request = (struct stanza){ .kind = s->kind, .type = s->type };
	x->request.el = xml_new(a, NS_CLIENT, STR("iq"));
	x->request.id = arena_dup(a, s->id);
	x->request.from.full = arena_dup(a, s->from.full);
	x->request.to.full = arena_dup(a, s->to.full);
	x->request.from.domain = x->request.to.domain = arena_dup(a, x->home->domain);
}

/* The request is taken: it is answered later, once. */
static void begin(struct adhoc *x, struct dispatch *d, enum action action)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = x->entity->jid.full };
	struct looking *l;

	x->is_busy = true;
	entity_pin(x->entity);
	copy_request(x, &d->stanza);
	l = arena_new(x->arena, struct looking);
	*l = (struct looking){ .x = x, .action = action };
	store_read(x->home->store, &request, on_account, l);
}

static struct adhoc *session_new(struct dispatch *d, const struct adhoc_command *command)
{
	struct adhocs *all = adhocs_of(d->entity);
	struct adhoc *x = mem_zalloc(1, sizeof(*x));
	struct str from = d->stanza.from.full;
	char id[ID_LEN + 1];

	make_id(d->home, random_u64(), from, id);
	x->home = d->home;
	x->entity = d->entity;
	x->command = command;
	x->id = str_make(str_dup(str_from(id)), ID_LEN);
	x->from = str_make(str_dup(from), from.len);
	x->resource = d->resource_id;
	x->deliver = deliver;
	list_prepend(&all->sessions, &x->link);
	all->count++;
	return x;
}

static enum verdict start(struct dispatch *d, const struct adhoc_command *command,
			  enum action action)
{
	if (action != EXECUTE)
		return refuse_at_once(d, COND_BAD_REQUEST, STR("bad-action"));
	if (!make_room(adhocs_of(d->entity)))
		return dispatch_error_text(d, COND_RESOURCE_CONSTRAINT,
					   STR("too many commands are under way"));
	begin(session_new(d, command), d, EXECUTE);
	return DONE;
}

/* Whether this is an action that the stage allows; EXECUTE becomes what it stands for. */
static bool read_action(const struct adhoc *x, enum action *action)
{
	enum action forward = x->stage + 1 == x->command->stage_count ? COMPLETE : NEXT;

	if (*action == EXECUTE)
		*action = forward;
	return *action == forward || *action == CANCEL || (*action == PREV && x->stage > 0);
}

static enum verdict carry_on(struct dispatch *d, struct adhoc *x, enum action action)
{
	struct adhocs *all = adhocs_of(d->entity);
	bool is_forward;
	enum err err = OK;

	if (x->is_busy || !read_action(x, &action))
		return refuse_at_once(d, COND_BAD_REQUEST, STR("bad-action"));
	list_remove(&x->link);
	list_prepend(&all->sessions, &x->link);
	is_forward = action == NEXT || action == COMPLETE;
	if (is_forward) {
		drop_values(x, x->stage);
		err = keep_values(x, stanza_payload(&d->stanza), &x->values[x->stage]);
	}
	if (err) {
		drop_values(x, x->stage);
		return refuse_at_once(d, COND_BAD_REQUEST, STR("bad-payload"));
	}
	begin(x, d, action);
	return DONE;
}

static bool parse_action(struct str text, enum action *ret_action)
{
	static const struct str names[] = { [EXECUTE] = STR_INIT("execute"),
					    [CANCEL] = STR_INIT("cancel"),
					    [PREV] = STR_INIT("prev"),
					    [NEXT] = STR_INIT("next"),
					    [COMPLETE] = STR_INIT("complete") };

	for (size_t i = 0; i < array_len(names); i++) {
		if (str_eq(text, names[i])) {
			*ret_action = (enum action)i;
			return true;
		}
	}
	return false;
}

static enum verdict on_set(struct dispatch *d)
{
	const struct xml *el = stanza_payload(&d->stanza);
	struct str node = xml_attr(el, STR("node")), id = xml_attr(el, STR("sessionid")),
		   text = xml_attr(el, STR("action"));
	struct adhocs *all = adhocs_of(d->entity);
	const struct adhoc_command *command;
	enum action action = EXECUTE;
	struct adhoc *x;

	if (!str_is_set(node))
		return dispatch_error(d, COND_BAD_REQUEST);
	command = find_command(d->home, node);
	if (!command)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (str_is_set(text) && !parse_action(text, &action))
		return refuse_at_once(d, COND_BAD_REQUEST, STR("malformed-action"));
	drop_expired(all);
	if (!str_is_set(id))
		return start(d, command, action);
	x = find_session(all, id, d->stanza.from.full);
	if (x && x->command == command)
		return carry_on(d, x, action);
	if (!x && was_given(d->home, id, d->stanza.from.full))
		return refuse_at_once(d, COND_NOT_ALLOWED, STR("session-expired"));
	return refuse_at_once(d, COND_BAD_REQUEST, STR("bad-sessionid"));
}

/* ---- service discovery ---- */

struct disco_ask {
	struct str node;
	bool is_items, is_admin;
	enum err err;
};

static void on_disco_account(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct disco_ask *ask = d->wait_arg;

	ask->err = answer->err == ERR_NOT_FOUND ? OK : answer->err;
	ask->is_admin = !answer->err && admins_may(d->home, &answer->account);
	dispatch_resume(d);
}

static struct xml *list_commands(struct dispatch *d, bool is_admin)
{
	const struct feature *const *f = registry_features(d->home->registry);
	struct xml *query = disco_items_new(d->arena, NS_COMMANDS);

	for (; *f; f++) {
		for (const struct adhoc_command *c = (*f)->commands; c && c->node.ptr; c++) {
			if (may_run(d->home, c, is_admin))
				disco_add_item(d->arena, query, d->home->domain, c->name, c->node);
		}
	}
	return query;
}

static struct xml *describe(struct dispatch *d, struct str node, struct str name, bool is_list)
{
	struct xml *query = disco_info_new(d->arena, node);

	disco_add_command(d->arena, query, name, is_list);
	return query;
}

static void answer_disco(struct dispatch *d)
{
	const struct disco_ask *ask = d->wait_arg;
	const struct adhoc_command *command = find_command(d->home, ask->node);
	struct xml *reply, *query;

	if (ask->err) {
		(void)dispatch_error(d, COND_INTERNAL_SERVER_ERROR);
		return;
	}
	if (command && !may_run(d->home, command, ask->is_admin)) { /* XEP-0050 2.2 */
		(void)dispatch_error(d, COND_FORBIDDEN);
		return;
	}
	if (command && ask->is_items)
		query = disco_items_new(d->arena, ask->node);
	else if (command)
		query = describe(d, ask->node, command->name, false);
	else if (ask->is_items)
		query = list_commands(d, ask->is_admin);
	else
		query = describe(d, ask->node, STR("Commands"), true);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, query);
	(void)dispatch_reply(d, reply);
}

static enum verdict disco_node(struct dispatch *d, struct str node, bool is_items)
{
	struct store_request request = { .kind = READ_ACCOUNT, .owner = d->entity->jid.full };
	struct disco_ask *ask;

	if (d->target != TARGET_DOMAIN ||
	    (!str_eq(node, NS_COMMANDS) && !find_command(d->home, node)))
		return PASS;
	ask = arena_new(d->arena, struct disco_ask);
	*ask = (struct disco_ask){ .node = node, .is_items = is_items };
	d->wait_arg = ask;
	store_read(d->home->store, &request, on_disco_account, d);
	return dispatch_wait(d, answer_disco);
}

/* ---- life ---- */

static void on_unload(struct entity *e)
{
	struct adhocs *all = adhocs_of(e);

	list_each (link, &all->sessions)
		drop(all, list_entry(link, struct adhoc, link));
}

static void on_close(struct dispatch *d, struct resource *r)
{
	struct adhocs *all = adhocs_of(d->entity);

	list_each (link, &all->sessions) {
		struct adhoc *x = list_entry(link, struct adhoc, link);

		if (x->resource == r->id)
			drop(all, x);
	}
}

static const struct iq_handler iq[] = {
	{ STR_INIT("http://jabber.org/protocol/commands"), STR_INIT("command"), IQ_SET,
	  TARGET_DOMAIN, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("http://jabber.org/protocol/commands"),
				   { .ptr = NULL } };

const struct feature feature_adhoc = {
	.name = "adhoc",
	.spec = "XEP-0050 1.3.0",
	.test = "im/adhoc.talk",
	.disco_domain = vars,
	.disco_node = disco_node,
	.iq = iq,
	.entity_state = sizeof(struct adhocs),
	.entity_offset = &entity_offset,
	.on_unload = on_unload,
	.on_close = on_close,
};
