/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: values, defaults, units, and the sentence for everything that can be wrong. */
#include "support/unit.h"

#include "base/arena.h"
#include "server/conf/base_table.h"
#include "server/conf/conf.h"
#include "server/conf/conf_text.h"
#include "server/conf/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct conf_key test_keys[] = {
	{ "name", CONF_STR, "\"somebody\"", 0, 0, "A name." },
	{ "count", CONF_INT, "3", 1, 100, "A count." },
	{ "any", CONF_INT, "-7", 0, 0, "Any number." },
	{ "is_on", CONF_BOOL, "true", 0, 0, "A switch." },
	{ "size", CONF_SIZE, "\"64KiB\"", 1024, (int64_t)1 << 40, "A size." },
	{ "wait", CONF_DURATION, "\"30s\"", USEC_PER_SEC, USEC_PER_DAY, "A duration." },
	{ "at", CONF_ADDR, "\"127.0.0.1:80\"", 0, 0, "An address." },
	{ "group.list", CONF_LIST, "[ \"a\", \"b\" ]", 0, 0, "A list." },
	{ "group.rows", CONF_GROUPS, "( )", 0, 2, "Rows." },
	{ "group.rows.*.name", CONF_STR, "\"nobody\"", 0, 0, "Its name." },
	{ "group.rows.*.is_on", CONF_BOOL, "false", 0, 0, "Its switch." },
	{ "group.rows.*.list", CONF_LIST, "[ \"x\" ]", 0, 0, "Its list." },
	{ "group.inner.deep", CONF_STR, "\"\"", 0, 0, "Deep down." },
	{ .path = NULL },
};
static const struct conf_table test_table = { .module = "Test", .keys = test_keys };
static const struct conf_table *const tables[] = { &test_table, &conf_base_table };

static struct conf *parse(const char *text)
{
	struct conf *c = NULL;
	struct blame blame = { .text = "" };

	if (conf_parse(str_from(text), "t.conf", tables, array_len(tables), &c, &blame))
		fail_msg("%s", blame.text);
	return c;
}

static void refuses(const char *text, const char *sentence)
{
	struct conf *c = NULL;
	struct blame blame = { .text = "" };

	assert_int_equal(conf_parse(str_from(text), "t.conf", tables, array_len(tables), &c,
				    &blame),
			 ERR_INVALID);
	assert_null(c);
	assert_string_equal(blame.text, sentence);
}

static void assert_str(struct str got, const char *wanted)
{
	if (!str_eq(got, str_from(wanted)))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(got), wanted);
}

static void has_defaults(void **state)
{
	struct conf *c = parse("");

	assert_str(conf_str(c, "name"), "somebody");
	assert_int_equal(conf_int(c, "count"), 3);
	assert_int_equal(conf_int(c, "any"), -7);
	assert_true(conf_bool(c, "is_on"));
	assert_int_equal(conf_size(c, "size"), 65536);
	assert_int_equal(conf_duration(c, "wait"), 30 * USEC_PER_SEC);
	assert_str(conf_str(c, "at"), "127.0.0.1:80");
	assert_int_equal(conf_list_count(c, "group.list"), 2);
	assert_str(conf_list_at(c, "group.list", 1), "b");
	assert_false(conf_is_set(c, "name"));
	assert_int_equal(conf_line(c, "name"), 0);
	assert_str(conf_folder(c), ".");
	(void)conf_unref(c);
}

static void has_base_defaults(void **state)
{
	struct conf *c = parse("");

	assert_str(conf_str(c, "domain"), "localhost");
	assert_str(conf_str(c, "data_dir"), "parley-data");
	assert_str(conf_str(c, "listen.xmpp"), "127.0.0.1:5222");
	assert_str(conf_str(c, "listen.xmpps"), "127.0.0.1:5223");
	assert_str(conf_str(c, "listen.server"), "127.0.0.1:5269");
	assert_str(conf_str(c, "listen.component"), "127.0.0.1:5347");
	assert_str(conf_str(c, "listen.http"), "127.0.0.1:5280");
	assert_str(conf_str(c, "listen.https"), "127.0.0.1:5443");
	assert_str(conf_str(c, "listen.metrics"), "127.0.0.1:9280");
	assert_false(conf_bool(c, "registration.open"));
	assert_int_equal(conf_int(c, "workers"), 0);
	assert_int_equal(conf_list_count(c, "admins"), 0);
	assert_int_equal(conf_list_count(c, "limits.trusted"), 2);
	(void)conf_unref(c);
}

static void reads_values(void **state)
{
	struct conf *c =
		parse("# comment @include\n"
		      "name = \"J\\\"o\" \"y\"; count = 100\n"
		      "any = 12345678901; is_on = False;\n"
		      "/* \" */ size = 5368709120; // more\n"
		      "wait = \"250s\"; at = \"[::1]:0\";\n"
		      "group : { list = ( \"x\" ); inner = { deep = \"d\\xc3\\xa9\"; }; };\n");

	assert_str(conf_str(c, "name"), "J\"oy");
	assert_int_equal(conf_int(c, "count"), 100);
	assert_int_equal(conf_int(c, "any"), 12345678901);
	assert_false(conf_bool(c, "is_on"));
	assert_int_equal(conf_size(c, "size"), 5368709120);
	assert_int_equal(conf_duration(c, "wait"), 250 * USEC_PER_SEC);
	assert_str(conf_str(c, "at"), "[::1]:0");
	assert_int_equal(conf_list_count(c, "group.list"), 1);
	assert_str(conf_str(c, "group.inner.deep"), "d\xc3\xa9");
	assert_true(conf_is_set(c, "name"));
	assert_int_equal(conf_line(c, "name"), 2);
	assert_int_equal(conf_line(c, "group.inner.deep"), 6);
	(void)conf_unref(conf_ref(c));
	(void)conf_unref(c);
}

static void reads_the_shape_that_is_promised(void **state)
{
	struct conf *c =
		parse("domain   = \"localhost\";\n"
		      "listen = {\n"
		      "  xmpp      = \"127.0.0.1:0\";    # STARTTLS\n"
		      "  metrics   = \"\";\n"
		      "};\n"
		      "tls          = { certificate = \"cert.pem\"; key = \"key.pem\"; };\n"
		      "registration = { open = false; };\n"
		      "admins       = [ \"admin@localhost\" ];\n"
		      "workers      = 0;\n"
		      "proxies      = [ ];\n"
		      "limits       = { trusted = [ \"127.0.0.0/8\", \"::1\" ]; };\n"
		      "contact      = { abuse = [ \"mailto:abuse@localhost\" ]; };\n");

	assert_str(conf_str(c, "listen.xmpp"), "127.0.0.1:0");
	assert_str(conf_str(c, "listen.metrics"), "");
	assert_str(conf_str(c, "tls.key"), "key.pem");
	assert_str(conf_list_at(c, "admins", 0), "admin@localhost");
	assert_str(conf_list_at(c, "limits.trusted", 0), "127.0.0.0/8");
	assert_str(conf_list_at(c, "contact.abuse", 0), "mailto:abuse@localhost");
	(void)conf_unref(c);
}

static void refuses_unknown_keys(void **state)
{
	refuses("\n\nlimtis = { };", "t.conf:3: unknown key 'limtis', did you mean 'limits'?");
	refuses("listen = {\n xmp = \"a:1\"; };",
		"t.conf:2: unknown key 'listen.xmp', did you mean 'listen.xmpp'?");
	refuses("htpt = \"\";", "t.conf:1: unknown key 'htpt', did you mean 'http'?");
	refuses("xmpps = \"\";", "t.conf:1: unknown key 'xmpps', did you mean 'listen.xmpps'?");
	refuses("coutn = 1;", "t.conf:1: unknown key 'coutn', did you mean 'count'?");
	refuses("bananas = 1;", "t.conf:1: unknown key 'bananas'");
	refuses("name = \"x\";\ngroup = { listing = 1; };",
		"t.conf:2: unknown key 'group.listing', did you mean 'group.list'?");
}

static void refuses_wrong_types(void **state)
{
	refuses("name = 1;", "t.conf:1: 'name' must be a text in quotes, not a whole number");
	refuses("count = \"1\";", "t.conf:1: 'count' must be a whole number, not a text");
	refuses("count = 1.5;",
		"t.conf:1: 'count' must be a whole number, not a number with a fraction");
	refuses("is_on = 1;", "t.conf:1: 'is_on' must be true or false, not a whole number");
	refuses("listen = \"127.0.0.1:5222\";",
		"t.conf:1: 'listen' is a group of keys: listen = { ... };");
	refuses("group = { inner = 1; };",
		"t.conf:1: 'group.inner' is a group of keys: inner = { ... };");
	refuses("name = { a = 1; };",
		"t.conf:1: 'name' must be a text in quotes, not a group of keys");
	refuses("admins = \"a@b\";",
		"t.conf:1: 'admins' must be a list of texts like [ \"a\", \"b\" ], not a text");
	refuses("admins = [ 1 ];",
		"t.conf:1: 'admins' must be a list of texts like [ \"a\", \"b\" ], not a whole number");
	refuses("admins = ( \"a\", ( ) );",
		"t.conf:1: 'admins' must be a list of texts like [ \"a\", \"b\" ], not a list");
	refuses("wait = 30;",
		"t.conf:1: 'wait' must be a duration like \"250ms\", \"30s\", \"5m\", \"2h\" or \"7d\", "
		"not a whole number");
}

static void refuses_what_is_out_of_bounds(void **state)
{
	refuses("count = 0;", "t.conf:1: 'count' is 0, but must be from 1 to 100");
	refuses("count = 101;", "t.conf:1: 'count' is 101, but must be from 1 to 100");
	/* Cut to 32 bits this would be 1. */
	refuses("count = 4294967297;",
		"t.conf:1: 'count' is 4294967297, but must be from 1 to 100");
	refuses("size = 5;", "t.conf:1: 'size' is 5, but must be from \"1KiB\" to \"1024GiB\"");
	refuses("size = -5;", "t.conf:1: 'size' is a size and cannot be negative");
	refuses("wait = \"2d\";", "t.conf:1: 'wait' is \"2d\", but must be from \"1s\" to \"1d\"");
	refuses("wait = \"1ms\";",
		"t.conf:1: 'wait' is \"1ms\", but must be from \"1s\" to \"1d\"");
	refuses("size = \"64 KB\";", "t.conf:1: 'size' is \"64 KB\", but must be a size like "
				     "\"64KiB\", \"2MiB\" or a number of bytes");
	refuses("count = 99999999999999999999;", "t.conf:1: this number is too large");
	refuses("count = 0x10;", "t.conf:1: numbers are written in decimal digits");
}

static void refuses_bad_addresses(void **state)
{
	static const char *const bad[] = { "x",           ":80",           "a:80",  "1.2.3.4:65536",
					   "1.2.3.4:-1",  "::1:80",        "[::1]", "[]:80",
					   "1.2.3.4 :80", "1.2.3.4:080000" };
	static const char *const good[] = { "",         "127.0.0.1:0",  "1.2.3.4:65535",
					    "[::]:443", "localhost:99", "[fe80::1]:5" };

	for (size_t i = 0; i < array_len(bad); i++) {
		char text[100], sentence[300];

		(void)snprintf(text, sizeof(text), "at = \"%s\";", bad[i]);
		(void)snprintf(sentence, sizeof(sentence),
			       "t.conf:1: 'at' is \"%s\", but must be an address like "
			       "\"127.0.0.1:5222\" or \"[::1]:5222\", or \"\" for off",
			       bad[i]);
		refuses(text, sentence);
	}
	for (size_t i = 0; i < array_len(good); i++) {
		char text[100];
		struct conf *c;

		(void)snprintf(text, sizeof(text), "at = \"%s\";", good[i]);
		c = parse(text);
		assert_str(conf_str(c, "at"), good[i]);
		(void)conf_unref(c);
	}
}

static void refuses_bad_text(void **state)
{
	struct conf *c = NULL;
	struct blame blame;

	refuses("name = \"a\";\nname = \"b\";", "t.conf:2: duplicate setting name");
	refuses("\n@include \"/etc/passwd\"\n",
		"t.conf:2: @include is not supported: all keys stand in one file");
	refuses("name = \"a\"; @include \"x\"\n",
		"t.conf:1: @include is not supported: all keys stand in one file");
	refuses("name == 1;", "t.conf:1: syntax error");
	refuses("\nname = \"x", "t.conf:2: a text in quotes begins here and has no end");
	refuses("\n/* x\n\n", "t.conf:2: a comment begins here and has no end");
	refuses("name = \"a\\x00b\";", "t.conf:1: a text must not contain NUL");
	refuses("name = \"a\\x01b\";", "t.conf:1: 'name' has a control character in its text");
	refuses("name = \"a\nb\";", "t.conf:1: 'name' has a control character in its text");
	refuses("name = \"\xff\";", "t.conf:1: 'name' is not UTF-8");
	refuses("name = \"\\xff\";", "t.conf:1: 'name' is not UTF-8");
	assert_int_equal(conf_parse(str_make("a\0b", 3), "t.conf", tables, 2, &c, &blame),
			 ERR_INVALID);
	assert_string_equal(blame.text, "t.conf:1: NUL in the text");
}

static void bounds_sizes(void **state)
{
	struct conf *c = NULL;
	struct blame blame;
	size_t len = 1024 * 1024 + 1;
	char *text = test_malloc(len);

	memset(text, ' ', len);
	assert_int_equal(conf_parse(str_make(text, len), "t.conf", tables, 2, &c, &blame),
			 ERR_TOO_BIG);
	/* A name of a megabyte, and one list in another as deep as they come. */
	memset(text, 'a', len - 1);
	memcpy(text + len - 5, "=1;", 3);
	assert_int_equal(conf_parse(str_make(text, len - 2), "t.conf", tables, 2, &c, &blame),
			 ERR_INVALID);
	memset(text, '(', len - 1);
	memcpy(text, "admins=", 7);
	assert_int_equal(conf_parse(str_make(text, len - 1), "t.conf", tables, 2, &c, &blame),
			 ERR_INVALID);
	assert_null(c);
	test_free(text);
}

static void loads_files(void **state)
{
	char folder[] = "/tmp/parley-conf-XXXXXX";
	char path[64];
	struct conf *c = NULL;
	struct blame blame;
	FILE *file;

	assert_non_null(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/parley.conf", folder);
	assert_int_equal(conf_load(path, tables, 2, &c, &blame), ERR_NOT_FOUND);
	assert_non_null(strstr(blame.text, path));
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs("name = \"file\";\n", file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(conf_load(path, tables, 2, &c, &blame), OK);
	assert_str(conf_str(c, "name"), "file");
	assert_str(conf_folder(c), folder);
	c = conf_unref(c);
	assert_int_equal(unlink(path), 0);
	assert_int_not_equal(conf_load(folder, tables, 2, &c, &blame), OK);
	assert_int_equal(rmdir(folder), 0);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void peeks_without_judging(void **state)
{
	char path[] = "/tmp/parley-conf-XXXXXX";
	struct str text = STR_NONE;
	struct blame blame;
	struct arena arena;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)close(fd);
	arena_init(&arena, KIB);
	write_file(path, "of_a_newer_version = 1;\ndata_dir = \"there\";\n");
	assert_int_equal(conf_text_peek(path, "data_dir", STR("x"), &arena, &text, &blame), OK);
	assert_str(text, "there");
	assert_int_equal(conf_text_peek(path, "domain", STR("x"), &arena, &text, &blame), OK);
	assert_str(text, "x");
	write_file(path, "\ndata_dir = 5;\n");
	assert_int_equal(conf_text_peek(path, "data_dir", STR("y"), &arena, &text, &blame),
			 ERR_INVALID);
	assert_non_null(strstr(blame.text, ":2: 'data_dir' must be a text in quotes"));
	write_file(path, "data_dir = ;\n");
	assert_int_equal(conf_text_peek(path, "data_dir", STR("y"), &arena, &text, &blame),
			 ERR_INVALID);
	assert_non_null(strstr(blame.text, ":1: syntax error"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(conf_text_peek(path, "data_dir", STR("y"), &arena, &text, &blame),
			 ERR_NOT_FOUND);
	assert_str(text, "x");
	arena_done(&arena);
}

static void reads_units(void **state)
{
	int64_t n = 0;

	assert_int_equal(schema_parse_duration(STR("250ms"), &n), OK);
	assert_int_equal(n, 250000);
	assert_int_equal(schema_parse_duration(STR("7d"), &n), OK);
	assert_int_equal(n, 7 * USEC_PER_DAY);
	assert_int_equal(schema_parse_duration(STR("5m"), &n), OK);
	assert_int_equal(n, 5 * USEC_PER_MIN);
	assert_int_equal(schema_parse_size(STR("2MiB"), &n), OK);
	assert_int_equal(n, 2097152);
	assert_int_equal(schema_parse_size(STR("17"), &n), OK);
	assert_int_equal(n, 17);
	assert_int_equal(schema_parse_duration(STR("7"), &n), ERR_INVALID);
	assert_int_equal(schema_parse_duration(STR("d"), &n), ERR_INVALID);
	assert_int_equal(schema_parse_duration(STR("-1s"), &n), ERR_INVALID);
	assert_int_equal(schema_parse_duration(STR("1.5s"), &n), ERR_INVALID);
	assert_int_equal(schema_parse_duration(STR("1s "), &n), ERR_INVALID);
	assert_int_equal(schema_parse_duration(STR(""), &n), ERR_INVALID);
	assert_int_equal(schema_parse_size(STR("-1"), &n), ERR_INVALID);
	assert_int_equal(schema_parse_size(STR("1kib"), &n), ERR_INVALID);
	assert_int_equal(schema_parse_duration(STR("999999999999999d"), &n), ERR_TOO_BIG);
	assert_int_equal(schema_parse_size(STR("9223372036854775807KiB"), &n), ERR_TOO_BIG);
	assert_int_equal(n, 17);
}

static void reads_groups(void **state)
{
	struct conf *c = parse("group = { rows = (\n"
			       "{ name = \"one\"; list = [ \"a\", \"b\" ]; },\n"
			       "{ is_on = true; } ); };");

	assert_int_equal(conf_groups_count(c, "group.rows"), 2);
	assert_str(conf_group_str(c, "group.rows.*.name", 0), "one");
	assert_int_equal(conf_group_line(c, "group.rows.*.name", 0), 2);
	assert_false(conf_group_bool(c, "group.rows.*.is_on", 0));
	assert_int_equal(conf_group_list_count(c, "group.rows.*.list", 0), 2);
	assert_str(conf_group_list_at(c, "group.rows.*.list", 0, 1), "b");
	assert_str(conf_group_str(c, "group.rows.*.name", 1), "nobody");
	assert_int_equal(conf_group_line(c, "group.rows.*.name", 1), 0);
	assert_true(conf_group_bool(c, "group.rows.*.is_on", 1));
	assert_str(conf_group_list_at(c, "group.rows.*.list", 1, 0), "x");
	(void)conf_unref(c);
	c = parse("");
	assert_int_equal(conf_groups_count(c, "group.rows"), 0);
	(void)conf_unref(c);
	c = parse("group = { rows = [ ]; };");
	assert_int_equal(conf_groups_count(c, "group.rows"), 0);
	(void)conf_unref(c);
}

static void refuses_bad_groups(void **state)
{
	refuses("group = { rows = ( { nmae = \"x\"; } ); };",
		"t.conf:1: unknown key 'group.rows.*.nmae', did you mean 'group.rows.*.name'?");
	refuses("group = { rows = ( { name = 3; } ); };",
		"t.conf:1: 'group.rows.*.name' must be a text in quotes, not a whole number");
	refuses("group = { rows = ( \"x\" ); };",
		"t.conf:1: 'group.rows' must be a list of groups like ( { ... }, { ... } ), not a text");
	refuses("group = { rows = { name = \"x\"; }; };",
		"t.conf:1: 'group.rows' must be a list of groups like ( { ... }, { ... } ), not a group of keys");
	refuses("group = { rows = [ 3 ]; };",
		"t.conf:1: 'group.rows' must be a list of groups like ( { ... }, { ... } ), not a list");
	refuses("group = { rows = ( { }, { }, { } ); };",
		"t.conf:1: 'group.rows' has 3 groups, at most 2 are allowed");
}

UNIT_TESTS(conf, cmocka_unit_test(reads_groups), cmocka_unit_test(refuses_bad_groups),
	   cmocka_unit_test(has_defaults), cmocka_unit_test(has_base_defaults),
	   cmocka_unit_test(reads_values), cmocka_unit_test(reads_the_shape_that_is_promised),
	   cmocka_unit_test(refuses_unknown_keys), cmocka_unit_test(refuses_wrong_types),
	   cmocka_unit_test(refuses_what_is_out_of_bounds), cmocka_unit_test(refuses_bad_addresses),
	   cmocka_unit_test(refuses_bad_text), cmocka_unit_test(bounds_sizes),
	   cmocka_unit_test(loads_files), cmocka_unit_test(peeks_without_judging),
	   cmocka_unit_test(reads_units));
