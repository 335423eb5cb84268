/* SPDX-License-Identifier: Apache-2.0 */
/* server/docs: every feature has its row and its documents, each document comes once and in order,
 * and the limit of the page is kept. What the pages say is compared by tools/gen-docs. */
#include "server/docs.h"

#include "server/admin/commands.h"
#include "server/docs_commands.h"
#include "server/feature/features.h"
#include "server/route/feature.h"

#include "support/unit.h"

#include <stdio.h>

enum { PAGE_MAX_BYTES = 1024 * 1024 };

/* A feature names documents, which are links, or a namespace of our own. */
static bool has_row(struct str page, const char *name)
{
	char link[128], own[128];

	(void)snprintf(link, sizeof(link), "\n| %s | [", name);
	(void)snprintf(own, sizeof(own), "\n| %s | urn:parley:", name);
	return str_find(page, str_from(link)) > 0 || str_find(page, str_from(own)) > 0;
}

static void every_feature_has_a_row(void **state)
{
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX_BYTES);

	assert_int_equal(docs_write_features(&page), OK);
	for (const struct feature *const *f = features; *f; f++) {
		char row[128];

		assert_true(has_row(sbuf_str(&page), (*f)->name));
		(void)snprintf(row, sizeof(row), "(../src/server/feature/%s.c)", (*f)->name);
		assert_true(str_find(sbuf_str(&page), str_from(row)) > 0);
		assert_non_null((*f)->test);
	}
	assert_true(str_find(sbuf_str(&page),
			     STR("| Mobile | push | advanced servers | [XEP-0357]")) > 0);
	/* A document that cannot be read as one would stand there as bare text. */
	assert_true(str_find(sbuf_str(&page), STR("| XEP")) < 0);
	assert_true(str_find(sbuf_str(&page), STR("<br>XEP")) < 0);
	assert_true(str_find(sbuf_str(&page), STR("| RFC")) < 0);
	assert_true(str_find(sbuf_str(&page), STR("<br>RFC")) < 0);
}

static void documents_come_once_and_in_order(void **state)
{
	static const struct str mark = STR_INIT("/extensions/xep-");
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX_BYTES);
	struct str rest, last = STR("0000");
	ptrdiff_t at;

	assert_int_equal(docs_write_doap(&page), OK);
	rest = sbuf_str(&page);
	while ((at = str_find(rest, mark)) >= 0) {
		struct str number = str_sub(rest, (size_t)at + mark.len, 4);

		assert_true(str_cmp(number, last) > 0);
		last = number;
		rest = str_from_at(rest, (size_t)at + mark.len);
	}
	assert_true(str_cmp(last, STR("0000")) > 0);
	assert_true(str_find(sbuf_str(&page), STR("<xmpp:version></xmpp:version>")) < 0);
}

static void every_command_stands_there(void **state)
{
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX_BYTES);

	assert_int_equal(docs_write_commands(&page), OK);
	for (size_t i = 0; i < admin_commands_count; i++) {
		for (const struct admin_command *c = admin_commands[i]; c->words; c++) {
			char line[128];

			(void)snprintf(line, sizeof(line), "\n    parleyctl %s", c->words);
			assert_true(str_find(sbuf_str(&page), str_from(line)) > 0);
		}
	}
	/* Passwords come by stdin: no flag is shown for them. */
	assert_true(str_find(sbuf_str(&page), STR("user add JID [--admin]\n")) > 0);
	assert_true(str_find(sbuf_str(&page), STR("--password")) < 0);
}

static void limits_are_kept(void **state)
{
	struct sbuf commands scoped(sbuf_done) = SBUF(1000);
	struct sbuf page scoped(sbuf_done) = SBUF(1000);
	struct sbuf doap scoped(sbuf_done) = SBUF(1000);

	assert_int_equal(docs_write_features(&page), ERR_TOO_BIG);
	assert_int_equal(docs_write_doap(&doap), ERR_TOO_BIG);
	assert_int_equal(docs_write_commands(&commands), ERR_TOO_BIG);
}

UNIT_TESTS(docs, cmocka_unit_test(every_feature_has_a_row),
	   cmocka_unit_test(documents_come_once_and_in_order),
	   cmocka_unit_test(every_command_stands_there), cmocka_unit_test(limits_are_kept));
