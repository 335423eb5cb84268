/* SPDX-License-Identifier: Apache-2.0 */
/* session/csi: what waits for a client that does not look. */
#include "server/session/csi.h"

#include "base/mem.h"
#include "base/sbuf.h"

#include "support/unit.h"

#include <stdio.h>

static bool hold(struct csi *c, const char *text, int64_t seq)
{
	struct bytes *b = bytes_new(str_from(text));
	bool is_held = csi_hold(c, b, seq);

	(void)bytes_unref(b); /* c has its own count */
	return is_held;
}

static void collect(void *arg, struct bytes *b, int64_t seq)
{
	struct sbuf *out = arg;

	assert_int_equal(seq, 0);
	(void)sbuf_add(out, bytes_str(b));
}

static void expect(struct csi *c, const char *all)
{
	struct sbuf out scoped(sbuf_done) = SBUF(MIB);

	csi_flush(c, collect, &out);
	assert_true(str_eq(sbuf_str(&out), str_from(all)));
	assert_int_equal(c->count, 0);
	assert_null(c->held);
}

#define STATE                                                                                      \
	"<message from='a@b/c'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>"

static void holds_what_can_wait(void **state)
{
	static const struct {
		const char *text;
		int64_t seq;
		bool is_held;
	} rows[] = {
		{ "<presence from='a@b/c' to='x@y'/>", 0, true },
		{ "<presence type='unavailable' from='a@b/c'/>", 0, true },
		{ "<presence type='subscribe' from='a@b'/>", 0, false },
		{ "<presence type='error' from='a@b'><error/></presence>", 0, false },
		{ STATE, 0, true },
		{ STATE, 5, false }, /* kept in the archive: it matters */
		{ "<message><body>hi</body><active xmlns='http://jabber.org/protocol/chatstates'/></message>",
		  0, false },
		{ "<message><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" STATE
		  "</forwarded></sent></message>",
		  0, false },
		{ "<message><received xmlns='urn:xmpp:receipts' id='1'/></message>", 0, false },
		{ "<iq type='get' id='1'/>", 0, false },
		{ "<r xmlns='urn:xmpp:sm:3'/>", 0, false },
		{ "", 0, false },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct csi c = { .is_inactive = true }, active = { .is_inactive = false };

		if (hold(&c, rows[i].text, rows[i].seq) != rows[i].is_held)
			fail_msg("%s", rows[i].text);
		assert_int_equal(c.count, rows[i].is_held);
		assert_false(hold(&active, rows[i].text, rows[i].seq));
		csi_done(&c);
		csi_done(&active);
	}
}

static void keeps_the_newest_of_each(void **state)
{
	struct csi c = { .is_inactive = true };

	assert_true(hold(&c, "<presence from='a@b/c'><show>away</show></presence>", 0));
	assert_true(hold(&c, "<presence from='a@b/d'/>", 0));
	assert_true(hold(&c, STATE, 0)); /* not a presence of the same sender */
	assert_true(hold(&c, "<presence type='unavailable' from='a@b/c'/>", 0));
	expect(&c, "<presence from='a@b/d'/>" STATE "<presence type='unavailable' from='a@b/c'/>");
	expect(&c, "");
	csi_done(&c);
}

static void drop(void *arg, struct bytes *bytes, int64_t seq)
{
	(void)arg;
	(void)bytes;
	(void)seq;
}

static void is_bounded(void **state)
{
	struct csi c = { .is_inactive = true };
	char text[64];

	for (int i = 0; i < CSI_HELD_MAX; i++) {
		(void)snprintf(text, sizeof(text), "<presence from='a@b/%d'/>", i);
		assert_true(hold(&c, text, 0));
	}
	assert_false(hold(&c, "<presence from='a@b/new'/>", 0));
	assert_int_equal(c.count, CSI_HELD_MAX);
	csi_done(&c);
	csi_done(&c);
}

static void is_bounded_in_bytes(void **state)
{
	enum { STATUS = CSI_BYTES_MAX / 4 };
	struct csi c = { .is_inactive = true };
	char *text = mem_alloc(STATUS + 100);

	for (int i = 0; i < 20; i++) { /* of one sender: the older ones go */
		(void)snprintf(text, 100, "<presence from='a@b/c'>%0*d</presence>", 9, i);
		assert_true(hold(&c, text, 0));
	}
	assert_int_equal(c.bytes, strlen(text));
	for (int i = 0; i < 4; i++) {
		(void)snprintf(text, STATUS + 100, "<presence from='a@b/%d'>%0*d</presence>", i,
			       STATUS, i);
		assert_true(hold(&c, text, 0));
	}
	assert_false(hold(&c, "<presence from='a@b/new'/>", 0));
	csi_flush(&c, drop, NULL);
	assert_int_equal(c.bytes, 0);
	assert_true(hold(&c, "<presence from='a@b/new'/>", 0));
	csi_done(&c);
	mem_free(text);
}

UNIT_TESTS(session_csi, cmocka_unit_test(holds_what_can_wait),
	   cmocka_unit_test(keeps_the_newest_of_each), cmocka_unit_test(is_bounded),
	   cmocka_unit_test(is_bounded_in_bytes));
