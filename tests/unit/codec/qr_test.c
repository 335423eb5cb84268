/* SPDX-License-Identifier: Apache-2.0 */
/* codec/qr: codes for terminals. */
#include "codec/qr.h"

#include "support/unit.h"

static void has_its_corners(void **state)
{
	static struct qr qr;

	(void)state;
	assert_int_equal(qr_encode(STR("xmpp:chat.example"), &qr), OK);
	assert_int_equal(qr.side, 25);
	for (int i = 0; i < 7; i++) { /* the finder patterns: ISO/IEC 18004 6.3.3 */
		assert_true(qr.is_dark[i]);
		assert_true(qr.is_dark[qr.side - 1 - i]);
		assert_true(qr.is_dark[(qr.side - 1) * qr.side + i]);
	}
	assert_false(qr.is_dark[7]);
}

static void writes_lines(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct str rest, line;
	size_t lines = 0;

	(void)state;
	assert_int_equal(qr_write_terminal(&out, STR("xmpp:chat.example")), OK);
	rest = sbuf_str(&out);
	while (str_split(&rest, '\n', &line) && line.len) {
		assert_true(str_starts(line, STR("\033[30;107m")));
		assert_true(str_ends(line, STR("\033[0m")));
		lines++;
	}
	assert_int_equal(lines, (25 + 2 * QR_QUIET + 1) / 2);
}

static void is_bounded(void **state)
{
	static char text[QR_TEXT_MAX + 1];
	static struct qr qr;
	struct sbuf out scoped(sbuf_done) = SBUF(100);

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(qr_encode(str_make(text, sizeof(text)), &qr), ERR_TOO_BIG);
	assert_int_equal(qr_encode(str_make(text, QR_TEXT_MAX), &qr), OK);
	assert_int_equal(qr_write_terminal(&out, STR("x")), ERR_TOO_BIG);
}

UNIT_TESTS(codec_qr, cmocka_unit_test(has_its_corners), cmocka_unit_test(writes_lines),
	   cmocka_unit_test(is_bounded));
