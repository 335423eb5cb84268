/* SPDX-License-Identifier: Apache-2.0 */
/* model/avatar: which picture is shown, what pictures are, and what of it is stored. */
#include "server/model/avatar.h"

#include "xml/build.h"

#include "support/unit.h"

#define PNG      "iVBORw0KGgoAAAANSUhEUg=="
#define PNG_ID   "22f545ac6b50163ce39bac49094c3f64e0858403"
#define GIF      "R0lGODlhAQABAA=="
#define GIF_ID   "921a6c9f7ab2d9bd7e54982a8af85bd66893fa8f"
#define OTHER_ID "fc065e97f7ad1a6d9537da55f47e3d01294fa171"

static int set_up(void **state)
{
	static struct arena a;

	arena_init(&a, 256 * KIB);
	*state = &a;
	return 0;
}

static int tear_down(void **state)
{
	arena_done(*state);
	return 0;
}

static void want(struct avatar *x, struct arena *a, const char *infos)
{
	static const struct xml_limits limits = {
		.stanza_bytes = 4096, .depth = 10, .attrs = 20, .name_bytes = 100, .children = 20
	};
	static const struct xml_scope scope = { .default_ns = STR_INIT("") };
	struct str text =
		arena_printf(a, "<metadata xmlns='urn:xmpp:avatar:metadata'>%s</metadata>", infos);
	struct xml *el;

	assert_int_equal(xml_parse(a, text, &scope, &limits, &el), XML_FAULT_NONE);
	avatar_want(x, el);
}

#define assert_shown(x, id) assert_true(str_eq(avatar_shown(x), STR(id)))

static void knows_pictures(void **state)
{
	static const struct {
		struct str bytes, type;
	} cases[] = {
		{ STR_INIT("\x89PNG\r\n\x1a\n...."), STR_INIT("image/png") },
		{ STR_INIT("\xff\xd8\xff\xe0"), STR_INIT("image/jpeg") },
		{ STR_INIT("GIF87a"), STR_INIT("image/gif") },
		{ STR_INIT("GIF89a"), STR_INIT("image/gif") },
		{ STR_INIT("RIFF\1\2\3\4WEBPVP8 "), STR_INIT("image/webp") },
		{ STR_INIT("RIFF\1\2\3\4WAVE"), STR_INIT("") },
		{ STR_INIT("RIFF\1\2\3\4"), STR_INIT("") },
		{ STR_INIT("RIFF"), STR_INIT("") },
		{ STR_INIT("<svg/>"), STR_INIT("") },
		{ STR_INIT(""), STR_INIT("") },
	};

	for (size_t i = 0; i < array_len(cases); i++)
		assert_true(str_eq(avatar_type_of(cases[i].bytes), cases[i].type));
	assert_true(avatar_is_type(STR("image/webp")));
	assert_false(avatar_is_type(STR("image/svg+xml")));
	assert_false(avatar_is_type(STR("")));
}

static void reads_base64(void **state)
{
	struct arena *a = *state;
	struct str image = STR_NONE;

	assert_int_equal(avatar_read_image(a, STR(" R0lG\r\nODlh\tAQ ABAA==\n"), &image), OK);
	assert_int_equal(image.len, 10);
	assert_int_equal(avatar_read_image(a, STR(""), &image), ERR_INVALID);
	assert_int_equal(avatar_read_image(a, STR_NONE, &image), ERR_INVALID);
	assert_int_equal(avatar_read_image(a, STR(" \n"), &image), ERR_INVALID);
	assert_int_equal(avatar_read_image(a, STR("R0lG!"), &image), ERR_INVALID);
	assert_int_equal(image.len, 10);
}

static void shows_what_is_held_and_wanted(void **state)
{
	struct arena *a = *state;
	struct avatar x = { 0 };

	assert_shown(&x, "");
	avatar_hold(&x, a, STR(PNG_ID), STR(PNG));
	assert_shown(&x, "");
	want(&x, a, "<info id='" PNG_ID "' type='image/png' bytes='16'/>");
	assert_shown(&x, PNG_ID);
	/* In the other order, too. */
	want(&x, a, "<info id='" GIF_ID "' type='image/gif' bytes='10'/>");
	assert_shown(&x, "");
	avatar_hold(&x, a, STR(GIF_ID), STR(GIF));
	assert_shown(&x, GIF_ID);
	assert_string_equal(x.type, "image/gif");
	avatar_hold(&x, a, STR(GIF_ID), STR_NONE);
	assert_shown(&x, "");
	avatar_hold(&x, a, STR(GIF_ID), STR(GIF));
	assert_shown(&x, GIF_ID);
	avatar_hold(&x, a, STR(""), STR_NONE);
	assert_shown(&x, "");
}

static void believes_no_wrong_id(void **state)
{
	struct arena *a = *state;
	struct avatar x = { 0 };

	want(&x, a, "<info id='" GIF_ID "' type='image/gif' bytes='10'/>");
	avatar_hold(&x, a, STR(GIF_ID), STR(GIF));
	avatar_hold(&x, a, STR(GIF_ID), STR(PNG)); /* overwritten by something else */
	assert_shown(&x, "");
	avatar_hold(&x, a, STR(GIF_ID), STR("not base 64"));
	assert_shown(&x, "");
	avatar_hold(&x, a, STR("short"), STR(PNG));
	assert_string_equal(x.held[0], "");
}

static void chooses(void **state)
{
	struct arena *a = *state;
	struct avatar x = { 0 };

	avatar_hold(&x, a, STR(GIF_ID), STR(GIF));
	want(&x, a,
	     "<info id='" PNG_ID "' type='image/png' url='https://localhost/'/>"
	     "<info id='" OTHER_ID "' type='image/png'/><info id='" GIF_ID "' type='image/gif'/>");
	assert_shown(&x, GIF_ID);
	want(&x, a, "<info id='" GIF_ID "' type='image/gif' url='https://localhost/'/>");
	assert_string_equal(x.wanted, "");
	want(&x, a, "<info id='" GIF_ID "' type='text/html'/>");
	assert_string_equal(x.wanted, "");
	want(&x, a, "<info id='" GIF_ID "' type='image/g\nif'/>");
	want(&x, a, "<info id='../x' type='image/gif'/><info xmlns='urn:other' id='" GIF_ID "'/>");
	assert_string_equal(x.wanted, "");
	want(&x, a, "<info id='" GIF_ID "' type='image/gif'/>");
	assert_shown(&x, GIF_ID);
	avatar_want(&x, NULL);
	assert_shown(&x, "");
}

static void forgets_the_oldest(void **state)
{
	struct arena *a = *state;
	struct avatar x = { 0 };
	char id[AVATAR_ID_LEN + 1];

	want(&x, a, "<info id='" GIF_ID "' type='image/gif'/>");
	avatar_hold(&x, a, STR(GIF_ID), STR(GIF));
	for (int i = 0; i < AVATAR_HELD_MAX; i++) {
		struct str text = arena_printf(a, "AAA%c", 'A' + i * 4), image;

		assert_shown(&x, GIF_ID);
		assert_int_equal(avatar_read_image(a, text, &image), OK);
		avatar_id_of(image, id);
		avatar_hold(&x, a, arena_dup(a, str_from(id)), text);
	}
	assert_shown(&x, "");
	assert_string_equal(x.held[0], id);
}

static void is_stored(void **state)
{
	struct arena *a = *state;
	struct avatar x = { 0 }, y = { 0 };
	struct str text;

	assert_int_equal(avatar_decode(avatar_encode(&x, a), &y), OK);
	assert_memory_equal(&x, &y, sizeof(x));
	avatar_hold(&x, a, STR(PNG_ID), STR(PNG));
	avatar_hold(&x, a, STR(GIF_ID), STR(GIF));
	want(&x, a, "<info id='" PNG_ID "' type='image/png'/>");
	text = avatar_encode(&x, a);
	assert_int_equal(avatar_decode(text, &y), OK);
	assert_shown(&y, PNG_ID);
	assert_string_equal(y.held[0], GIF_ID);
	assert_string_equal(y.type, "image/png");
	assert_int_equal(avatar_decode(STR(""), &y), ERR_INVALID);
	assert_int_equal(avatar_decode(STR("2\n\n\n\n\n\n"), &y), ERR_INVALID);
	assert_int_equal(avatar_decode(STR("1\nx\n\n\n\n\n"), &y), ERR_INVALID);
	assert_int_equal(avatar_decode(str_sub(text, 0, text.len / 2), &y), ERR_INVALID);
	assert_shown(&y, PNG_ID);
}

#define IN_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

UNIT_TESTS(avatar, cmocka_unit_test(knows_pictures), IN_ARENA(reads_base64),
	   IN_ARENA(shows_what_is_held_and_wanted), IN_ARENA(believes_no_wrong_id),
	   IN_ARENA(chooses), IN_ARENA(forgets_the_oldest), IN_ARENA(is_stored));
