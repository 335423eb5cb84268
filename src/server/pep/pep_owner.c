/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner does with nodes, see pep_owner.h. */
#include "server/pep/pep_owner.h"

#include "base/random.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "server/pep/pep_service.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { NAME_CHARS = 26 }; /* of an instant node: 130 bits */

#define NODE_CONFIG STR("http://jabber.org/protocol/pubsub#node_config")

struct pep_node *pep_owned_node(struct dispatch *d, const struct xml *el)
{
	struct pep_node *node = pep_node_of(d, el);
	struct pep_subject who = pep_asker(d);

	if (node && !pep_is_owner(node, &who)) {
		(void)pep_error(d, COND_FORBIDDEN, NULL);
		return NULL;
	}
	return node;
}

/* ---- forms ---- */

/* A service has no presence and no roster to judge by. */
static bool fits(const struct dispatch *d, const struct pubsub_config *config,
		 struct str *ret_field)
{
	unsigned model = config->choice[PUBSUB_ACCESS_MODEL];

	*ret_field = STR("pubsub#access_model");
	return !pep_is_service(d->entity) || (model != ACCESS_PRESENCE && model != ACCESS_ROSTER);
}

/* *config with a submitted form over it; false: an error was answered. */
static bool read_config(struct dispatch *d, const struct xml *form, struct pubsub_config *config)
{
	struct str type = form_type_of(form, d->arena), field;

	if ((str_is_set(type) && !str_eq(type, NODE_CONFIG)) ||
	    !str_eq(xml_attr(form, STR("type")), STR("submit"))) {
		(void)pep_error(d, COND_BAD_REQUEST, "invalid-options");
		return false;
	}
	if (!pubsub_config_read(config, form, d->arena, false, &field) && fits(d, config, &field))
		return true;
	(void)pep_error(d, str_is_set(field) ? COND_NOT_ACCEPTABLE : COND_BAD_REQUEST,
			str_eq(field, STR("pubsub#access_model")) ? "unsupported-access-model"
								  : NULL);
	return false;
}

static enum verdict show_config(struct dispatch *d, const struct pubsub_config *config,
				struct str name, struct str node)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *pubsub = xml_add_new(d->arena, reply, NS_PUBSUB_OWNER, STR("pubsub"));
	struct xml *el = xml_add_new(d->arena, pubsub, NS_PUBSUB_OWNER, name);
	struct xml *form = form_new(d->arena, STR("form"), NODE_CONFIG);

	if (node.len)
		xml_set(d->arena, el, STR("node"), node);
	pubsub_config_write(config, d->arena, form, true);
	xml_add(el, form);
	return dispatch_reply(d, reply);
}

/* ---- 8.1 ---- */

static bool read_create(struct dispatch *d, const struct xml *create, struct pubsub_config *config)
{
	const struct xml *configure = xml_next(create), *form;

	if (xml_first(stanza_payload(&d->stanza)) != create ||
	    (configure && (!xml_is(configure, NS_PUBSUB, STR("configure")) ||
			   xml_attr(configure, STR("node")).ptr))) {
		(void)pep_error(d, COND_BAD_REQUEST, NULL);
		return false;
	}
	form = configure ? xml_child(configure, NS_DATA, STR("x")) : NULL;
	*config = pep_default_config(d, form);
	return !form || read_config(d, form, config);
}

static void answer_instant(struct dispatch *d, struct str name)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *pubsub = xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub"));

	xml_set(d->arena, xml_add_new(d->arena, pubsub, NS_PUBSUB, STR("create")), STR("node"),
		name);
	(void)dispatch_reply(d, reply);
}

/* In the arena, while it is judged. */
struct creation {
	struct str name; /* empty: to be made up */
	struct pubsub_config config;
};

static void make(struct dispatch *d)
{
	const struct creation *c = d->wait_arg;
	struct str name = c->name;

	if (!name.len) {
		char *made = arena_alloc(d->arena, NAME_CHARS + 1);

		random_token(made, NAME_CHARS);
		name = str_make(made, NAME_CHARS);
	}
	if (!pep_create(d, name, &c->config))
		(void)pep_error(d, COND_RESOURCE_CONSTRAINT, "max-nodes-exceeded");
	else if (c->name.len)
		(void)dispatch_result(d);
	else
		answer_instant(d, name);
}

enum verdict pep_on_create(struct dispatch *d, const struct xml *create)
{
	struct creation *c = arena_new(d->arena, struct creation);

	c->name = xml_attr(create, STR("node"));
	if (!pep_is_service(d->entity) && !pep_asker(d).is_owner)
		return pep_error(d, COND_FORBIDDEN, NULL);
	if (!read_create(d, create, &c->config))
		return DONE;
	if (c->name.len > PEP_NAME_MAX)
		return pep_error(d, COND_NOT_ACCEPTABLE, NULL);
	if (c->name.len && pep_node_find(d->entity->pep, c->name))
		return pep_error(d, COND_CONFLICT, NULL);
	d->wait_arg = c;
	return pep_if_may_create(d, &c->config, make);
}

/* ---- 8.2, 8.3 ---- */

enum verdict pep_on_configure_get(struct dispatch *d, const struct xml *configure)
{
	const struct pep_node *node = pep_owned_node(d, configure);

	return node ? show_config(d, &node->config, STR("configure"), node->name) : DONE;
}

enum verdict pep_on_configure_set(struct dispatch *d, const struct xml *configure)
{
	struct pep_node *node = pep_owned_node(d, configure);
	const struct xml *form = xml_child(configure, NS_DATA, STR("x"));
	struct pubsub_config config;

	if (!node)
		return DONE;
	if (!form)
		return pep_error(d, COND_BAD_REQUEST, NULL);
	if (str_eq(xml_attr(form, STR("type")), STR("cancel")))
		return dispatch_result(d);
	config = node->config;
	if (!read_config(d, form, &config))
		return DONE;
	pep_configure(d, node, &config);
	return dispatch_result(d);
}

enum verdict pep_on_default(struct dispatch *d, const struct xml *el)
{
	struct pubsub_config config = pep_default_config(d, NULL);

	(void)el;
	if (!pep_is_service(d->entity) && !pep_asker(d).is_owner)
		return pep_error(d, COND_FORBIDDEN, NULL);
	return show_config(d, &config, STR("default"), STR_NONE);
}

/* ---- 8.4, 8.5 ---- */

enum verdict pep_on_delete(struct dispatch *d, const struct xml *el)
{
	struct pep_node *node = pep_owned_node(d, el);

	if (!node)
		return DONE;
	pep_delete(d, node);
	return dispatch_result(d);
}

enum verdict pep_on_purge(struct dispatch *d, const struct xml *el)
{
	struct pep_node *node = pep_owned_node(d, el);

	if (!node)
		return DONE;
	if (!node->config.choice[PUBSUB_PERSIST_ITEMS])
		return pep_unsupported(d, "persistent-items");
	pep_purge(d, node);
	return dispatch_result(d);
}
