/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads: names, types, rows and slots. */
#include "server/model/upload.h"

#include "support/unit.h"

static const uint8_t key[UPLOAD_KEY] = "a key of thirty-two bytes, fixed";
static const struct upload sample = { .id = STR_INIT("abcdefghijklmnopqrstuvwxyz"),
				      .owner = STR_INIT("romeo@example.org"),
				      .name = STR_INIT("très cool.jpg"),
				      .type = STR_INIT("image/jpeg"),
				      .hash = STR_INIT("00ff"),
				      .size = 23456,
				      .purpose = UPLOAD_EPHEMERAL,
				      .wall_made = 5,
				      .wall_end = 7 };

static int set_up(void **state)
{
	struct arena *a = test_calloc(1, sizeof(*a));

	arena_init(a, MIB);
	*state = a;
	return 0;
}

static int tear_down(void **state)
{
	arena_done(*state);
	test_free(*state);
	return 0;
}

static void assert_str(struct str s, const char *wanted)
{
	assert_int_equal(s.len, strlen(wanted));
	assert_memory_equal(s.ptr, wanted, s.len);
}

static void assert_same(const struct upload *u, const char *hash)
{
	assert_str(u->id, sample.id.ptr);
	assert_str(u->owner, sample.owner.ptr);
	assert_str(u->name, sample.name.ptr);
	assert_str(u->type, sample.type.ptr);
	assert_str(u->hash, hash);
	assert_int_equal(u->size, sample.size);
	assert_int_equal(u->purpose, sample.purpose);
	assert_int_equal(u->wall_made, sample.wall_made);
	assert_int_equal(u->wall_end, sample.wall_end);
}

static void names_are_harmless(void **state)
{
	static const char *const rows[][2] = {
		{ "a.jpg", "a.jpg" },
		{ "../../etc/passwd", "passwd" },
		{ "c:\\x\\y.txt", "y.txt" },
		{ "", "file" },
		{ ".", "file" },
		{ "..", "file" },
		{ "/", "file" },
		{ "a\nb\tc\x7f", "a_b_c_" },
		{ "a\xC2\x85z", "a_z" },
		{ "x\xE2\x80\xAEgpj.exe", "x_gpj.exe" },
		{ "\xE2\x81\xA6", "_" },
		{ "…", "…" },
		{ "\xE2", "file" },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		assert_str(upload_clean_name(*state, str_from(rows[i][0])), rows[i][1]);
}

static void long_names_keep_their_ending(void **state)
{
	char text[400];
	struct str name;

	memset(text, 'x', sizeof(text));
	memcpy(text + 390, ".tar.gz...", 10);
	name = upload_clean_name(*state, str_make(text, 397));
	assert_int_equal(name.len, UPLOAD_NAME_MAX);
	assert_true(str_ends(name, STR("x.gz")));
	memset(text, '.', sizeof(text));
	assert_int_equal(upload_clean_name(*state, str_make(text, 400)).len, UPLOAD_NAME_MAX);
	for (size_t i = 0; i < 400; i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	assert_int_equal(upload_clean_name(*state, str_make(text, 400)).len, UPLOAD_NAME_MAX - 1);
	memset(text, '\xA9', sizeof(text));
	assert_str(upload_clean_name(*state, str_make(text, 400)), "file");
}

static void types_that_run_are_hidden(void **state)
{
	static const struct {
		const char *type, *shown;
		bool is_inline;
	} rows[] = {
		{ "image/png", "image/png", true },
		{ "Image/PNG; x=y", "Image/PNG", true },
		{ "image/svg+xml", "application/octet-stream", false },
		{ "text/html", "application/octet-stream", false },
		{ "text/plain", "text/plain; charset=utf-8", false },
		{ "application/pdf", "application/pdf", false },
		{ "", "application/octet-stream", false },
	};

	for (size_t i = 0; i < array_len(rows); i++) {
		struct upload_manner m = upload_manner(str_from(rows[i].type));

		assert_str(m.type, rows[i].shown);
		assert_int_equal(m.is_inline, rows[i].is_inline);
	}
	assert_true(upload_is_type(STR("image/svg+xml;charset=utf-8")));
	assert_false(upload_is_type(STR("image")));
	assert_false(upload_is_type(STR("/png")));
	assert_false(upload_is_type(STR("image/")));
	assert_false(upload_is_type(STR("image/a/b")));
	assert_false(upload_is_type(STR("image/png\r\nX: y")));
	assert_false(upload_is_type(STR("image/png; a=\x01")));
	assert_true(upload_is_same_type(STR("IMAGE/png"), STR("image/PNG ; q=1")));
	assert_false(upload_is_same_type(STR("image/png"), STR("image/pn")));
}

static void rows_are_read_as_they_were_written(void **state)
{
	static const char *const bad[] = {
		"",
		"1",
		"2 1 1 1 message -\nowner\nname\n",
		"1 1 1 1 message -\nowner\nname",
		"1 1 1 1 message\nowner\nname\n",
		"1 -1 1 1 message -\nowner\nname\n",
		"1 1 1 1 gift -\nowner\nname\n",
		"1 1 1 1 message -\n\nname\n",
		"1 1 1 1 message -\nowner\n\n",
		"1 1 1 1 message -\nowner\nname\ntype\nmore",
	};
	struct upload u;

	assert_int_equal(upload_decode(sample.id, upload_encode(*state, &sample), &u), OK);
	assert_same(&u, "00ff");
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(upload_decode(sample.id, str_from(bad[i]), &u), ERR_INVALID);
}

static void slots_cannot_be_changed(void **state)
{
	struct str slot = upload_slot_write(*state, key, &sample);
	uint8_t other[UPLOAD_KEY] = { 0 };
	char copy[UPLOAD_SLOT_MAX];
	struct upload u;

	assert_int_equal(upload_slot_read(*state, key, slot, &u), OK);
	assert_same(&u, "");
	assert_int_equal(upload_slot_read(*state, other, slot, &u), ERR_INVALID);
	for (size_t i = 0; i < slot.len; i++) {
		memcpy(copy, slot.ptr, slot.len);
		copy[i] = copy[i] == 'A' ? 'B' : 'A';
		assert_int_equal(upload_slot_read(*state, key, str_make(copy, slot.len), &u),
				 ERR_INVALID);
	}
	assert_int_equal(upload_slot_read(*state, key, str_sub(slot, 0, slot.len - 4), &u),
			 ERR_INVALID);
	assert_int_equal(upload_slot_read(*state, key, STR(""), &u), ERR_INVALID);
}

UNIT_TESTS_WITH(model_upload, set_up, tear_down, cmocka_unit_test(names_are_harmless),
		cmocka_unit_test(long_names_keep_their_ending),
		cmocka_unit_test(types_that_run_are_hidden),
		cmocka_unit_test(rows_are_read_as_they_were_written),
		cmocka_unit_test(slots_cannot_be_changed));
