/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner does with nodes, see pep_owner.h. */
#include "server/pep/pep_owner.h"

#include "base/random.h"
#include "server/pep/pep_access.h"
#include "server/pep/pep_change.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { NAME_CHARS = 26 }; /* of an instant node: 130 bits */

#define NODE_CONFIG STR("http://jabber.org/protocol/pubsub#node_config")

struct pep_node *pep_owned_node(struct dispatch *d, const struct xml *el)
{
	struct pep_node *node = pep_node_of(d, el);

	if (node && !pep_asker(d).is_owner) {
		(void)pep_error(d, COND_FORBIDDEN, NULL);
		return NULL;
	}
	return node;
}

/* ---- forms ---- */

/* *config with a submitted form over it; false: an error was answered. */
static bool read_config(struct dispatch *d, const struct xml *form, struct pubsub_config *config)
{
	struct str type = form_type_of(form, d->arena), field;

	if ((str_is_set(type) && !str_eq(type, NODE_CONFIG)) ||
	    !str_eq(xml_attr(form, STR("type")), STR("submit"))) {
		(void)pep_error(d, COND_BAD_REQUEST, "invalid-options");
		return false;
	}
	if (!pubsub_config_read(config, form, d->arena, false, &field))
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

	*config = pubsub_config_default();
	if (xml_first(stanza_payload(&d->stanza)) != create ||
	    (configure && (!xml_is(configure, NS_PUBSUB, STR("configure")) ||
			   xml_attr(configure, STR("node")).ptr))) {
		(void)pep_error(d, COND_BAD_REQUEST, NULL);
		return false;
	}
	form = configure ? xml_child(configure, NS_DATA, STR("x")) : NULL;
	return !form || read_config(d, form, config);
}

static enum verdict answer_instant(struct dispatch *d, struct str name)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);
	struct xml *pubsub = xml_add_new(d->arena, reply, NS_PUBSUB, STR("pubsub"));

	xml_set(d->arena, xml_add_new(d->arena, pubsub, NS_PUBSUB, STR("create")), STR("node"),
		name);
	return dispatch_reply(d, reply);
}

enum verdict pep_on_create(struct dispatch *d, const struct xml *create)
{
	struct str name = xml_attr(create, STR("node"));
	bool is_instant = !name.len;
	struct pubsub_config config;

	if (!pep_asker(d).is_owner)
		return pep_error(d, COND_FORBIDDEN, NULL);
	if (!read_create(d, create, &config))
		return DONE;
	if (is_instant) {
		char *made = arena_alloc(d->arena, NAME_CHARS + 1);

		random_token(made, NAME_CHARS);
		name = str_make(made, NAME_CHARS);
	}
	if (name.len > PEP_NAME_MAX)
		return pep_error(d, COND_NOT_ACCEPTABLE, NULL);
	if (pep_node_find(d->entity->pep, name))
		return pep_error(d, COND_CONFLICT, NULL);
	if (!pep_create(d, name, &config))
		return pep_error(d, COND_RESOURCE_CONSTRAINT, "max-nodes-exceeded");
	return is_instant ? answer_instant(d, name) : dispatch_result(d);
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
	struct pubsub_config config = pubsub_config_default();

	(void)el;
	if (!pep_asker(d).is_owner)
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
