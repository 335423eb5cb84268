/* SPDX-License-Identifier: Apache-2.0 */
/* What is special at a service, see pep_service.h. */
#include "server/pep/pep_service.h"

#include "server/pep/pep_access.h"
#include "server/route/admins.h"
#include "xep/form.h"
#include "xmpp/ns.h"

enum { SERVICE_INDEX_MAX = 256 * MIB };

static const struct conf_key keys[] = {
	{ "pubsub.domain", CONF_STR, "\"\"", 0, 0,
	  "Domain of the publish-subscribe service (XEP-0060); empty: pubsub.<domain>." },
	{ "pubsub.open", CONF_BOOL, "false", 0, 0,
	  "Whether every user may make nodes at the publish-subscribe service. Administrators may, "
	  "and everybody may make spaces (XEP-0503)." },
	{ "limits.pubsub_nodes", CONF_INT, "10000", 10, 1000000,
	  "Nodes of the publish-subscribe service." },
	{ "limits.pubsub_own_nodes", CONF_INT, "20", 1, 1000000,
	  "Nodes, spaces among them, that one user may have made there; administrators may more." },
	{ "limits.pubsub_items", CONF_INT, "500000", 10, 10000000,
	  "Items of the publish-subscribe service, in all nodes." },
	{ "limits.pubsub_node_items", CONF_INT, "10000", 1, 1000000,
	  "Items of one of its nodes: what max_items=\"max\" stands for there." },
	{ "limits.pubsub_node_people", CONF_INT, "20000", 10, 1000000,
	  "Subscribers and affiliations of one of its nodes." },
	{ "limits.pubsub_bytes", CONF_SIZE, "\"1GiB\"", 64 * 1024,
	  (int64_t)1024 * 1024 * 1024 * 1024, "Bytes of all its items." },
	{ .path = NULL },
};
const struct conf_table pep_service_conf = { .module = "Publish-subscribe service", .keys = keys };

static size_t number(const struct entity *e, const char *path)
{
	return (size_t)conf_int(e->home->conf, path);
}

struct pep_limits pep_limits_of(const struct entity *e)
{
	size_t item_bytes = conf_size(e->home->conf, "limits.pep_item_bytes");

	if (pep_is_service(e))
		return (struct pep_limits){ .nodes = number(e, "limits.pubsub_nodes"),
					    .items = number(e, "limits.pubsub_items"),
					    .node_items = number(e, "limits.pubsub_node_items"),
					    .item_bytes = item_bytes,
					    .bytes =
						    conf_size(e->home->conf, "limits.pubsub_bytes"),
					    .index_bytes = SERVICE_INDEX_MAX,
					    .people = number(e, "limits.pubsub_node_people") };
	return (struct pep_limits){ .nodes = number(e, "limits.pep_nodes"),
				    .items = number(e, "limits.pep_items"),
				    .node_items = number(e, "limits.pep_node_items"),
				    .item_bytes = item_bytes,
				    .bytes = conf_size(e->home->conf, "limits.pep_bytes"),
				    .index_bytes = PEP_INDEX_MAX,
				    .people = PEP_PEOPLE_MAX };
}

/* ---- configuration ---- */

static bool is_space(struct str type)
{
	return str_eq(type, NS_SPACES);
}

struct pubsub_config pep_default_config(const struct dispatch *d, const struct xml *form)
{
	struct pubsub_config c = pubsub_config_default();

	if (!pep_is_service(d->entity))
		return c;
	c.choice[PUBSUB_ACCESS_MODEL] = ACCESS_OPEN;
	c.choice[PUBSUB_SEND_LAST] = SEND_LAST_ON_SUB;
	c.number[PUBSUB_MAX_ITEMS] = PUBSUB_NO_LIMIT;
	if (form && is_space(form_value(form, STR("pubsub#type"), d->arena))) {
		/* XEP-0503 3 */
		c.choice[PUBSUB_NOTIFY_SUB] = 1;
		c.choice[PUBSUB_NOTIFY_CONFIG] = 1;
		c.choice[PUBSUB_SEND_LAST] = SEND_LAST_NEVER;
	}
	return c;
}

/* ---- who may make nodes ---- */

/* While it is looked up whether he administers the server; in the arena. */
struct leave {
	void (*fn)(struct dispatch *d);
	void *arg; /* what d->wait_arg was */
	bool is_given;
	enum err err;
};

static void on_account(void *arg, struct store_answer *answer)
{
	struct dispatch *d = arg;
	struct leave *leave = d->wait_arg;

	leave->err = answer->err == ERR_NOT_FOUND ? OK : answer->err;
	leave->is_given = !answer->err && admins_may(d->home, &answer->account);
	dispatch_resume(d);
}

static void decide(struct dispatch *d)
{
	const struct leave *leave = d->wait_arg;

	d->wait_arg = leave->arg;
	if (leave->err)
		(void)pep_error(d,
				leave->err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
						       : COND_INTERNAL_SERVER_ERROR,
				NULL);
	else if (leave->is_given)
		leave->fn(d);
	else
		(void)pep_error(d, COND_FORBIDDEN, NULL);
}

static enum verdict ask_store(struct dispatch *d, void (*fn)(struct dispatch *d))
{
	struct store_request request = { .kind = READ_ACCOUNT,
					 .owner = jid_bare_str(d->stanza.from) };
	struct leave *leave = arena_new(d->arena, struct leave);

	*leave = (struct leave){ .fn = fn, .arg = d->wait_arg };
	d->wait_arg = leave;
	store_read(d->home->store, &request, on_account, d);
	return dispatch_wait(d, decide);
}

static bool has_his_share(const struct dispatch *d)
{
	const struct pep_node *node;
	size_t at = 0, count = 0;

	while ((node = map_next(&d->entity->pep->nodes, &at)))
		count += str_eq(node->creator, jid_bare_str(d->stanza.from));
	return count >= number(d->entity, "limits.pubsub_own_nodes");
}

enum verdict pep_if_may_create(struct dispatch *d, const struct pubsub_config *config,
			       void (*fn)(struct dispatch *d))
{
	bool is_space_wanted = is_space(config->text[PUBSUB_TYPE]);

	if (!pep_is_service(d->entity)) {
		if (!pep_asker(d).is_owner)
			return pep_error(d, COND_FORBIDDEN, NULL);
		fn(d);
		return DONE;
	}
	if (!str_eq(d->stanza.from.domain, d->home->domain) || !d->stanza.from.node.len)
		return pep_error(d, COND_FORBIDDEN, NULL);
	/* XEP-0503 3: what a space must have. */
	if (is_space_wanted &&
	    (!config->choice[PUBSUB_NOTIFY_RETRACT] || !config->choice[PUBSUB_PERSIST_ITEMS]))
		return pep_error(d, COND_NOT_ACCEPTABLE, NULL);
	if ((!is_space_wanted && !conf_bool(d->home->conf, "pubsub.open")) || has_his_share(d))
		return ask_store(d, fn);
	fn(d);
	return DONE;
}
