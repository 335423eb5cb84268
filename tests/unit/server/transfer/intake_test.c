/* SPDX-License-Identifier: Apache-2.0 */
/* server/transfer/intake: what becomes of the pieces of an account. */
#include "server/transfer/intake.h"

#include "server/model/avatar.h"
#include "server/model/roster.h"
#include "support/unit.h"
#include "xml/build.h"

#include <stdio.h>

enum { OPS_MAX = 100 };

/* What was written, in order. */
struct bed {
	struct arena arena;
	struct intake *intake;
	struct report report;
	struct txn *txns[OPS_MAX];
	unsigned txn_count;
	const struct txn_op *ops[OPS_MAX];
	unsigned count;
};

static enum err commit(void *owner, struct txn *t)
{
	struct bed *b = owner;

	b->txns[b->txn_count++] = t;
	for (const struct txn_op *op = t->first; op; op = op->next)
		b->ops[b->count++] = op;
	return OK;
}

static enum err look(void *owner, struct str jid, bool *ret_exists)
{
	(void)owner;
	(void)jid;
	*ret_exists = false;
	return OK;
}

static void take(struct bed *b, enum piece_kind kind, const char *text)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 65536, .depth = 64, .attrs = 64, .name_bytes = 256, .children = 1000
	};
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct str copy = arena_dup(&b->arena, str_from(text));
	struct piece_sink *sink = intake_sink(b->intake);
	struct piece piece = { .kind = kind };
	struct xml *el;

	assert_int_equal(xml_parse(&b->arena, copy, &scope, &limits, &el), XML_FAULT_NONE);
	piece.el = el;
	assert_int_equal(sink->take(sink, &piece), OK);
}

static void begin(struct bed *b, struct str name, struct str password)
{
	struct piece_sink *sink = intake_sink(b->intake);

	assert_int_equal(sink->begin(sink, name, password), OK);
}

static void end(struct bed *b)
{
	struct piece_sink *sink = intake_sink(b->intake);

	assert_int_equal(sink->end(sink), OK);
}

/* An intake that has heard of romeo, and now writes. */
static void open_bed(struct bed *b)
{
	struct intake_config config = { .domain = STR("here.example"),
					.source = STR("old.example"),
					.limits = { .message_bytes = 4096,
						    .vcard_bytes = 100,
						    .roster_items = 2,
						    .private_bytes = 4096,
						    .private_elements = 5,
						    .blocked = 5,
						    .pep_nodes = 5,
						    .pep_items = 5,
						    .pep_node_items = 2,
						    .pep_item_bytes = 1000,
						    .pep_bytes = 2000 },
					.commit = commit,
					.look = look,
					.owner = b };

	*b = (struct bed){ .count = 0 };
	arena_init(&b->arena, SIZE_MAX);
	b->intake = intake_new(&config, &b->report);
	begin(b, STR("Romeo"), STR_NONE);
	end(b);
	intake_begin_writing(b->intake);
	begin(b, STR("romeo"), STR_NONE);
}

static void finish(struct bed *b)
{
	end(b);
	assert_int_equal(intake_finish(b->intake), OK);
}

static void close_bed(struct bed *b)
{
	for (unsigned i = 0; i < b->txn_count; i++)
		txn_free(&b->txns[i]);
	intake_free(&b->intake);
	arena_done(&b->arena);
}

static const struct txn_op *nth(const struct bed *b, enum txn_kind kind, unsigned n)
{
	for (unsigned i = 0; i < b->count; i++) {
		if (b->ops[i]->kind == kind && n-- == 0)
			return b->ops[i];
	}
	return NULL;
}

static const struct left_out *left_out(const struct bed *b, enum piece_kind kind)
{
	for (unsigned i = 0; i < b->report.left_out_count; i++) {
		if (b->report.left_out[i].kind == kind)
			return &b->report.left_out[i];
	}
	return NULL;
}

#define STAMP "2020-01-01T00:00:00Z"
static const int64_t WALL = 1577836800 * USEC_PER_SEC;

static void archive(struct bed *b, const char *from, const char *to, const char *id,
		    const char *stamp)
{
	char text[1000];

	(void)snprintf(text, sizeof(text),
		       "<result xmlns='urn:xmpp:mam:2'><forwarded xmlns='urn:xmpp:forward:0'>"
		       "<delay xmlns='urn:xmpp:delay' stamp='%s'/><message xmlns='jabber:client' "
		       "from='%s' to='%s' id='%s' type='chat'><body>b</body>"
		       "<stanza-id xmlns='urn:xmpp:sid:0' by='romeo@old.example' id='7'/>"
		       "</message></forwarded></result>",
		       stamp, from, to, id);
	take(b, PIECE_ARCHIVED, text);
}

static void waiting(struct bed *b, const char *from, const char *id)
{
	char text[1000];

	(void)snprintf(text, sizeof(text),
		       "<message xmlns='jabber:client' from='%s' to='romeo@old.example' id='%s' "
		       "type='chat'><body>b</body><delay xmlns='urn:xmpp:delay' "
		       "from='old.example' stamp='2020-01-01T00:00:01Z'/></message>",
		       from, id);
	take(b, PIECE_OFFLINE, text);
}

static void messages_have_places_of_their_own(void **state)
{
	struct bed b;

	open_bed(&b);
	archive(&b, "romeo@old.example/a", "juliet@far.example", "1", STAMP);
	archive(&b, "juliet@far.example/x", "romeo@old.example/a", "2", STAMP);
	archive(&b, "romeo@old.example/a", "romeo@old.example/b", "3", "1960-01-01T00:00:00Z");
	archive(&b, "nurse@old.example/a", "romeo@old.example/b", "4", "2999-01-01T00:00:00Z");
	finish(&b);
	assert_int_equal(nth(&b, TXN_APPEND, 0)->entry[0].seq, WALL);
	assert_int_equal(nth(&b, TXN_APPEND, 0)->wall_time, WALL);
	assert_int_equal(nth(&b, TXN_APPEND, 0)->entry[0].flags, ARCHIVE_OUT | ARCHIVE_TEXT);
	assert_true(str_eq(nth(&b, TXN_APPEND, 0)->entry[0].peer, STR("juliet@far.example")));
	assert_true(str_find(nth(&b, TXN_APPEND, 0)->value, STR("stanza-id")) < 0);
	assert_true(str_find(nth(&b, TXN_APPEND, 0)->value, STR("romeo@here.example/a")) > 0);
	assert_int_equal(nth(&b, TXN_APPEND, 1)->entry[0].seq, WALL + 2);
	assert_int_equal(nth(&b, TXN_APPEND, 1)->entry[0].flags, ARCHIVE_IN | ARCHIVE_TEXT);
	assert_int_equal(nth(&b, TXN_APPEND, 2)->entry[0].seq, WALL + 4);
	assert_int_equal(nth(&b, TXN_APPEND, 2)->entry[0].flags,
			 ARCHIVE_IN | ARCHIVE_OUT | ARCHIVE_TEXT);
	assert_true(nth(&b, TXN_APPEND, 3)->entry[0].seq <= wall_now());
	assert_true(str_eq(nth(&b, TXN_APPEND, 3)->entry[0].peer, STR("nurse@here.example")));
	assert_int_equal(b.report.counts[PIECE_ARCHIVED].taken, 4);
	close_bed(&b);
}

static void what_waits_and_is_archived_is_kept_once(void **state)
{
	struct bed b;

	open_bed(&b);
	waiting(&b, "juliet@far.example/x", "1");
	archive(&b, "juliet@far.example/x", "romeo@old.example", "1", STAMP);
	archive(&b, "juliet@far.example/x", "romeo@old.example", "2", STAMP);
	waiting(&b, "juliet@far.example/x", "2");
	finish(&b);
	assert_int_equal(nth(&b, TXN_APPEND, 0)->entry[0].flags,
			 ARCHIVE_IN | ARCHIVE_OFFLINE | ARCHIVE_TEXT | ARCHIVE_COUNTED);
	assert_int_equal(nth(&b, TXN_APPEND, 0)->entry[0].seq, WALL + USEC_PER_SEC + 1);
	assert_true(str_find(nth(&b, TXN_APPEND, 0)->value, STR("delay")) < 0);
	assert_int_equal(nth(&b, TXN_REMOVE, 0)->from, nth(&b, TXN_APPEND, 1)->entry[0].seq);
	assert_int_equal(nth(&b, TXN_APPEND, 2)->entry[0].flags,
			 ARCHIVE_IN | ARCHIVE_OFFLINE | ARCHIVE_TEXT | ARCHIVE_COUNTED);
	assert_null(nth(&b, TXN_APPEND, 3));
	assert_int_equal(b.report.counts[PIECE_ARCHIVED].taken, 2);
	assert_int_equal(b.report.counts[PIECE_OFFLINE].taken, 2);
	close_bed(&b);
}

static const struct roster_item *item_of(const struct bed *b, struct roster *r, const char *jid)
{
	for (unsigned i = 0; i < b->count; i++) {
		const struct txn_op *op = b->ops[i];

		if (op->kind == TXN_PUT && str_eq(op->key, str_from(jid)))
			assert_int_equal(roster_decode(r, op->key, op->value), OK);
	}
	return roster_find(r, str_from(jid));
}

static void rosters_keep_their_states(void **state)
{
	struct roster *r = roster_new();
	const struct roster_item *item;
	struct bed b;

	open_bed(&b);
	take(&b, PIECE_REQUEST,
	     "<presence xmlns='jabber:client' type='subscribe' from='juliet@old.example/x'/>");
	take(&b, PIECE_CONTACT,
	     "<item xmlns='jabber:iq:roster' jid='juliet@old.example' subscription='to' "
	     "name='J'><group>A</group><group>A</group><group>B</group></item>");
	take(&b, PIECE_CONTACT,
	     "<item xmlns='jabber:iq:roster' jid='nurse@far.example' ask='subscribe' "
	     "approved='true'/>");
	take(&b, PIECE_CONTACT, "<item xmlns='jabber:iq:roster' jid='tybalt@far.example'/>");
	take(&b, PIECE_CONTACT, "<item xmlns='jabber:iq:roster' jid='romeo@old.example'/>");
	take(&b, PIECE_VCARD, "<vCard xmlns='vcard-temp'><FN>R</FN></vCard>");
	take(&b, PIECE_VCARD, "<vCard xmlns='vcard-temp'><FN>R</FN></vCard>");
	finish(&b);
	item = item_of(&b, r, "juliet@here.example");
	assert_int_equal(item->flags, ROSTER_TO | ROSTER_PENDING_IN | ROSTER_LISTED);
	assert_true(str_eq(item->groups, STR("A\x1f"
					     "B")));
	assert_true(str_find(item->request, STR("to='romeo@here.example'")) > 0);
	item = item_of(&b, r, "nurse@far.example");
	assert_int_equal(item->flags, ROSTER_PENDING_OUT | ROSTER_APPROVED | ROSTER_LISTED);
	assert_null(item_of(&b, r, "tybalt@far.example"));
	assert_int_equal(b.report.counts[PIECE_CONTACT].taken, 2);
	assert_int_equal(left_out(&b, PIECE_CONTACT)->count, 1);
	assert_int_equal(left_out(&b, PIECE_VCARD)->count, 1);
	assert_int_equal(left_out(&b, PIECE_SCRAM)->count, 1);
	roster_free(&r);
	close_bed(&b);
}

/* ---- pictures ---- */

#define PNG_ID   "22f545ac6b50163ce39bac49094c3f64e0858403"
#define PNG_TEXT "iVBORw0KGgoAAAANSUhEUg=="
#define NS_ITEM  "xmlns='http://jabber.org/protocol/pubsub'"
#define DATA                                                                                       \
	"<item " NS_ITEM " id='" PNG_ID "'><data xmlns='urn:xmpp:avatar:data'>" PNG_TEXT           \
	"</data></item>"
#define METADATA                                                                                   \
	"<item " NS_ITEM " id='" PNG_ID "'><metadata xmlns='urn:xmpp:avatar:metadata'><info "      \
	"bytes='16' id='" PNG_ID "' type='image/png'/></metadata></item>"
#define DISABLED "<item " NS_ITEM " id='x'><metadata xmlns='urn:xmpp:avatar:metadata'/></item>"
#define CARD                                                                                       \
	"<vCard xmlns='vcard-temp'><FN>R</FN><PHOTO><TYPE>image/gif</TYPE><BINVAL>" PNG_TEXT       \
	"</BINVAL></PHOTO></vCard>"

static void take_item(struct bed *b, const char *node, const char *text)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 65536, .depth = 64, .attrs = 64, .name_bytes = 256, .children = 1000
	};
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct piece_sink *sink = intake_sink(b->intake);
	struct piece piece = { .kind = PIECE_ITEM, .node = str_from(node) };
	struct xml *el;

	assert_int_equal(xml_parse(&b->arena, arena_dup(&b->arena, str_from(text)), &scope, &limits,
				   &el),
			 XML_FAULT_NONE);
	piece.el = el;
	assert_int_equal(sink->take(sink, &piece), OK);
}

/* The value of a row; unset: there is none. */
static struct str row_of(const struct bed *b, struct str space)
{
	for (unsigned i = 0; i < b->count; i++) {
		if (b->ops[i]->kind == TXN_PUT && str_eq(b->ops[i]->space, space))
			return b->ops[i]->value;
	}
	return STR_NONE;
}

/* What everybody sees from the first presence on; "" for nothing. */
static void assert_shown(const struct bed *b, const char *id)
{
	struct avatar x = { .wanted = "" };
	struct str row = row_of(b, AVATAR_SPACE);

	if (row.ptr)
		assert_int_equal(avatar_decode(row, &x), OK);
	assert_true(str_eq(avatar_shown(&x), str_from(id)));
}

static void pictures_are_shown_at_once(void **state)
{
	struct bed b;

	(void)state;
	open_bed(&b);
	take_item(&b, "urn:xmpp:avatar:metadata", METADATA); /* in either order */
	take_item(&b, "urn:xmpp:avatar:data", DATA);
	finish(&b);
	assert_shown(&b, PNG_ID);
	close_bed(&b);
	open_bed(&b);
	take_item(&b, "urn:xmpp:avatar:metadata", METADATA); /* without the picture itself */
	finish(&b);
	assert_shown(&b, "");
	close_bed(&b);
}

static void a_picture_of_a_card_is_published(void **state)
{
	struct bed b;

	(void)state;
	open_bed(&b);
	take(&b, PIECE_VCARD, CARD);
	finish(&b);
	assert_shown(&b, PNG_ID);
	assert_true(str_eq(row_of(&b, STR("vcard")),
			   STR("<vCard xmlns='vcard-temp'><FN>R</FN></vCard>")));
	assert_non_null(nth(&b, TXN_PUT, 4));         /* card, two items, two nodes at least */
	assert_int_equal(b.report.left_out_count, 1); /* the password */
	close_bed(&b);
	open_bed(&b);
	take(&b, PIECE_VCARD, CARD);
	take_item(&b, "urn:xmpp:avatar:metadata", DISABLED); /* the nodes count */
	finish(&b);
	assert_shown(&b, "");
	close_bed(&b);
}

static void other_accounts_are_noticed(void **state)
{
	struct piece_sink *sink;
	struct bed b;

	open_bed(&b);
	sink = intake_sink(b.intake);
	end(&b);
	assert_int_equal(sink->begin(sink, STR("juliet"), STR_NONE), ERR_INVALID);
	assert_true(str_find(str_from(b.report.fault), STR("changed")) >= 0);
	close_bed(&b);
}

UNIT_TESTS(intake, cmocka_unit_test(messages_have_places_of_their_own),
	   cmocka_unit_test(what_waits_and_is_archived_is_kept_once),
	   cmocka_unit_test(rosters_keep_their_states),
	   cmocka_unit_test(pictures_are_shown_at_once),
	   cmocka_unit_test(a_picture_of_a_card_is_published),
	   cmocka_unit_test(other_accounts_are_noticed));
