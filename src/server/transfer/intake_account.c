/* SPDX-License-Identifier: Apache-2.0 */
/* What an account is made of: credentials, settings, roster, card. See intake.h. */
#include "server/transfer/intake-private.h"

#include "codec/base64.h"
#include "crypto/secret.h"
#include "server/model/account.h"
#include "server/model/vcard.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

static void taken(struct intake *x, enum piece_kind kind)
{
	x->report->counts[kind].taken++;
}

/* ---- credentials ---- */

static const struct {
	struct str mechanism;
	size_t key_len;
} scram_kinds[SCRAM_KINDS] = {
	[SCRAM_KIND_SHA1] = { STR_INIT("SCRAM-SHA-1"), 20 },
	[SCRAM_KIND_SHA256] = { STR_INIT("SCRAM-SHA-256"), 32 },
	[SCRAM_KIND_SHA512] = { STR_INIT("SCRAM-SHA-512"), 64 },
};

static bool decode(struct intake *x, const struct xml *el, struct str name, struct str *ret)
{
	struct str text = xml_child_text(el, NS_PIE_SCRAM, name, &x->arena);

	return text.ptr && base64_decode(&x->arena, str_trim(text), ret) == OK;
}

static bool read_verifier(struct intake *x, const struct xml *el, size_t key_len,
			  struct account_verifier *v)
{
	struct str salt, stored, server;
	uint64_t iterations;

	if (!decode(x, el, STR("salt"), &salt) || !decode(x, el, STR("stored-key"), &stored) ||
	    !decode(x, el, STR("server-key"), &server) ||
	    str_to_u64(str_trim(xml_child_text(el, NS_PIE_SCRAM, STR("iter-count"), &x->arena)),
		       &iterations))
		return false;
	if (stored.len != key_len &&
	    (base64_decode(&x->arena, stored, &stored) ||
	     base64_decode(&x->arena, server, &server) || base64_decode(&x->arena, salt, &salt)))
		return false; /* COMPAT(ejabberd, 23.01): encoded twice */
	if (iterations < 1 || iterations > SCRAM_ITERATIONS_MAX || salt.len < 1 ||
	    salt.len > sizeof(v->salt) || stored.len != key_len || server.len != key_len)
		return false;
	v->iterations = (uint32_t)iterations;
	v->salt_len = (uint8_t)salt.len;
	v->key_len = (uint8_t)key_len;
	memcpy(v->salt, salt.ptr, salt.len);
	memcpy(v->stored_key, stored.ptr, key_len);
	memcpy(v->server_key, server.ptr, key_len);
	return true;
}

void intake_scram(struct intake *x, const struct xml *el)
{
	struct str mechanism = xml_attr(el, STR("mechanism"));
	size_t kind = 0;

	while (kind < SCRAM_KINDS && !str_eq(mechanism, scram_kinds[kind].mechanism))
		kind++;
	if (kind == SCRAM_KINDS) {
		report_leave_out(x->report, PIECE_SCRAM, "of a mechanism that is not known");
	} else if (x->has_password) {
		taken(x, PIECE_SCRAM); /* the password says the same, and more */
	} else if (x->now->account.verifier[kind].iterations && !x->is_writing) {
		report_leave_out(x->report, PIECE_SCRAM, "of the same mechanism twice");
	} else if (!read_verifier(x, el, scram_kinds[kind].key_len,
				  &x->now->account.verifier[kind])) {
		report_leave_out(x->report, PIECE_SCRAM, "not well formed");
	} else {
		taken(x, PIECE_SCRAM);
	}
}

void intake_password(struct intake *x, struct str password)
{
	struct scram_verifier probe;
	enum err err;

	x->report->counts[PIECE_SCRAM].found++;
	if (x->is_writing) {
		err = account_set_verifiers(&x->now->account, password);
	} else {
		/* Whether it can be used; the work is for when it is written. */
		err = scram_make_verifier(DIGEST_SHA1, password, STR("salt"), 1, &probe);
		scram_verifier_wipe(&probe);
	}
	x->has_password = err == OK;
	if (err)
		report_leave_out(x->report, PIECE_SCRAM, "a password that cannot be used");
	else
		taken(x, PIECE_SCRAM);
}

/* ---- settings ---- */

void intake_settings(struct intake *x, const struct xml *el)
{
	struct account *account = &x->now->account;
	struct str created = xml_attr(el, STR("created")), keep = xml_attr(el, STR("keep"));
	usec_t wall, keep_usec;

	if (x->has_settings) {
		report_leave_out(x->report, PIECE_SETTINGS, "there twice");
		return;
	}
	x->has_settings = true;
	if (created.ptr && datetime_parse(created, &wall) == OK && wall <= x->wall_begun)
		account->wall_created = wall;
	account->is_disabled = str_eq(xml_attr(el, STR("disabled")), STR("true"));
	if (keep.ptr && account_retention_decode(keep, &keep_usec))
		report_leave_out(x->report, PIECE_SETTINGS, "not well formed");
	else if (keep.ptr)
		txn_put(intake_txn(x), x->owner, ACCOUNT_RETENTION_SPACE, STR(""), keep);
	taken(x, PIECE_SETTINGS);
}

/* ---- roster ---- */

static bool read_groups(struct intake *x, const struct xml *el, struct str *ret_groups)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ROSTER_GROUPS_MAX * (ROSTER_TEXT_MAX + 1));
	struct str seen[ROSTER_GROUPS_MAX];
	size_t count = 0;

	xml_each (group, el) {
		struct str text = xml_text(group, &x->arena);
		bool is_known = !xml_is(group, NS_ROSTER, STR("group")) || !text.len;

		for (size_t i = 0; i < count && !is_known; i++)
			is_known = str_eq(seen[i], text);
		if (is_known)
			continue;
		if (text.len > ROSTER_TEXT_MAX || count == ROSTER_GROUPS_MAX)
			return false;
		seen[count++] = text;
		if (out.len)
			(void)sbuf_add_char(&out, ROSTER_SEPARATOR);
		(void)sbuf_add(&out, text);
	}
	*ret_groups = arena_dup(&x->arena, sbuf_str(&out));
	return out.err == OK;
}

static bool read_flags(const struct xml *el, unsigned *ret_flags)
{
	static const struct {
		struct str name;
		unsigned flags;
	} states[] = {
		{ STR_INIT("none"), 0 },
		{ STR_INIT("to"), ROSTER_TO },
		{ STR_INIT("from"), ROSTER_FROM },
		{ STR_INIT("both"), ROSTER_TO | ROSTER_FROM },
	};
	struct str subscription = xml_attr(el, STR("subscription"));
	struct str approved = xml_attr(el, STR("approved"));
	size_t i = 0;

	while (subscription.len && i < array_len(states) && !str_eq(subscription, states[i].name))
		i++;
	if (i == array_len(states))
		return false;
	*ret_flags = states[i].flags | ROSTER_LISTED;
	if (str_eq(xml_attr(el, STR("ask")), STR("subscribe")) && !(*ret_flags & ROSTER_TO))
		*ret_flags |= ROSTER_PENDING_OUT;
	if ((str_eq(approved, STR("true")) || str_eq(approved, STR("1"))) &&
	    !(*ret_flags & ROSTER_FROM))
		*ret_flags |= ROSTER_APPROVED;
	return true;
}

static const char *add_contact(struct intake *x, const struct xml *el)
{
	struct str name = xml_attr(el, STR("name")), groups;
	struct roster_item *item;
	unsigned flags;
	struct jid jid;

	if (intake_jid(x, xml_attr(el, STR("jid")), true, &jid))
		return "not an address";
	if (str_eq(jid.full, x->owner))
		return "the account itself";
	if (!read_flags(el, &flags))
		return "an unknown subscription";
	if (name.len > ROSTER_TEXT_MAX || !read_groups(x, el, &groups))
		return "a name or group is too long, or there are too many groups";
	item = roster_find(x->roster, jid.full);
	if (item && (item->flags & ROSTER_LISTED))
		return "there twice";
	if (x->roster->listed >= x->config.limits.roster_items ||
	    roster_bytes(x->roster) + jid.full.len + name.len + groups.len > ROSTER_BYTES_MAX)
		return "the roster is full (limits.roster_items)";
	item = roster_get(x->roster, jid.full);
	roster_describe(x->roster, item, name, groups);
	if (!(flags & ROSTER_FROM))
		flags |= item->flags & ROSTER_PENDING_IN;
	roster_set_flags(x->roster, item, flags);
	return NULL;
}

void intake_contact(struct intake *x, const struct xml *el)
{
	const char *why_not = add_contact(x, el);

	if (why_not)
		report_leave_out(x->report, PIECE_CONTACT, why_not);
	else
		taken(x, PIECE_CONTACT);
}

/* ---- requests of others ---- */

/* As it would have come to an account of ours. */
static struct str request_text(struct intake *x, struct xml *el, struct jid from)
{
	struct sbuf out scoped(sbuf_done) = SBUF(ROSTER_REQUEST_MAX);
	struct xml *plain;

	xml_set(&x->arena, el, STR("from"), from.full);
	xml_set(&x->arena, el, STR("to"), x->owner);
	if (xml_write(&out, el, NS_CLIENT)) {
		plain = xml_new(&x->arena, NS_CLIENT, STR("presence"));
		xml_set(&x->arena, plain, STR("type"), STR("subscribe"));
		xml_set(&x->arena, plain, STR("from"), from.full);
		xml_set(&x->arena, plain, STR("to"), x->owner);
		sbuf_reset(&out);
		(void)xml_write(&out, plain, NS_CLIENT); /* two addresses: they fit */
	}
	return arena_dup(&x->arena, sbuf_str(&out));
}

static const char *add_request(struct intake *x, struct xml *el)
{
	struct roster_item *item;
	struct jid from;

	if (!str_eq(xml_attr(el, STR("type")), STR("subscribe")))
		return "no request";
	if (intake_jid(x, xml_attr(el, STR("from")), true, &from) || str_eq(from.full, x->owner))
		return "not an address";
	item = roster_find(x->roster, from.full);
	if (item && (item->flags & (ROSTER_FROM | ROSTER_PENDING_IN)))
		return "of a contact that has what it asks for, or has asked before";
	if (x->requests >= x->config.limits.roster_items)
		return "too many (limits.roster_items)";
	item = roster_get(x->roster, from.full);
	roster_set_flags(x->roster, item, item->flags | ROSTER_PENDING_IN);
	roster_set_request(item, request_text(x, el, from));
	x->requests++;
	return NULL;
}

void intake_request(struct intake *x, struct xml *el)
{
	const char *why_not = add_request(x, el);

	if (why_not)
		report_leave_out(x->report, PIECE_REQUEST, why_not);
	else
		taken(x, PIECE_REQUEST);
}

void intake_put_roster(struct intake *x)
{
	const struct roster_item *item;
	size_t at = 0;

	arena_done(&x->arena);
	arena_init(&x->arena, 8 * ROSTER_BYTES_MAX);
	x->roster->version = 1;
	while ((item = map_next(&x->roster->items, &at)))
		txn_put(intake_txn(x), x->owner, ROSTER_SPACE, item->jid,
			roster_item_encode(item, &x->arena));
	txn_put(intake_txn(x), x->owner, ROSTER_SPACE, STR(""),
		roster_version_encode(x->roster, &x->arena));
}

/* ---- card ---- */

void intake_vcard(struct intake *x, const struct xml *el)
{
	struct sbuf out scoped(sbuf_done) = SBUF(x->config.limits.vcard_bytes);

	if (x->has_vcard) {
		report_leave_out(x->report, PIECE_VCARD, "there twice");
		return;
	}
	intake_avatar_card(x, el);
	if (xml_write_alone(&out, el)) {
		report_leave_out(x->report, PIECE_VCARD, "too large (limits.vcard_bytes)");
	} else {
		txn_put(intake_txn(x), x->owner, VCARD_SPACE, VCARD_KEY, sbuf_str(&out));
		x->has_vcard = true;
		taken(x, PIECE_VCARD);
	}
}
