/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces from other stores, see foreign.h. */
#include "server/transfer/foreign.h"

#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/secret.h"
#include "xep/delay.h"
#include "xep/forward.h"
#include "xml/build.h"
#include "xml/name.h"
#include "xml/write.h"
#include "xmpp/datetime.h"
#include "xmpp/ns.h"

enum {
	PIECE_MAX = 256 * 1024 * 1024, /* bytes of a tree */
	TEXT_MAX = 32 * 1024 * 1024,   /* bytes of it as text */
	NAMES_DEEP = 256,
};

void foreign_init(struct foreign *f, struct piece_sink *sink)
{
	*f = (struct foreign){ .sink = sink };
	arena_init(&f->arena, PIECE_MAX);
	arena_init(&f->check, PIECE_MAX);
	f->text = SBUF(TEXT_MAX);
}

void foreign_done(struct foreign *f)
{
	arena_wipe(&f->arena);
	arena_wipe(&f->check);
	if (f->text.ptr)
		secret_wipe(f->text.ptr, f->text.cap);
	sbuf_done(&f->text);
}

void foreign_begin(struct foreign *f)
{
	arena_done(&f->arena);
	arena_init(&f->arena, PIECE_MAX);
}

static bool is_name(struct str s)
{
	return s.len && utf8_is_valid(s) && xml_name_end(s.ptr, s.ptr + s.len) == s.ptr + s.len;
}

/* xml_write takes names as they are. */
static bool has_good_names(const struct xml *el)
{
	const struct xml *x = el;

	while (x) {
		if (!is_name(x->name))
			return false;
		for (const struct xml_attr *a = x->attrs; a; a = a->next) {
			if (!is_name(a->name))
				return false;
		}
		if (xml_first(x)) {
			x = xml_first(x);
			continue;
		}
		while (x && x != el && !xml_next(x))
			x = x->parent;
		x = !x || x == el ? NULL : xml_next(x);
	}
	return true;
}

static const struct xml_limits limits = { .stanza_bytes = TEXT_MAX,
					  .depth = NAMES_DEEP,
					  .attrs = 512,
					  .name_bytes = 4096,
					  .children = UINT16_MAX };

struct xml *foreign_parse(struct foreign *f, struct str text, struct str ns)
{
	struct xml_scope scope = { .default_ns = ns };
	struct xml *el;

	return xml_parse(&f->arena, str_trim(text), &scope, &limits, &el) ? NULL : el;
}

/* The tree again, as a parser sees what will be stored; NULL if that is not possible. */
static struct xml *again(struct foreign *f, const struct xml *el)
{
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct xml *made;

	arena_done(&f->check);
	arena_init(&f->check, PIECE_MAX);
	sbuf_reset(&f->text);
	if (!has_good_names(el) || xml_write_alone(&f->text, el) ||
	    xml_parse(&f->check, sbuf_str(&f->text), &scope, &limits, &made))
		return NULL;
	return made;
}

void foreign_leave_out(struct foreign *f, enum piece_kind kind, const char *why)
{
	f->sink->report->counts[kind].found++;
	report_leave_out(f->sink->report, kind, why);
}

enum err foreign_take(struct foreign *f, enum piece_kind kind, struct str node,
		      const struct xml *el)
{
	struct piece piece = { .kind = kind, .node = node, .el = el ? again(f, el) : NULL };

	if (piece.el)
		return f->sink->take(f->sink, &piece);
	foreign_leave_out(f, kind, "not well formed");
	return OK;
}

/* ---- accounts ---- */

static void add_base64(struct foreign *f, struct xml *el, struct str name, struct str bytes)
{
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);

	(void)base64_encode(&out, str_sub(bytes, 0, KIB)); /* longer ones are refused in any case */
	(void)xml_add_text_el(&f->arena, el, NS_PIE_SCRAM, name,
			      arena_dup(&f->arena, sbuf_str(&out)));
}

enum err foreign_take_scram(struct foreign *f, const struct foreign_scram *scram)
{
	struct xml *el = xml_new(&f->arena, NS_PIE_SCRAM, STR("scram-credentials"));
	struct str mechanism = STR("unknown");

	if (scram->stored_key.len == digest_len(DIGEST_SHA1))
		mechanism = STR("SCRAM-SHA-1");
	else if (scram->stored_key.len == digest_len(DIGEST_SHA256))
		mechanism = STR("SCRAM-SHA-256");
	else if (scram->stored_key.len == digest_len(DIGEST_SHA512))
		mechanism = STR("SCRAM-SHA-512");
	xml_set(&f->arena, el, STR("mechanism"), mechanism);
	(void)xml_add_text_el(&f->arena, el, NS_PIE_SCRAM, STR("iter-count"),
			      arena_printf(&f->arena, "%.0f", scram->iterations));
	add_base64(f, el, STR("salt"), scram->salt);
	add_base64(f, el, STR("server-key"), scram->server_key);
	add_base64(f, el, STR("stored-key"), scram->stored_key);
	return foreign_take(f, PIECE_SCRAM, STR_NONE, el);
}

enum err foreign_take_settings(struct foreign *f, usec_t wall_created, bool is_disabled)
{
	struct xml *el = xml_new(&f->arena, NS_PARLEY_ACCOUNT, STR("account"));

	if (wall_created > 0)
		xml_set(&f->arena, el, STR("created"), datetime_format(&f->arena, wall_created));
	if (is_disabled)
		xml_set(&f->arena, el, STR("disabled"), STR("true"));
	return foreign_take(f, PIECE_SETTINGS, STR_NONE, el);
}

/* ---- roster ---- */

struct xml *foreign_contact(struct foreign *f, struct str jid, struct str name,
			    struct str subscription, bool is_asking)
{
	struct xml *el = xml_new(&f->arena, NS_ROSTER, STR("item"));

	xml_set(&f->arena, el, STR("jid"), jid);
	if (name.len)
		xml_set(&f->arena, el, STR("name"), name);
	if (subscription.len)
		xml_set(&f->arena, el, STR("subscription"), subscription);
	if (is_asking)
		xml_set(&f->arena, el, STR("ask"), STR("subscribe"));
	return el;
}

enum err foreign_take_request(struct foreign *f, struct str from)
{
	struct xml *el = xml_new(&f->arena, NS_CLIENT, STR("presence"));

	xml_set(&f->arena, el, STR("type"), STR("subscribe"));
	xml_set(&f->arena, el, STR("from"), from);
	return foreign_take(f, PIECE_REQUEST, STR_NONE, el);
}

enum err foreign_take_blocked(struct foreign *f, struct str jid)
{
	struct xml *el = xml_new(&f->arena, STR("urn:xmpp:blocking"), STR("item"));

	xml_set(&f->arena, el, STR("jid"), jid);
	return foreign_take(f, PIECE_BLOCKED, STR_NONE, el);
}

/* ---- messages ---- */

enum err foreign_take_archived(struct foreign *f, struct xml *message, usec_t wall)
{
	struct xml *el = xml_new(&f->arena, NS_MAM, STR("result"));

	xml_add(el, forward_wrap(&f->arena, message, wall));
	return foreign_take(f, PIECE_ARCHIVED, STR_NONE, el);
}

enum err foreign_take_offline(struct foreign *f, struct xml *message, usec_t wall)
{
	if (wall)
		delay_add(&f->arena, message, STR_NONE, wall);
	return foreign_take(f, PIECE_OFFLINE, STR_NONE, message);
}
