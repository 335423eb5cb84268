/* SPDX-License-Identifier: Apache-2.0 */
/* backup/file_sum: sums, copies, folders; and settings: the names of what comes along. */
#include "server/backup/file_sum.h"

#include "server/backup/settings.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int set_up(void **state)
{
	static char folder[64];

	memcpy(folder, "/tmp/parley-file-sum-XXXXXX", 28);
	assert_non_null(mkdtemp(folder));
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	return file_remove_tree(*state) ? -1 : 0;
}

static const char *in(void **state, const char *name)
{
	static char paths[4][160];
	static unsigned n;
	char *path = paths[n++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", (char *)*state, name);
	return path;
}

static void copies_and_sums(void **state)
{
	struct file_sum sum;
	struct stat st;
	bool is_stopped = true;

	assert_int_equal(file_make(in(state, "a"), STR("abc")), OK);
	assert_int_equal(file_make(in(state, "a"), STR("abc")), ERR_EXISTS);
	assert_int_equal(file_copy(in(state, "a"), in(state, "x/y/z"), NULL, &sum), OK);
	assert_int_equal(sum.size, 3);
	/* FIPS 180-2, appendix B.1 */
	assert_string_equal(sum.sha256,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	memset(&sum, 0, sizeof(sum));
	assert_int_equal(file_sum(in(state, "x/y/z"), NULL, &sum), OK);
	assert_int_equal(sum.size, 3);
	assert_int_equal(stat(in(state, "x/y"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(in(state, "x/y/z"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_copy(in(state, "a"), in(state, "x/y/z"), NULL, &sum), ERR_EXISTS);
	assert_int_equal(file_copy(in(state, "none"), in(state, "b"), NULL, &sum), ERR_NOT_FOUND);
	assert_int_equal(file_copy(in(state, "x"), in(state, "b"), NULL, &sum), ERR_UNSUPPORTED);
	assert_int_equal(file_copy(in(state, "a"), in(state, "b"), &is_stopped, &sum), ERR_CLOSED);
	assert_int_equal(mkfifo(in(state, "pipe"), 0600), 0);
	assert_int_equal(file_sum(in(state, "pipe"), NULL, &sum), ERR_UNSUPPORTED);
}

static bool count(void *arg, const char *name)
{
	unsigned *n = arg;

	assert_true(str_eq(str_from(name), STR("a")) || str_eq(str_from(name), STR("x/y")));
	return ++*n < 3;
}

static void walks_and_removes(void **state)
{
	unsigned n = 0;

	assert_int_equal(file_make(in(state, "t/a"), STR("")), OK);
	assert_int_equal(file_make(in(state, "t/x/y"), STR("1")), OK);
	assert_int_equal(symlink("/etc", in(state, "t/link")), 0);
	assert_int_equal(file_each(in(state, "t"), count, &n), OK);
	assert_int_equal(n, 2);
	assert_int_equal(file_each(in(state, "t"), count, &n), ERR_CLOSED);
	assert_int_equal(file_sync_folders(in(state, "t")), OK);
	assert_int_equal(file_remove_tree(in(state, "t")), OK);
	assert_int_equal(access(in(state, "t"), F_OK), -1);
	assert_int_equal(access("/etc/passwd", F_OK), 0);
	assert_int_equal(file_remove_tree(in(state, "t")), OK);
}

static const struct conf_key keys[] = {
	{ "tls.certificate", CONF_STR, "\"\"", 0, 0, "" },
	{ "tls.key", CONF_STR, "\"\"", 0, 0, "" },
	{ "components", CONF_GROUPS, "( )", 0, 9, "" },
	{ "components.*.secret_file", CONF_STR, "\"\"", 0, 0, "" },
	{ "tls.client_ca", CONF_STR, "\"\"", 0, 0, "" },
	{ "s2s.ca", CONF_STR, "\"\"", 0, 0, "" },
	{ "acme.ca_file", CONF_STR, "\"\"", 0, 0, "" },
	{ "fetch.ca_file", CONF_STR, "\"\"", 0, 0, "" },
	{ "block.lists", CONF_LIST, "[ ]", 0, 0, "" },
	{ .path = NULL },
};
static const struct conf_table table = { .module = "t", .keys = keys };

static void settings_get_names(void **state)
{
	static const struct conf_table *const tables[] = { &table };
	static const char text[] =
		"tls = { certificate = \"/a/cert.pem\"; key = \"tls/cert.pem\"; };"
		"components = ( { secret_file = \"/b/.hid den\"; }, { secret_file = \"/a/cert.pem\"; } );"
		"block = { lists = [ \"/c/bad.list\", \"/a/cert.pem\" ]; };";
	struct arena a scoped(arena_done) = { 0 };
	struct blame blame;
	struct conf *conf;
	struct settings s;

	(void)state;
	arena_init(&a, 64 * KIB);
	assert_int_equal(conf_parse(str_from(text), "t", tables, 1, &conf, &blame), OK);
	assert_true(settings_read(conf, "/etc/parley.conf", &a, &s));
	assert_int_equal(s.count, 5);
	assert_true(str_eq(s.items[0].name, STR("parley.conf")));
	assert_true(str_eq(s.items[1].name, STR("cert.pem")));
	assert_true(str_eq(s.items[2].name, STR("2-cert.pem")));
	assert_true(str_ends(s.items[2].path, STR("/tls/cert.pem")));
	assert_true(str_eq(s.items[3].name, STR("bad.list")));
	assert_true(str_eq(s.items[4].name, STR("_hid_den")));
	assert_true(settings_read(conf, NULL, &a, &s));
	assert_int_equal(s.count, 4);
	(void)conf_unref(conf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(file_sum, TEST(copies_and_sums), TEST(walks_and_removes),
	   cmocka_unit_test(settings_get_names));
