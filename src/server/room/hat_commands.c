/* SPDX-License-Identifier: Apache-2.0 */
/* Commands for hats, see hat_commands.h. A request with a form is carried out, one without gets the
 * form. */
#include "server/room/hat_commands.h"

#include "base/random.h"
#include "server/room/hats.h"
#include "server/room/tell.h"
#include "xep/disco.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { SESSION_MAX = 128 /* bytes of a sessionid that a client says */ };

#define HAT_URI   STR("hats#uri")
#define HAT_TITLE STR("hats#title")
#define HAT_HUE   STR("hats#hue")
#define HAT_JID   STR("hats#jid")

struct command {
	struct str node, name;
	bool is_open; /* to all who belong to the room */
	/* Makes the form to be filled in; NULL: there is none. */
	struct xml *(*ask)(struct dispatch *d, const struct room *r);
	/* Carries it out: the result (or NULL) goes along. */
	enum err (*run)(struct dispatch *d, struct room *r, const struct xml *form,
			struct xml **ret_result);
};

/* ---- forms ---- */

static struct xml *form_begin(struct dispatch *d, struct str type, struct str title)
{
	struct xml *form = form_new(d->arena, type, STR_NONE);

	(void)xml_add_text_el(d->arena, form, NS_DATA, STR("title"), title);
	form_add_field(d->arena, form, STR("FORM_TYPE"), STR("hidden"),
		       STR("urn:xmpp:hats:commands"));
	return form;
}

static void add_text(struct dispatch *d, struct xml *form, struct str var, struct str type,
		     struct str label, bool is_required)
{
	struct xml *field = form_add(d->arena, form, var, type, label);

	if (is_required)
		form_require(d->arena, field);
}

static void add_choice(struct dispatch *d, const struct room *r, struct xml *form)
{
	struct xml *field = form_add(d->arena, form, HAT_URI, STR("list-single"), STR("Hat"));

	form_require(d->arena, field);
	for (size_t i = 0; i < r->hats.count; i++)
		form_add_option(d->arena, field, r->hats.hats[i].uri, r->hats.hats[i].title);
}

static struct xml *ask_create(struct dispatch *d, const struct room *r)
{
	struct xml *form = form_begin(d, STR("form"), STR("Creating a hat"));

	(void)r;
	add_text(d, form, HAT_TITLE, STR("text-single"), STR("Title"), true);
	add_text(d, form, HAT_URI, STR("text-single"), STR("URI"), true);
	add_text(d, form, HAT_HUE, STR("text-single"), STR("Hue (degrees)"), false);
	return form;
}

static struct xml *ask_destroy(struct dispatch *d, const struct room *r)
{
	struct xml *form = form_begin(d, STR("form"), STR("Destroying a hat"));

	add_choice(d, r, form);
	return form;
}

static struct xml *ask_wearer(struct dispatch *d, const struct room *r)
{
	struct xml *form = form_begin(d, STR("form"), STR("A hat for a user"));

	add_text(d, form, HAT_JID, STR("jid-single"), STR("Address of the user"), true);
	add_choice(d, r, form);
	return form;
}

/* ---- results ---- */

static struct xml *result_begin(struct dispatch *d, struct str title, bool has_jid)
{
	struct xml *form = form_begin(d, STR("result"), title);
	struct xml *reported = xml_add_new(d->arena, form, NS_DATA, STR("reported"));

	if (has_jid)
		(void)form_add(d->arena, reported, HAT_JID, STR("jid-single"), STR_NONE);
	(void)form_add(d->arena, reported, HAT_TITLE, STR("text-single"), STR_NONE);
	(void)form_add(d->arena, reported, HAT_URI, STR("text-single"), STR_NONE);
	(void)form_add(d->arena, reported, HAT_HUE, STR("text-single"), STR_NONE);
	return form;
}

static void add_row(struct dispatch *d, struct xml *form, const struct room_hat *hat,
		    struct str bare)
{
	struct xml *item = xml_add_new(d->arena, form, NS_DATA, STR("item"));

	if (bare.ptr)
		form_add_field(d->arena, item, HAT_JID, STR_NONE, bare);
	form_add_field(d->arena, item, HAT_TITLE, STR_NONE, hat->title);
	form_add_field(d->arena, item, HAT_URI, STR_NONE, hat->uri);
	form_add_field(d->arena, item, HAT_HUE, STR_NONE, hat->hue);
}

static enum err run_list(struct dispatch *d, struct room *r, const struct xml *form,
			 struct xml **ret_result)
{
	(void)form;
	*ret_result = result_begin(d, STR("Hats"), false);
	for (size_t i = 0; i < r->hats.count; i++)
		add_row(d, *ret_result, &r->hats.hats[i], STR_NONE);
	return OK;
}

static enum err run_assigned(struct dispatch *d, struct room *r, const struct xml *form,
			     struct xml **ret_result)
{
	const struct room_wearer *w;
	size_t at = 0;

	(void)form;
	*ret_result = result_begin(d, STR("Who wears which hat"), true);
	while ((w = map_next(&r->hats.wearers, &at))) {
		for (size_t i = 0; i < w->count; i++)
			add_row(d, *ret_result, room_hats_find(&r->hats, w->uris[i]), w->bare);
	}
	return OK;
}

/* ---- changes ---- */

static void tell_occupants(struct dispatch *d, struct room *r, struct str bare)
{
	struct occupant *o;
	size_t at = 0;

	while ((o = map_next(&r->occupants, &at))) {
		if (str_eq(o->bare, bare))
			tell_all(d, r, o, &(struct telling){ .id = STR_NONE });
	}
}

static void tell_settings(struct dispatch *d, struct room *r)
{
	struct xml *el = xml_new(d->arena, NS_CLIENT, STR("message")), *x;

	xml_set(d->arena, el, STR("from"), d->entity->jid.full);
	xml_set(d->arena, el, STR("type"), STR("groupchat"));
	x = xml_add_new(d->arena, el, NS_MUC_USER, STR("x"));
	xml_set(d->arena, xml_add_new(d->arena, x, NS_MUC_USER, STR("status")), STR("code"),
		STR("104"));
	dispatch_share(d, room_everybody(r), el);
}

/* Who wears it now: bare JIDs, in the arena. */
static size_t wearers_of(struct dispatch *d, const struct room *r, struct str uri,
			 struct str **ret_bares)
{
	const struct room_wearer *w;
	size_t at = 0, count = 0;

	*ret_bares = arena_alloc(d->arena, (r->hats.wearers.count + 1) * sizeof(**ret_bares));
	while ((w = map_next(&r->hats.wearers, &at))) {
		if (room_hats_wears(&r->hats, w->bare, uri))
			(*ret_bares)[count++] = arena_dup(d->arena, w->bare);
	}
	return count;
}

static struct str value_of(struct dispatch *d, const struct xml *form, struct str var)
{
	struct str value = form_value(form, var, d->arena);

	return value.ptr ? str_trim(value) : STR("");
}

static enum err run_create(struct dispatch *d, struct room *r, const struct xml *form,
			   struct xml **ret_result)
{
	struct str uri = value_of(d, form, HAT_URI), *bares;
	enum err e = room_hats_set(&r->hats, uri, value_of(d, form, HAT_TITLE),
				   value_of(d, form, HAT_HUE));
	size_t count;

	(void)ret_result;
	if (e)
		return e;
	hats_store(d, r, uri);
	tell_settings(d, r);
	count = wearers_of(d, r, uri, &bares);
	for (size_t i = 0; i < count; i++)
		tell_occupants(d, r, bares[i]);
	return OK;
}

static enum err run_destroy(struct dispatch *d, struct room *r, const struct xml *form,
			    struct xml **ret_result)
{
	struct str uri = value_of(d, form, HAT_URI), *bares;
	size_t count;
	enum err e;

	(void)ret_result;
	if (!uri.len) /* as the document's own form calls it */
		uri = value_of(d, form, STR("hat"));
	count = wearers_of(d, r, uri, &bares);
	e = room_hats_remove(&r->hats, uri);
	if (e)
		return e;
	hats_store(d, r, uri);
	tell_settings(d, r);
	for (size_t i = 0; i < count; i++) {
		hats_store_wearer(d, r, bares[i]);
		tell_occupants(d, r, bares[i]);
	}
	return OK;
}

static enum err change_wearer(struct dispatch *d, struct room *r, const struct xml *form,
			      enum err (*change)(struct room_hats *h, struct str bare,
						 struct str uri))
{
	struct jid jid;
	struct str bare;
	enum err e;

	if (jid_parse(d->arena, value_of(d, form, HAT_JID), &jid) || !jid.node.len)
		return ERR_INVALID;
	bare = jid_bare_str(jid);
	e = change(&r->hats, bare, value_of(d, form, HAT_URI));
	if (e)
		return e;
	hats_store_wearer(d, r, bare);
	tell_occupants(d, r, bare);
	return OK;
}

static enum err run_assign(struct dispatch *d, struct room *r, const struct xml *form,
			   struct xml **ret_result)
{
	(void)ret_result;
	return change_wearer(d, r, form, room_hats_put_on);
}

static enum err run_unassign(struct dispatch *d, struct room *r, const struct xml *form,
			     struct xml **ret_result)
{
	(void)ret_result;
	return change_wearer(d, r, form, room_hats_take_off);
}

static const struct command commands[] = {
	{ STR_INIT("urn:xmpp:hats:commands:create"), STR_INIT("Create a hat"), false, ask_create,
	  run_create },
	{ STR_INIT("urn:xmpp:hats:commands:destroy"), STR_INIT("Destroy a hat"), false, ask_destroy,
	  run_destroy },
	{ STR_INIT("urn:xmpp:hats:commands:list"), STR_INIT("List the hats"), true, NULL,
	  run_list },
	{ STR_INIT("urn:xmpp:hats:commands:assign"), STR_INIT("Put a hat on a user"), false,
	  ask_wearer, run_assign },
	{ STR_INIT("urn:xmpp:hats:commands:unassign"), STR_INIT("Take a hat off a user"), false,
	  ask_wearer, run_unassign },
	{ STR_INIT("urn:xmpp:hats:commands:list-assigned"), STR_INIT("List who wears which hat"),
	  false, NULL, run_assigned },
};

/* ---- the protocol ---- */

static const struct command *find(struct str node)
{
	for (size_t i = 0; i < array_len(commands); i++) {
		if (str_eq(commands[i].node, node))
			return &commands[i];
	}
	return NULL;
}

static bool may_run(const struct dispatch *d, const struct room *r, const struct command *c)
{
	enum room_affiliation a = room_members_get(&r->members, d->stanza.from);

	return a >= AFFILIATION_ADMIN ||
	       (c->is_open && (a >= AFFILIATION_MEMBER || room_session(r, d->stanza.from.full)));
}

static enum verdict answer(struct dispatch *d, struct str node, struct str status, struct xml *form)
{
	struct xml *reply = reply_result(d->arena, &d->stanza), *command;
	struct str id = xml_attr(stanza_payload(&d->stanza), STR("sessionid"));

	if (!str_is_set(id) || id.len > SESSION_MAX)
		id = arena_printf(d->arena, "%016llx", (unsigned long long)random_u64());
	command = xml_add_new(d->arena, reply, NS_COMMANDS, STR("command"));
	xml_set(d->arena, command, STR("node"), node);
	xml_set(d->arena, command, STR("sessionid"), id);
	xml_set(d->arena, command, STR("status"), status);
	if (form && str_eq(status, STR("executing"))) {
		struct xml *actions = xml_add_new(d->arena, command, NS_COMMANDS, STR("actions"));

		xml_set(d->arena, actions, STR("execute"), STR("complete"));
		(void)xml_add_new(d->arena, actions, NS_COMMANDS, STR("complete"));
	}
	if (form)
		xml_add(command, form);
	return dispatch_reply(d, reply);
}

static enum verdict refuse(struct dispatch *d, enum err e)
{
	struct xml *el;

	if (e == ERR_NOT_FOUND)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (e == ERR_TOO_BIG)
		return dispatch_error(d, COND_RESOURCE_CONSTRAINT);
	el = dispatch_error_new(d, COND_BAD_REQUEST, STR_NONE);
	(void)xml_add_new(d->arena, xml_child(el, el->ns, STR("error")), NS_COMMANDS,
			  STR("bad-payload"));
	return dispatch_reply(d, el);
}

static enum verdict run(struct dispatch *d, struct room *r, const struct command *c,
			const struct xml *form)
{
	struct str type = form ? form_type_of(form, d->arena) : STR_NONE;
	struct xml *result = NULL;
	enum err e;

	if (form && (form_check(form) ||
		     (str_is_set(type) && !str_eq(type, STR("urn:xmpp:hats:commands")))))
		return refuse(d, ERR_INVALID);
	e = c->run(d, r, form, &result);
	return e ? refuse(d, e) : answer(d, c->node, STR("completed"), result);
}

static enum verdict on_command(struct dispatch *d)
{
	struct room *r = room_of(d->entity);
	const struct xml *el = stanza_payload(&d->stanza);
	const struct xml *form = xml_child(el, NS_DATA, STR("x"));
	const struct command *c = find(xml_attr(el, STR("node")));
	struct str action = xml_attr(el, STR("action"));

	if (!r->exists || !c)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (!may_run(d, r, c))
		return dispatch_error(d, COND_FORBIDDEN);
	if (str_eq(action, STR("cancel")) ||
	    (form && str_eq(xml_attr(form, STR("type")), STR("cancel"))))
		return answer(d, c->node, STR("canceled"), NULL);
	if (c->ask && !form)
		return answer(d, c->node, STR("executing"), c->ask(d, r));
	return run(d, r, c, form);
}

enum verdict hat_commands_disco(struct dispatch *d, const struct room *r, struct str node,
				bool is_items)
{
	const struct command *c = find(node);
	struct xml *reply, *query;

	if (!c && !str_eq(node, NS_COMMANDS))
		return PASS;
	query = is_items ? disco_items_new(d->arena, node) : disco_info_new(d->arena, node);
	for (size_t i = 0; !c && is_items && i < array_len(commands); i++) {
		if (may_run(d, r, &commands[i]))
			disco_add_item(d->arena, query, d->entity->jid.full, commands[i].name,
				       commands[i].node);
	}
	if (!is_items)
		disco_add_command(d->arena, query, c ? c->name : STR("Commands"), !c);
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, query);
	return dispatch_reply(d, reply);
}

static const struct iq_handler iq[] = {
	{ STR_INIT("http://jabber.org/protocol/commands"), STR_INIT("command"), IQ_SET,
	  TARGET_OTHER, on_command },
	{ .run = NULL },
};

static const struct str vars[] = { STR_INIT("http://jabber.org/protocol/commands"),
				   STR_INIT("urn:xmpp:hats:0"),
				   { .ptr = NULL } };

const struct feature room_hats_feature = {
	.name = "room_hats",
	.spec = "XEP-0317 0.3.1, XEP-0050 1.3.0",
	.test = "rooms/hats.talk",
	.iq = iq,
	.disco_account = vars,
};
