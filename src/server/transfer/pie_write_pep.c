/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes, items (XEP-0227 4.10) and archiving preferences of an account into its file. */
#include "server/transfer/pie_write-private.h"

#include "server/model/archive_prefs.h"
#include "server/model/pep.h"
#include "xep/form.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#define NODE_CONFIG  STR("http://jabber.org/protocol/pubsub#node_config")
#define lit(p, text) (void)sbuf_lit(&(p)->out, text)

enum { FLUSH = 256 * 1024, CONFIG_ARENA_MAX = 1024 * 1024 };

static void on_row(struct pie *p, const struct keyval_row *row)
{
	/* As clients see it: what cannot be read is not there. */
	if (pep_decode(p->pep, row->space, row->key, row->value))
		report_leave_out(p->report, PIECE_ITEM, "not to be read in the store");
}

/* ---- nodes ---- */

static void write_config(struct pie *p, const struct pep_node *node)
{
	struct xml *form;
	struct arena a;

	arena_init(&a, CONFIG_ARENA_MAX);
	form = form_new(&a, STR("form"), NODE_CONFIG);
	pubsub_config_write(&node->config, &a, form, false);
	lit(p, "<configure");
	pie_attr(p, "node", node->name);
	lit(p, ">");
	(void)xml_write_alone(&p->out, form); /* the buffer remembers */
	lit(p, "</configure>\n");
	arena_done(&a);
	pie_count(p, PIECE_NODE);
}

static void write_people(struct pie *p, const struct pep_node *node, bool is_affiliations)
{
	const char *name = is_affiliations ? "affiliation" : "subscription";
	const struct pep_person *who;
	unsigned count = 0;
	size_t at = 0;

	while ((who = pep_person_next(node, &at))) {
		bool is_said = is_affiliations ? who->affiliation != PEP_NONE
					       : who->subscription != PEP_UNSUBSCRIBED;

		if (!is_said)
			continue;
		if (count++ == 0) {
			(void)sbuf_printf(&p->out, "<%ss", name);
			pie_attr(p, "node", node->name);
			lit(p, ">");
		}
		(void)sbuf_printf(&p->out, "<%s", name);
		pie_attr(p, "jid", who->jid);
		pie_attr(p, name,
			 is_affiliations ? pep_affiliation_name(who->affiliation)
					 : pep_subscription_name(who->subscription));
		lit(p, "/>");
	}
	if (!count)
		return;
	(void)sbuf_printf(&p->out, "</%ss>\n", name);
	pie_count(p, PIECE_NODE);
}

static enum err write_nodes(struct pie *p)
{
	const struct pep_node *node;
	size_t at = 0;
	enum err err = OK;

	lit(p, "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'>\n");
	while (!err && (node = map_next(&p->pep->nodes, &at))) {
		write_config(p, node);
		write_people(p, node, true);
		write_people(p, node, false);
		err = pie_flush(p, FLUSH);
	}
	lit(p, "</pubsub>\n");
	return err;
}

/* ---- items ---- */

static enum err write_item(struct pie *p, const struct pep_item *item)
{
	struct str text;
	enum err err;

	arena_reset(&p->arena);
	err = pie_read_one(p, PEP_DATA_SPACE, item->key, &text);
	if (err)
		return err;
	lit(p, "<item");
	pie_attr(p, "id", item->id);
	lit(p, ">");
	(void)sbuf_add(&p->out, text);
	lit(p, "</item>\n");
	pie_count(p, PIECE_ITEM);
	return pie_flush(p, FLUSH);
}

static enum err write_items(struct pie *p)
{
	const struct pep_node *node;
	size_t at = 0;
	enum err err = OK;

	lit(p, "<pubsub xmlns='http://jabber.org/protocol/pubsub'>\n");
	while (!err && (node = map_next(&p->pep->nodes, &at))) {
		lit(p, "<items");
		pie_attr(p, "node", node->name);
		lit(p, ">\n");
		for (const struct pep_item *item = pep_item_first(node); item && !err;
		     item = pep_item_next(item))
			err = write_item(p, item);
		lit(p, "</items>\n");
	}
	lit(p, "</pubsub>\n");
	return err;
}

/* ---- preferences ---- */

static enum err write_prefs(struct pie *p)
{
	struct archive_prefs *prefs;
	struct str value;
	enum err err = pie_read_one(p, ARCHIVE_PREFS_SPACE, STR(""), &value);

	if (err || !value.ptr || archive_prefs_decode(value, &prefs))
		return err; /* what cannot be read is as if it were not there */
	(void)xml_write_alone(&p->out, mam_prefs_new(&p->arena, &prefs->prefs));
	lit(p, "\n");
	archive_prefs_free(&prefs);
	pie_count(p, PIECE_PREFS);
	return OK;
}

enum err pie_write_pep(struct pie *p)
{
	enum err err;

	p->pep = pep_new(PEP_PEOPLE_MAX);
	err = pie_each_row(p, PEP_NODE_SPACE, on_row);
	if (!err)
		err = pie_each_row(p, PEP_PERSON_SPACE, on_row);
	if (!err)
		err = pie_each_row(p, PEP_ITEM_SPACE, on_row);
	pep_decoded(p->pep);
	if (!err)
		err = write_nodes(p);
	if (!err)
		err = write_items(p);
	pep_free(&p->pep);
	return err ? err : write_prefs(p);
}
