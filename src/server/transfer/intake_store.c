/* SPDX-License-Identifier: Apache-2.0 */
/* Private storage and blocked addresses of an account. See intake.h. */
#include "server/transfer/intake-private.h"

#include "server/model/blocklist.h"
#include "server/model/private_index.h"
#include "xml/write.h"

/* ---- private storage (XEP-0049) ---- */

static const char *add_private(struct intake *x, const struct xml *el)
{
	struct sbuf out scoped(sbuf_done) = SBUF(x->config.limits.private_bytes);
	struct str key;

	if (el->ns.len + el->name.len + 2 > PRIVATE_NAME_MAX || !el->ns.len)
		return "of a name that is too long, or of no namespace";
	key = private_key(&x->arena, el->ns, el->name);
	if (private_index_has(x->private, key))
		return "there twice";
	if (x->private->items.count >= x->config.limits.private_elements)
		return "too many (limits.private_elements)";
	if (xml_write_alone(&out, el) ||
	    x->private->bytes + key.len + out.len > x->config.limits.private_bytes)
		return "too large (limits.private_bytes)";
	txn_put(intake_txn(x), x->owner, PRIVATE_SPACE, key, sbuf_str(&out));
	txn_put(intake_txn(x), x->owner, PRIVATE_SIZES, key,
		arena_printf(&x->arena, "%zu", out.len));
	private_index_set(x->private, key, out.len);
	return NULL;
}

void intake_private(struct intake *x, const struct xml *el)
{
	const char *why_not = add_private(x, el);

	if (why_not)
		report_leave_out(x->report, PIECE_PRIVATE, why_not);
	else
		x->report->counts[PIECE_PRIVATE].taken++;
}

/* ---- blocked addresses (XEP-0191) ---- */

static const char *add_blocked(struct intake *x, struct str text)
{
	struct jid jid;

	if (intake_jid(x, text, false, &jid))
		return "not an address";
	if (str_eq(jid_bare_str(jid), x->owner))
		return "the account itself";
	if (blocklist_has(x->blocked, jid.full))
		return "there twice";
	if (x->blocked->items.count >= x->config.limits.blocked ||
	    x->blocked->bytes + jid.full.len > BLOCKLIST_BYTES_MAX)
		return "too many (limits.blocked_addresses)";
	blocklist_add(x->blocked, jid.full);
	txn_put(intake_txn(x), x->owner, BLOCK_SPACE, jid.full, STR(""));
	return NULL;
}

void intake_blocked(struct intake *x, const struct xml *el)
{
	const char *why_not = add_blocked(x, xml_attr(el, STR("jid")));

	if (why_not)
		report_leave_out(x->report, PIECE_BLOCKED, why_not);
	else
		x->report->counts[PIECE_BLOCKED].taken++;
}

/* ---- privacy lists (XEP-0016) ---- */

#define NS_PRIVACY STR("jabber:iq:privacy")

/* The list that holds while nothing else is said: the default one; without one, that which clients
 * of XEP-0191 and XEP-0016 make, if it is the only list. */
static const struct xml *list_in_force(const struct xml *query)
{
	const struct xml *standard = xml_child(query, NS_PRIVACY, STR("default"));
	const struct xml *active =
		standard ? standard : xml_child(query, NS_PRIVACY, STR("active"));
	struct str name = active ? xml_attr(active, STR("name")) : STR_NONE;

	xml_each (list, query) {
		if (xml_is(list, NS_PRIVACY, STR("list")) && name.ptr &&
		    str_eq(xml_attr(list, STR("name")), name))
			return list;
	}
	return NULL;
}

/* An item without children, or with both <message/> and <presence-out/>, is what blocking means. */
static bool is_blocking(const struct xml *item)
{
	return str_eq(xml_attr(item, STR("type")), STR("jid")) &&
	       str_eq(xml_attr(item, STR("action")), STR("deny")) &&
	       (!xml_first(item) || xml_child(item, NS_PRIVACY, STR("message")));
}

void intake_privacy(struct intake *x, const struct xml *query)
{
	const struct xml *list = list_in_force(query);

	if (!list) {
		report_leave_out(x->report, PIECE_PRIVACY, "lists without a default one");
		return;
	}
	x->report->counts[PIECE_PRIVACY].taken++;
	xml_each (item, list) {
		const char *why_not = "a rule that is not \"deny this address\"";

		x->report->counts[PIECE_BLOCKED].found++;
		if (is_blocking(item))
			why_not = add_blocked(x, xml_attr(item, STR("value")));
		if (why_not)
			report_leave_out(x->report, PIECE_BLOCKED, why_not);
		else
			x->report->counts[PIECE_BLOCKED].taken++;
	}
}
