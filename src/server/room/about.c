/* SPDX-License-Identifier: Apache-2.0 */
/* disco of the service and of rooms, see about.h. A hidden room says what it is to whoever knows
 * its name, as XEP-0045 6.4 wants it; who is in it, it says to nobody. */
#include "server/room/about.h"

#include "server/model/room_listing.h"
#include "server/room/card.h"
#include "server/room/hat_commands.h"
#include "server/room/hats.h"
#include "server/room/mentions.h"
#include "server/room/pins.h"
#include "server/room/room.h"
#include "server/route/post.h"
#include "server/route/registry.h"
#include "xep/disco.h"
#include "xep/form.h"
#include "xep/rsm.h"
#include "xml/build.h"
#include "xmpp/ns.h"

enum { LIST_MAX = 100 /* rooms of one page */ };

static struct str node_of(const struct dispatch *d)
{
	return xml_attr(stanza_payload(&d->stanza), STR("node"));
}

static enum verdict answer(struct dispatch *d, struct xml *query)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);

	xml_add(reply, query);
	return dispatch_reply(d, reply);
}

static void add_features(struct dispatch *d, struct xml *query)
{
	const struct feature *const *f = registry_features(d->entity->realm->registry);

	for (; *f; f++) {
		for (const struct str *var = d->entity->jid.node.len ? (*f)->disco_account
								     : (*f)->disco_domain;
		     var && var->ptr; var++)
			disco_add_feature(d->arena, query, *var);
	}
}

/* ---- the service ---- */

static enum verdict service_info(struct dispatch *d)
{
	struct xml *query = disco_info_new(d->arena, STR_NONE);

	if (node_of(d).len)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	disco_add_identity(d->arena, query, STR("conference"), STR("text"), STR("Rooms"));
	add_features(d, query);
	return answer(d, query);
}

/* The page while it is looked up. */
struct page {
	struct rsm rsm;
	enum err err;
	struct xml *query;
};

static void on_list(void *arg, struct store_answer *found)
{
	struct dispatch *d = arg;
	struct page *page = d->wait_arg;
	struct rsm_page said = { 0 };
	struct room_listing listing;

	page->err = found->err;
	for (const struct keyval_row *row = found->rows; row && !found->err; row = row->next) {
		said.last = arena_dup(d->arena, row->key);
		if (!said.first.ptr)
			said.first = said.last;
		room_listing_read(row->key, row->value, &listing);
		disco_add_item(d->arena, page->query, said.last, arena_dup(d->arena, listing.name),
			       STR_NONE);
	}
	if (page->rsm.is_set || found->has_more)
		rsm_write(d->arena, page->query, &said);
	dispatch_resume(d);
}

static void answer_list(struct dispatch *d)
{
	const struct page *page = d->wait_arg;

	if (page->err)
		(void)dispatch_error(d, page->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							      : COND_INTERNAL_SERVER_ERROR);
	else
		(void)answer(d, page->query);
}

static enum verdict service_items(struct dispatch *d)
{
	struct store_request request = { .kind = READ_KEYVAL,
					 .owner = d->entity->jid.full,
					 .space = ROOM_DIRECTORY_SPACE,
					 .max = LIST_MAX };
	struct page *page = arena_new(d->arena, struct page);

	if (node_of(d).len)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (rsm_read(stanza_payload(&d->stanza), d->arena, &page->rsm))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (page->rsm.before.ptr || page->rsm.has_index)
		return dispatch_error(d, COND_FEATURE_NOT_IMPLEMENTED);
	if (page->rsm.has_max && page->rsm.max < LIST_MAX)
		request.max = page->rsm.max ? page->rsm.max : 1;
	request.after_key = page->rsm.after;
	page->query = disco_items_new(d->arena, STR_NONE);
	d->wait_arg = page;
	store_read(d->home->store, &request, on_list, d);
	return dispatch_wait(d, answer_list);
}

/* ---- a room ---- */

static void add_kind(struct dispatch *d, const struct room_config *c, struct xml *query)
{
	struct arena *a = d->arena;

	disco_add_feature(a, query, c->is_public ? STR("muc_public") : STR("muc_hidden"));
	disco_add_feature(a, query, c->is_members_only ? STR("muc_membersonly") : STR("muc_open"));
	disco_add_feature(a, query,
			  c->is_moderated ? STR("muc_moderated") : STR("muc_unmoderated"));
	disco_add_feature(a, query,
			  c->whois == WHOIS_ANYONE ? STR("muc_nonanonymous")
						   : STR("muc_semianonymous"));
	disco_add_feature(a, query,
			  c->has_password ? STR("muc_passwordprotected") : STR("muc_unsecured"));
	disco_add_feature(a, query,
			  c->is_persistent ? STR("muc_persistent") : STR("muc_temporary"));
}

static void add_text(struct dispatch *d, struct xml *form, const char *var, struct str value)
{
	form_add_field(d->arena, form, str_from(var), STR("text-single"), value);
}

static void add_number(struct dispatch *d, struct xml *form, const char *var, int64_t value)
{
	add_text(d, form, var, arena_printf(d->arena, "%lld", (long long)value));
}

static void add_bool(struct dispatch *d, struct xml *form, const char *var, bool value)
{
	form_add_field(d->arena, form, str_from(var), STR("boolean"), value ? STR("1") : STR("0"));
}

static void add_lines(struct dispatch *d, struct xml *field, struct str lines)
{
	struct str line;

	while (str_split(&lines, '\n', &line))
		form_add_value(d->arena, field, line);
}

static struct str subject_of(struct dispatch *d, const struct room *r)
{
	struct xml *el;

	if (!r->subject || xml_parse(d->arena, arena_dup(d->arena, bytes_str(r->subject)),
				     &post_scope, &post_limits, &el))
		return STR("");
	return xml_child_text(el, NS_CLIENT, STR("subject"), d->arena);
}

static struct xml *make_form(struct dispatch *d, const struct room *r)
{
	struct xml *form = form_new(d->arena, STR("result"), NS_MUC_ROOMINFO);
	const struct room_config *c = &r->config;

	add_text(d, form, "muc#roomconfig_roomname", c->name);
	add_text(d, form, "muc#roominfo_description", c->description);
	add_text(d, form, "muc#roominfo_lang", c->lang);
	add_lines(d,
		  form_add(d->arena, form, STR("muc#roominfo_contactjid"), STR("jid-multi"),
			   STR_NONE),
		  c->contact);
	add_number(d, form, "muc#roominfo_occupants", (int64_t)r->occupants.count);
	add_number(d, form, "muc#maxhistoryfetch", c->max_history);
	add_text(d, form, "muc#roominfo_subject", subject_of(d, r));
	add_bool(d, form, "muc#roominfo_subjectmod", c->change_subject);
	/* The names that clients look for. */
	add_bool(d, form, "muc#roomconfig_changesubject", c->change_subject);
	add_bool(d, form, "muc#roominfo_changesubject", c->change_subject);
	add_number(d, form, "muc#roominfo_slow_mode_duration", c->slow_mode);
	if (!c->pubsub.len && c->parent.len)
		add_text(d, form, "muc#roomconfig_pubsub", c->parent);
	if (c->pubsub.len) {
		add_text(d, form, "muc#roomconfig_pubsub", c->pubsub);
		add_text(d, form, "muc#roominfo_pubsub", c->pubsub);
	}
	if (r->hats.count)
		add_text(d, form, "hats#hash", hats_hash(d, r));
	mentions_add(d, r, form);
	card_add_hashes(d, r, form);
	pins_add_right(d, r, form);
	return form;
}

/* XEP-0503: the space that the room belongs to. */
static void add_parent(struct dispatch *d, const struct room_config *c, struct xml *query)
{
	struct xml *form;

	if (!c->parent.len)
		return;
	disco_add_feature(d->arena, query, STR("urn:xmpp:spaces:0"));
	form = form_new(d->arena, STR("result"), STR("urn:xmpp:spaces:0"));
	add_text(d, form, "parent", c->parent);
	xml_add(query, form);
}

/* XEP-0444 2.1 */
static void add_reactions(struct dispatch *d, const struct room_config *c, struct xml *query)
{
	struct xml *form, *field;

	if (!c->max_reactions && !c->reactions.len)
		return;
	disco_add_feature(d->arena, query, NS_REACTIONS);
	form = form_new(d->arena, STR("result"), STR("urn:xmpp:reactions:0:restrictions"));
	if (c->max_reactions)
		add_number(d, form, "max_reactions_per_user", c->max_reactions);
	if (c->reactions.len) {
		field = form_add(d->arena, form, STR("allowlist"), STR("text-multi"), STR_NONE);
		add_lines(d, field, c->reactions);
	}
	xml_add(query, form);
}

/* 7.12 */
static enum verdict reserved_nick(struct dispatch *d, const struct room *r)
{
	const struct room_member *m = room_members_find(&r->members, jid_bare_str(d->stanza.from));
	struct xml *query = disco_info_new(d->arena, node_of(d));

	if (m && m->nick.len)
		disco_add_identity(d->arena, query, STR("conference"), STR("text"), m->nick);
	return answer(d, query);
}

static enum verdict of_node(struct dispatch *d, const struct room *r, bool is_items)
{
	enum verdict v = hat_commands_disco(d, r, node_of(d), is_items);

	return v == PASS ? dispatch_error(d, COND_ITEM_NOT_FOUND) : v;
}

static enum verdict room_info(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);
	struct xml *query;

	if (!r->exists || room_members_get(&r->members, d->stanza.from) == AFFILIATION_OUTCAST)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (str_eq(node_of(d), STR("x-roomuser-item")))
		return reserved_nick(d, r);
	if (node_of(d).len)
		return of_node(d, r, false);
	query = disco_info_new(d->arena, STR_NONE);
	disco_add_identity(d->arena, query, STR("conference"), STR("text"),
			   r->config.name.len ? r->config.name : d->entity->jid.node);
	add_features(d, query);
	add_kind(d, &r->config, query);
	xml_add(query, make_form(d, r));
	add_reactions(d, &r->config, query);
	add_parent(d, &r->config, query);
	return answer(d, query);
}

static enum verdict room_items(struct dispatch *d)
{
	const struct room *r = room_of(d->entity);

	if (!r->exists)
		return dispatch_error(d, COND_ITEM_NOT_FOUND);
	if (node_of(d).len)
		return of_node(d, r, true);
	return answer(d, disco_items_new(d->arena, STR_NONE));
}

#define INFO  STR_INIT("http://jabber.org/protocol/disco#info")
#define ITEMS STR_INIT("http://jabber.org/protocol/disco#items")
#define QUERY STR_INIT("query")

static const struct iq_handler iq[] = {
	{ INFO, QUERY, IQ_GET, TARGET_SERVER, service_info },
	{ ITEMS, QUERY, IQ_GET, TARGET_SERVER, service_items },
	{ INFO, QUERY, IQ_GET, TARGET_OTHER, room_info },
	{ ITEMS, QUERY, IQ_GET, TARGET_OTHER, room_items },
	{ STR_INIT("urn:xmpp:ping"), STR_INIT("ping"), IQ_GET, TARGET_SERVER | TARGET_OTHER,
	  dispatch_result },
	{ .run = NULL },
};

static const struct str of_service[] = { INFO,
					 ITEMS,
					 STR_INIT("http://jabber.org/protocol/muc"),
					 STR_INIT("http://jabber.org/protocol/rsm"),
					 STR_INIT("urn:xmpp:occupant-id:0"),
					 { .ptr = NULL } };
static const struct str of_rooms[] = {
	INFO,
	ITEMS,
	STR_INIT("http://jabber.org/protocol/muc"),
	STR_INIT("http://jabber.org/protocol/muc#stable_id"),
	STR_INIT("http://jabber.org/protocol/muc#self-ping-optimization"),
	STR_INIT("http://jabber.org/protocol/muc#request"),
	STR_INIT("urn:xmpp:occupant-id:0"),
	STR_INIT("urn:xmpp:sid:0"),
	{ .ptr = NULL }
};

const struct feature room_about_feature = {
	.name = "room_about",
	.spec = "XEP-0045 1.35.5",
	.test = "rooms/disco.talk",
	.iq = iq,
	.disco_domain = of_service,
	.disco_account = of_rooms,
};
