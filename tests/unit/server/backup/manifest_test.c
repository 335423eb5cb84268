/* SPDX-License-Identifier: Apache-2.0 */
/* backup/manifest: what is written is read again, and what nobody wrote is refused. */
#include "server/backup/manifest.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const struct file_sum some = {
	.size = 5,
	.sha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
};

static int set_up(void **state)
{
	static char folder[64];

	memcpy(folder, "/tmp/parley-manifest-XXXXXX", 28);
	assert_non_null(mkdtemp(folder));
	*state = folder;
	return 0;
}

static int tear_down(void **state)
{
	return file_remove_tree(*state) ? -1 : 0;
}

static enum err read_again(const char *folder, struct manifest *m)
{
	struct blame blame = { .text = "" };
	enum err e;

	manifest_init(m);
	e = manifest_read(m, folder, &blame);
	assert_true((e == OK) == (blame.text[0] == '\0'));
	return e;
}

static void write_names(const char *folder, const char *name)
{
	struct manifest m;
	char path[128];

	manifest_init(&m);
	m.domain = STR("chat.example");
	m.program = STR("1.2.3");
	m.wall_begun = 1234567;
	m.tables = 2;
	m.accounts = 3;
	manifest_add(&m, str_from(name), STR_NONE, &some);
	manifest_add(&m, STR("settings/parley.conf"), STR("/etc/parley.conf"), &some);
	(void)snprintf(path, sizeof(path), "%s/" MANIFEST_FILE, folder);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/" MANIFEST_SUM_FILE, folder);
	(void)unlink(path);
	assert_int_equal(manifest_write(&m, folder), OK);
	manifest_done(&m);
}

static void comes_back(void **state)
{
	struct manifest m;

	write_names(*state, "data/blobs/ab/abcdefgh");
	assert_int_equal(read_again(*state, &m), OK);
	assert_true(str_eq(m.domain, STR("chat.example")));
	assert_true(str_eq(m.program, STR("1.2.3")));
	assert_int_equal(m.wall_begun, 1234567);
	assert_int_equal(m.tables, 2);
	assert_int_equal(m.accounts, 3);
	assert_int_equal(m.count, 2);
	assert_int_equal(m.bytes, 10);
	assert_true(str_eq(m.files->name, STR("data/blobs/ab/abcdefgh")));
	assert_false(str_is_set(m.files->from));
	assert_true(str_eq(m.files->next->from, STR("/etc/parley.conf")));
	assert_string_equal(m.files->sum.sha256, some.sha256);
	manifest_done(&m);
}

static void names_stay_inside(void **state)
{
	static const char *const bad[] = {
		"",
		"x",
		"/data/x",
		"data",
		"data/",
		"data/..",
		"data/../x",
		"data/.x",
		"data/x/../../y",
		"data//x",
		"../data/x",
		"data/x/",
		"data/a b",
		"data/a\\b",
		"data/a/b/c/d/e",
		"settings/.conf",
	};
	struct manifest m;

	for (size_t i = 0; i < array_len(bad); i++) {
		write_names(*state, bad[i]);
		assert_int_equal(read_again(*state, &m), ERR_INVALID);
		manifest_done(&m);
	}
}

/* Every bit of both files matters. */
static void damage_is_seen(void **state)
{
	static const char *const names[] = { MANIFEST_FILE, MANIFEST_SUM_FILE };
	struct sbuf text scoped(sbuf_done) = SBUF(64 * KIB);
	struct manifest m;
	char path[128];

	for (size_t n = 0; n < array_len(names); n++) {
		size_t checked = n == 0 ? SIZE_MAX : FILE_SUM_HEX;

		write_names(*state, "data/parley.db");
		(void)snprintf(path, sizeof(path), "%s/%s", (char *)*state, names[n]);
		sbuf_reset(&text);
		assert_int_equal(file_read(path, &text), OK);
		for (size_t i = 0; i < text.len && i < checked; i += 7) {
			text.ptr[i] ^= 1;
			assert_int_equal(unlink(path), 0);
			assert_int_equal(file_make(path, sbuf_str(&text)), OK);
			text.ptr[i] ^= 1;
			assert_int_equal(read_again(*state, &m), ERR_INVALID);
			manifest_done(&m);
		}
	}
}

static void missing_is_half(void **state)
{
	struct manifest m;
	char path[128];

	assert_int_equal(read_again(*state, &m), ERR_NOT_FOUND);
	manifest_done(&m);
	write_names(*state, "data/parley.db");
	(void)snprintf(path, sizeof(path), "%s/" MANIFEST_SUM_FILE, (char *)*state);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(read_again(*state, &m), ERR_NOT_FOUND);
	manifest_done(&m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(manifest, TEST(comes_back), TEST(names_stay_inside), TEST(damage_is_seen),
	   TEST(missing_is_half));
