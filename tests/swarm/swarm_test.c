/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the load tool's parts that judge: cutting the stream, counting order and latency, SCRAM.
 */
#include "login_key.h"
#include "options.h"
#include "stamp.h"
#include "tally.h"

#include "cutter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static const char stream[] =
	"<?xml version='1.0'?>\n<stream:stream from='a' id='x>y'><stream:features/> "
	"<message type=\"chat\" from='r@a/b'><body>hi &lt;b</body><x a='/>'><y/></x></message>\n"
	"<iq type='get'  id = 'it\"s'/></stream:stream>";

/* Cuts data, fed up to len bytes at first and whole afterwards; names of the pieces, one blank
 * behind each. */
static void cut(size_t first, char *names, size_t size)
{
	struct cutter c = { .is_open = false };
	size_t at = 0, used = 0;
	struct str piece;

	for (size_t end = first; end <= sizeof(stream) - 1; end += sizeof(stream) - 1 - first) {
		struct str data = str_make(stream + at, end - at);
		enum err e;

		while ((e = cutter_next(&c, &data, &piece)) == OK)
			used += (size_t)snprintf(names + used, size - used, "%.*s ",
						 STR_ARG(piece_name(piece)));
		at = (size_t)(data.ptr - stream);
		if (e == ERR_CLOSED || first == sizeof(stream) - 1)
			break;
		assert_int_equal(e, ERR_AGAIN);
	}
}

static void cuts_wherever_the_stream_is_torn(void **state)
{
	for (size_t first = 0; first < sizeof(stream); first++) {
		char names[128] = "";

		cut(first, names, sizeof(names));
		assert_string_equal(names, "stream:stream stream:features message iq ");
	}
}

static void refuses_what_xmpp_forbids(void **state)
{
	struct cutter c = { .is_open = true };
	struct str comment = STR("<a><!-- x --></a>"), text = STR("words<a/>"),
		   end = STR("</stream:stream>"), piece;

	assert_int_equal(cutter_next(&c, &comment, &piece), ERR_INVALID);
	assert_int_equal(cutter_next(&c, &text, &piece), ERR_INVALID);
	assert_int_equal(cutter_next(&c, &end, &piece), ERR_CLOSED);
}

static bool same(struct str a, const char *b)
{
	return b ? str_eq(a, str_from(b)) : !str_is_set(a);
}

static void reads_attributes_and_text(void **state)
{
	struct str piece = STR(
		"<message type=\"chat\" xid='no' id = 'it\"s>'><x id='inner'/><body>a &amp; b</body></message>");

	assert_true(same(piece_attr(piece, STR("type")), "chat"));
	assert_true(same(piece_attr(piece, STR("id")), "it\"s>"));
	assert_true(same(piece_attr(piece, STR("from")), NULL));
	assert_true(same(piece_text(piece, STR("body")), "a &amp; b"));
	assert_true(same(piece_text(piece, STR("x")), NULL));
	assert_true(same(piece_text(piece, STR("subject")), NULL));
}

static void latencies_are_right_to_two_percent(void **state)
{
	static struct tally t;

	assert_true(tally_ms(&t, 0.5) <= 0);
	for (usec_t usec = 1; usec <= 100000; usec++)
		tally_add(&t, usec);
	assert_true(tally_ms(&t, 0.5) > 49 && tally_ms(&t, 0.5) < 51);
	assert_true(tally_ms(&t, 0.99) > 97.4 && tally_ms(&t, 0.99) < 100.6);
	tally_add(&t, -5);
	tally_add(&t, 100 * USEC_PER_DAY);
	assert_int_equal(t.count, 100002);
	assert_true(tally_ms(&t, 1) > 1e6);
}

static void order_tells_late_from_twice_and_lost(void **state)
{
	struct order o = { .next = 0 };

	assert_true(order_add(&o, 0));
	assert_true(order_add(&o, 1));
	assert_false(order_add(&o, 1));
	assert_true(order_add(&o, 4));
	assert_int_equal(o.skipped, 2);
	assert_true(order_add(&o, 3));
	assert_false(order_add(&o, 3));
	assert_int_equal(o.skipped, 1);
	assert_int_equal(o.late, 1);
	assert_int_equal(o.twice, 2);
	assert_true(order_add(&o, 500));
	assert_false(order_add(&o, 2));
	assert_true(order_add(&o, 499));
	assert_true(order_add(&o, 437));
	assert_false(order_add(&o, 436));
}

/* The exchange of RFC 5802 5. */
static void scram_answers_as_the_rfc(void **state)
{
	struct login_key key = { .iterations = 0 };
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);
	struct str bare = STR("n=user,r=fyko+d2lbbFgONRv9qkxdawL");
	struct str server =
		STR("r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096");
	struct str stranger = STR("r=somebodyelse,s=QSXCR+Q6sek8bf92,i=4096");
	char want[KEY_BYTES * 2];

	for (int turn = 0; turn < 2; turn++) { /* the second time with the key from the first */
		sbuf_reset(&out);
		assert_int_equal(scram_answer(&key, turn ? "forgotten" : "pencil", bare, server,
					      &out, want),
				 OK);
		assert_true(same(sbuf_str(&out),
				 "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,"
				 "p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts="));
		assert_string_equal(want, "rmF9pqV8S7suAoZWja4dJRkFsKQ=");
	}
	assert_int_equal(scram_answer(&key, "pencil", bare, stranger, &out, want), ERR_DENIED);
	assert_int_equal(scram_answer(&key, "pencil", bare,
				      STR("r=fyko+d2lbbFgONRv9qkxdawL1,s=AAAA,i=99999999"), &out,
				      want),
			 ERR_TOO_BIG);
}

static void keys_survive_in_a_file(void **state)
{
	struct login_key keys[3] = { { .iterations = 0 } }, again[3] = { { .iterations = 0 } };
	char path[] = "/tmp/swarm-keys-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	keys[1] = (struct login_key){ .iterations = 4096,
				      .salt = "QSXCR+Q6sek8bf92",
				      .salted = "0123456789abcdefghi" };
	assert_int_equal(keys_save(path, keys, 3), OK);
	keys_load(path, again, 3);
	assert_memory_equal(&again[1], &keys[1], sizeof(keys[1]));
	assert_int_equal(again[0].iterations + again[2].iterations, 0);
	(void)unlink(path);
}

static void stamps_are_read_as_they_were_put(void **state)
{
	struct options opt = { .wire = "xmpp", .prefix = "bee", .domain = "localhost", .body = 64 };
	struct sbuf out scoped(sbuf_done) = SBUF(4 * KIB);
	struct stamp put = { .run = 0xfedcba98, .number = 77, .due = 0x123456789abc }, got;

	assert_int_equal(stamp_put(&out, &opt, 6, put), OK);
	assert_true(piece_has(sbuf_str(&out), STR("to='bee6@localhost'")));
	assert_int_equal(piece_text(sbuf_str(&out), STR("body")).len, 64);
	assert_true(stamp_read(sbuf_str(&out), &got));
	assert_true(got.run == put.run && got.number == put.number && got.due == put.due);
	assert_false(stamp_read(str_sub(sbuf_str(&out), 0, 90), &got));
	assert_false(stamp_read(STR("<message><body>hello</body></message>"), &got));
}

static bool reads(const char *mode, const char *name, const char *value)
{
	char program[] = "swarm", mode_copy[32], name_copy[32], value_copy[32];
	char *argv[] = { program, mode_copy, name_copy, value_copy };
	struct options o;

	(void)snprintf(mode_copy, sizeof(mode_copy), "%s", mode);
	(void)snprintf(name_copy, sizeof(name_copy), "%s", name);
	(void)snprintf(value_copy, sizeof(value_copy), "%s", value);
	return options_read(4, argv, &o);
}

static void options_have_bounds(void **state)
{
	assert_true(reads("idle", "--users", "20000"));
	assert_false(reads("idle", "--users", "20001"));
	assert_false(reads("idle", "--users", "-1"));
	assert_false(reads("chat", "--users", "3"));
	assert_false(reads("archive", "--users", "3"));
	assert_false(reads("archive", "--messages", "11"));
	assert_false(reads("archive", "--wire", "relay"));
	assert_true(reads("archive", "--page", "250"));
	assert_false(reads("archive", "--page", "251"));
	assert_true(reads("rooms", "--rooms", "40"));
	assert_false(reads("rooms", "--rooms", "41")); /* 5 speak in each, and there are 200 */
	assert_false(reads("rooms", "--wire", "relay"));
	assert_false(reads("dance", "--users", "2"));
	assert_false(reads("chat", "--sasl", "digest"));
	assert_false(reads("chat", "--nothing", "1"));
	assert_false(reads("chat", "--other-host", "127.0.0.2"));
	assert_false(reads("rooms", "--other-domain", "b.test"));
}

static void odd_accounts_may_live_elsewhere(void **state)
{
	struct options here = { .host = "127.0.0.1", .domain = "a.test" }, both = here;

	both.other_host = "127.0.0.2";
	both.other_domain = "b.test";
	assert_string_equal(options_host(&here, 1), "127.0.0.1");
	assert_string_equal(options_domain(&here, 1), "a.test");
	assert_string_equal(options_host(&both, 2), "127.0.0.1");
	assert_string_equal(options_domain(&both, 2), "a.test");
	assert_string_equal(options_host(&both, 3), "127.0.0.2");
	assert_string_equal(options_domain(&both, 3), "b.test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_wherever_the_stream_is_torn),
		cmocka_unit_test(refuses_what_xmpp_forbids),
		cmocka_unit_test(reads_attributes_and_text),
		cmocka_unit_test(latencies_are_right_to_two_percent),
		cmocka_unit_test(order_tells_late_from_twice_and_lost),
		cmocka_unit_test(scram_answers_as_the_rfc),
		cmocka_unit_test(keys_survive_in_a_file),
		cmocka_unit_test(stamps_are_read_as_they_were_put),
		cmocka_unit_test(options_have_bounds),
		cmocka_unit_test(odd_accounts_may_live_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
