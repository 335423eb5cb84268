/* SPDX-License-Identifier: Apache-2.0 */
/* The sample file says the same as an empty one; the page names every key. */
#include "support/unit.h"

#include "server/conf/base_table.h"
#include "server/conf/conf.h"
#include "server/conf/conf_write.h"

static const struct conf_key more_keys[] = {
	{ "limits.stanza", CONF_SIZE, "\"256KiB\"", 10000, 1 << 24, "Largest | stanza." },
	{ "contact.inner.deep", CONF_INT, "4", 0, 0, "Deep down." },
	{ "limits.wait", CONF_DURATION, "\"90s\"", 0, USEC_PER_HOUR, "Some time." },
	{ .path = NULL },
};
static const struct conf_table more_table = { .module = "More", .keys = more_keys };
static const struct conf_table *const tables[] = { &conf_base_table, &more_table };

static void sample_is_the_default(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct conf *c = NULL;
	struct blame blame = { .text = "" };

	assert_int_equal(conf_write_sample(&out, tables, 2), OK);
	if (conf_parse(sbuf_str(&out), "sample", tables, 2, &c, &blame))
		fail_msg("%s", blame.text);
	for (size_t i = 0; i < 2; i++) {
		for (const struct conf_key *key = tables[i]->keys; key->path; key++) {
			assert_true(conf_is_set(c, key->path));
			assert_true(str_find(sbuf_str(&out), str_from(key->help)) >= 0);
		}
	}
	assert_int_equal(conf_size(c, "limits.stanza"), 256 * KIB);
	assert_int_equal(conf_int(c, "contact.inner.deep"), 4);
	assert_int_equal(conf_list_count(c, "limits.trusted"), 2);
	/* A group stands once, though two tables have keys in it. */
	assert_true(str_find(str_from_at(sbuf_str(&out),
					 (size_t)str_find(sbuf_str(&out), STR("\nlimits = {")) + 1),
			     STR("\nlimits = {")) < 0);
	(void)conf_unref(c);
}

static void page_names_every_key(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);

	assert_int_equal(conf_write_markdown(&out, tables, 2), OK);
	assert_true(str_starts(sbuf_str(&out), STR("# Configuration\n\n")));
	assert_true(str_find(sbuf_str(&out), STR("\n## More\n\n| key |")) > 0);
	assert_true(str_find(sbuf_str(&out),
			     STR("| `limits.stanza` | size | `\"256KiB\"` | 10000 to \"16MiB\" | "
				 "Largest \\| stanza. |\n")) > 0);
	assert_true(str_find(sbuf_str(&out), STR("| `limits.wait` | duration | `\"90s\"` | \"0ms\" "
						 "to \"1h\" | Some time. |\n")) > 0);
	for (const struct conf_key *key = conf_base_table.keys; key->path; key++)
		assert_true(str_find(sbuf_str(&out), str_from(key->path)) > 0);
}

static void writers_keep_the_limit(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(100);

	assert_int_equal(conf_write_sample(&out, tables, 2), ERR_TOO_BIG);
	sbuf_reset(&out);
	assert_int_equal(conf_write_markdown(&out, tables, 2), ERR_TOO_BIG);
}

UNIT_TESTS(conf_write, cmocka_unit_test(sample_is_the_default),
	   cmocka_unit_test(page_names_every_key), cmocka_unit_test(writers_keep_the_limit));
