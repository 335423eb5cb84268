/* SPDX-License-Identifier: Apache-2.0 */
/* model/displayed: markers only go forward, are bounded, and come back from the store as they were.
 */
#include "server/model/displayed.h"

#include "support/unit.h"
#include "xmpp/ns.h"

#include <stdio.h>
#include <string.h>

static struct marker marker_of(const char *conversation, const char *id, int64_t seq)
{
	return (struct marker){ .conversation = str_from(conversation),
				.by = STR("romeo@localhost"),
				.id = str_from(id),
				.seq = seq };
}

static void only_goes_forward(void **state)
{
	struct displayed *x = displayed_new();
	struct marker m = marker_of("a@x", "five", 5);

	assert_true(displayed_put(x, &m));
	m = marker_of("a@x", "three", 3);
	assert_true(displayed_is_behind(x, &m));
	assert_false(displayed_put(x, &m));
	assert_true(str_eq(displayed_find(x, STR("a@x"))->id, STR("five")));
	m = marker_of("a@x", "five", 5); /* again */
	assert_true(displayed_put(x, &m));
	m = marker_of("a@x", "seven", 7);
	assert_true(displayed_put(x, &m));
	assert_true(str_eq(displayed_find(x, STR("a@x"))->id, STR("seven")));
	m = marker_of("b@x", "one", 1); /* another conversation */
	assert_true(displayed_put(x, &m));
	assert_int_equal(x->markers.count, 2);
	displayed_remove(x, STR("a@x"));
	displayed_remove(x, STR("never@x"));
	assert_null(displayed_find(x, STR("a@x")));
	m = marker_of("a@x", "one", 1);
	assert_true(displayed_put(x, &m));
	displayed_free(&x);
	assert_null(x);
	displayed_free(&x);
}

/* Places of two archives are not compared, and one that is not known with none. */
static void compares_only_what_it_can(void **state)
{
	struct displayed *x = displayed_new();
	struct marker m = marker_of("a@x", "five", 5);

	assert_true(displayed_put(x, &m));
	m = marker_of("a@x", "three", 3);
	m.by = STR("a@x");
	assert_true(displayed_put(x, &m));
	m = marker_of("a@x", "opaque", 0);
	m.by = STR("a@x");
	assert_true(displayed_put(x, &m));
	assert_true(str_eq(displayed_find(x, STR("a@x"))->id, STR("opaque")));
	displayed_free(&x);
}

static void is_bounded(void **state)
{
	static char long_id[DISPLAYED_ID_MAX + 1], name[32];
	struct displayed *x = displayed_new();
	struct marker m;

	memset(long_id, 'x', sizeof(long_id));
	m = marker_of("a@x", "", 0);
	m.id = str_make(long_id, sizeof(long_id));
	assert_false(displayed_put(x, &m));
	for (int i = 0; i < DISPLAYED_MAX + 10; i++) {
		(void)snprintf(name, sizeof(name), "%d@x", i);
		m = marker_of(name, "id", i + 1);
		assert_true(displayed_put(x, &m));
	}
	assert_int_equal(x->markers.count, DISPLAYED_MAX);
	assert_null(displayed_find(x, STR("9@x")));
	assert_non_null(displayed_find(x, STR("10@x")));
	displayed_free(&x);
}

static void is_bounded_in_bytes(void **state)
{
	static char name[3000];
	struct displayed *x = displayed_new();
	struct marker m = marker_of("", "id", 1);

	memset(name, 'x', sizeof(name));
	for (int i = 0; i < 1000; i++) {
		(void)snprintf(name, sizeof(name), "%d@", i);
		name[strlen(name)] = 'x';
		m.conversation = str_make(name, sizeof(name));
		assert_true(displayed_put(x, &m));
		assert_true(x->bytes <= DISPLAYED_BYTES_MAX);
	}
	assert_non_null(displayed_find(x, m.conversation));
	displayed_free(&x);
	assert_null(x);
}

static void reads_only_what_it_wrote(void **state)
{
	static const struct str bad[] = {
		STR_INIT(""),         STR_INIT("1"),           STR_INIT("1\na@x"),
		STR_INIT("1\na@x\n"), STR_INIT("-1\na@x\nid"), STR_INIT("x\na@x\nid"),
		STR_INIT("1\n\nid"),  STR_INIT("\na@x\nid")
	};
	struct arena a scoped(arena_done) = { 0 };
	struct marker m = marker_of("a@x", "one\ntwo", 77), again;

	arena_init(&a, 64 * KIB);
	assert_int_equal(displayed_decode(STR("a@x"), displayed_encode(&m, &a), &again), OK);
	assert_true(str_eq(again.id, m.id) && str_eq(again.by, m.by));
	assert_true(str_eq(again.conversation, m.conversation));
	assert_int_equal(again.seq, 77);
	for (size_t i = 0; i < array_len(bad); i++)
		assert_int_equal(displayed_decode(STR("a@x"), bad[i], &again), ERR_INVALID);
	assert_int_equal(displayed_decode(STR(""), STR("1\na@x\nid"), &again), ERR_INVALID);
}

static struct xml *payload(struct arena *a, const char *by, const char *id)
{
	struct xml *el = xml_new(a, NS_DISPLAYED, STR("displayed"));
	struct xml *sid = xml_add_new(a, el, NS_SID, STR("stanza-id"));

	xml_set(a, sid, STR("by"), str_from(by));
	xml_set(a, sid, STR("id"), str_from(id));
	return el;
}

static void reads_items(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct marker m;
	struct xml *two;

	arena_init(&a, 64 * KIB);
	assert_int_equal(displayed_read(&a, STR("Juliet@X"), payload(&a, "Romeo@X", "one"), &m),
			 OK);
	assert_true(str_eq(m.conversation, STR("juliet@x")) && str_eq(m.by, STR("romeo@x")));
	assert_true(str_eq(m.id, STR("one")));
	assert_int_equal(m.seq, 0);
	assert_int_equal(displayed_read(&a, STR("@"), payload(&a, "r@x", "one"), &m), ERR_INVALID);
	assert_int_equal(displayed_read(&a, STR("j@x"), payload(&a, "", "one"), &m), ERR_INVALID);
	assert_int_equal(displayed_read(&a, STR("j@x"), payload(&a, "r@x", ""), &m), ERR_INVALID);
	assert_int_equal(displayed_read(&a, STR("j@x"), NULL, &m), ERR_INVALID);
	two = payload(&a, "r@x", "one");
	(void)xml_add_new(&a, two, NS_SID, STR("stanza-id"));
	assert_int_equal(displayed_read(&a, STR("j@x"), two, &m), ERR_INVALID);
}

UNIT_TESTS(displayed, cmocka_unit_test(only_goes_forward),
	   cmocka_unit_test(compares_only_what_it_can), cmocka_unit_test(is_bounded),
	   cmocka_unit_test(is_bounded_in_bytes), cmocka_unit_test(reads_only_what_it_wrote),
	   cmocka_unit_test(reads_items));
