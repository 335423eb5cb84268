/* SPDX-License-Identifier: Apache-2.0 */
/* Private XML storage, see private_data.h: one text a name, route/private_store.h. Elements that
 * are kept elsewhere (bookmarks) are their feature's: private_elements in its row. Nobody else may
 * ask: that has no handler, and looks as if there were no such account. */
#include "server/feature/private_data.h"

#include "server/model/private_index.h"
#include "server/route/private_store.h"
#include "server/route/registry.h"
#include "xml/tree.h"
#include "xmpp/ns.h"

static const struct conf_key keys[] = {
	{ "limits.private_bytes", CONF_SIZE, "\"1MiB\"", 1024, 4 * 1024 * 1024,
	  "All that one account may keep in its private storage (XEP-0049)." },
	{ "limits.private_elements", CONF_INT, "200", 1, 10000,
	  "Different elements that one account may keep in its private storage." },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "Private storage", .keys = keys };

static const struct private_handler *handler_of(const struct dispatch *d, const struct xml *el)
{
	for (const struct feature *const *f = registry_features(d->home->registry); *f; f++) {
		const struct private_handler *h = (*f)->private_elements;

		for (; h && h->ns.ptr; h++) {
			if (xml_is(el, h->ns, h->name))
				return h;
		}
	}
	return NULL;
}

/* XEP-0049 2.3: it must have a namespace of its own. */
static bool is_foreign(const struct xml *el)
{
	return !str_eq(el->ns, NS_PRIVATE) && !str_eq(el->ns, NS_CLIENT);
}

/* ---- set ---- */

static enum verdict on_set(struct dispatch *d)
{
	const struct xml *query = stanza_payload(&d->stanza), *first = xml_first(query);
	const struct private_handler *h = first ? handler_of(d, first) : NULL;
	enum verdict v = PASS;

	if (!first)
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	xml_each (el, query) {
		/* What is kept elsewhere is changed alone: together or not at all would not hold.
		 */
		if (!is_foreign(el) || (xml_next(first) && handler_of(d, el)))
			return dispatch_error(d, COND_NOT_ACCEPTABLE);
	}
	if (h)
		v = h->set(d, first);
	if (v != PASS)
		return v;
	if (private_put_all(d, query))
		return dispatch_error_text(d, COND_POLICY_VIOLATION,
					   STR("there is no room for so much"));
	return dispatch_result(d);
}

/* ---- get ---- */

static void answer(struct dispatch *d, enum err err, struct xml *found)
{
	struct xml *reply;

	if (err) {
		(void)dispatch_error(d, err == ERR_BUSY ? COND_RESOURCE_CONSTRAINT
							: COND_INTERNAL_SERVER_ERROR);
		return;
	}
	if (!xml_first(found)) {
		const struct xml *asked = xml_first(stanza_payload(&d->stanza));

		(void)xml_add_new(d->arena, found, asked->ns, asked->name);
	}
	reply = reply_result(d->arena, &d->stanza);
	xml_add(reply, found);
	(void)dispatch_reply(d, reply);
}

static enum verdict on_get(struct dispatch *d)
{
	const struct xml *el = xml_first(stanza_payload(&d->stanza));
	const struct private_handler *h = el ? handler_of(d, el) : NULL;
	enum verdict v = PASS;

	if (!el || xml_next(el))
		return dispatch_error(d, COND_BAD_REQUEST);
	if (!is_foreign(el))
		return dispatch_error(d, COND_NOT_ACCEPTABLE);
	if (h)
		v = h->get(d, el);
	return v == PASS ? private_get(d, el->ns, el->name, answer) : v;
}

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	e->private_index = private_index_new();
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, PRIVATE_SIZES) &&
		    private_index_decode(e->private_index, rows->key, rows->value))
			log_error(&e->log, "private storage in the store cannot be read",
				  F_STR("key", rows->key));
	}
}

static void on_unload(struct entity *e)
{
	private_index_free(&e->private_index);
}

#define PRIVATE STR_INIT("jabber:iq:private")

static const struct iq_handler iq[] = {
	{ PRIVATE, STR_INIT("query"), IQ_GET, TARGET_SELF, on_get },
	{ PRIVATE, STR_INIT("query"), IQ_SET, TARGET_SELF, on_set },
	{ .run = NULL },
};

static const struct str vars[] = { PRIVATE, { .ptr = NULL } };
static const struct str spaces[] = { STR_INIT("private_size"), { .ptr = NULL } };

const struct feature feature_private_data = {
	.name = "private_data",
	.spec = "XEP-0049 1.2",
	.test = "im/private-data.talk",
	.disco_domain = vars,
	.disco_account = vars,
	.iq = iq,
	.conf = &table,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
};
