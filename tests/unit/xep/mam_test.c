/* SPDX-License-Identifier: Apache-2.0 */
/* xep/mam: what a query asks for, and what is refused. */
#include "xep/mam.h"

#include "xml/build.h"
#include "xml/write.h"
#include "xmpp/ns.h"

#include "support/unit.h"

static struct arena arena;

static int set_up(void **state)
{
	arena_init(&arena, 4 * MIB);
	return 0;
}

static int tear_down(void **state)
{
	arena_done(&arena);
	return 0;
}

static struct xml *parse(struct str text)
{
	static const struct xml_limits limits = {
		.stanza_bytes = MIB, .depth = 20, .attrs = 20, .name_bytes = 200, .children = 5000
	};
	const struct xml_scope scope = { .default_ns = NS_MAM };
	struct xml *x = NULL;

	assert_int_equal(xml_parse(&arena, text, &scope, &limits, &x), XML_FAULT_NONE);
	return x;
}

/* A query with these attributes, these fields and what else stands inside. */
static struct xml *query_of(const char *attrs, const char *fields, const char *rest)
{
	return parse(arena_printf(&arena,
				  "<query %s><x xmlns='jabber:x:data' type='submit'>"
				  "<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>"
				  "%s</x>%s</query>",
				  attrs, fields, rest));
}

static struct mam_query read_fields(const char *fields)
{
	struct mam_query q;
	enum condition why = COND_GONE;

	assert_true(mam_query_read(query_of("", fields, ""), &arena, &q, &why));
	assert_int_equal(why, COND_GONE);
	return q;
}

static void assert_refused(const struct xml *query, enum condition wanted)
{
	struct mam_query q = { .id_count = 7 };
	enum condition why;

	assert_false(mam_query_read(query, &arena, &q, &why));
	assert_int_equal(why, wanted);
	assert_int_equal(q.id_count, 7);
}

#define FIELD(var, value) "<field var='" var "'><value>" value "</value></field>"

static void reads_all_fields(void **state)
{
	struct mam_query q = read_fields(
		FIELD("with", "Romeo@Here/x") FIELD("start", " 1970-01-01T00:00:01Z ") FIELD(
			"end", "1970-01-01T00:00:00Z") FIELD("after-id", " a ") FIELD("before-id",
										      "b")
			FIELD("include-groupchat",
			      "0") "<field var='ids'><value>1</value><value>2</value></field>");

	assert_true(str_eq(q.with.full, STR("romeo@here/x")));
	assert_true(q.has_start && q.wall_start == USEC_PER_SEC);
	assert_true(q.has_end && q.wall_end == 0);
	assert_true(str_eq(q.after_id, STR(" a ")));
	assert_true(str_eq(q.before_id, STR("b")));
	assert_int_equal(q.id_count, 2);
	assert_true(str_eq(q.ids[0], STR("1")) && str_eq(q.ids[1], STR("2")));
	assert_false(q.has_groupchat);
	assert_false(q.is_flipped || q.rsm.is_set);
}

static void reads_nothing(void **state)
{
	struct mam_query q;
	enum condition why;

	assert_true(mam_query_read(parse(STR("<query/>")), &arena, &q, &why));
	assert_false(jid_is_set(q.with) || q.has_start || q.has_end || q.ids || q.has_groupchat);
	assert_false(str_is_set(q.id) || str_is_set(q.after_id) || str_is_set(q.before_id));
	q = read_fields("<field var='ids'/><field var='before-id'/><field var='start'/>"
			"<field var='with'/><field var='include-groupchat'/>");
	assert_false(jid_is_set(q.with) || q.has_start || q.ids || str_is_set(q.before_id));
	q = read_fields(FIELD("ids", "") FIELD("after-id", "") FIELD("include-groupchat", "true"));
	assert_true(q.id_count == 1 && q.ids[0].len == 0);
	assert_true(str_is_set(q.after_id) && q.after_id.len == 0 && q.has_groupchat);
}

static void reads_what_stands_beside_the_form(void **state)
{
	struct mam_query q;
	enum condition why;

	assert_true(mam_query_read(
		query_of("queryid='q&amp;1'", "",
			 "<set xmlns='http://jabber.org/protocol/rsm'><max>3</max><before/></set>"
			 "<flip-page/>"),
		&arena, &q, &why));
	assert_true(str_eq(q.id, STR("q&1")));
	assert_true(q.is_flipped && q.rsm.has_max && q.rsm.max == 3 && str_is_set(q.rsm.before));
	assert_true(mam_query_read(parse(STR("<query><flip-page xmlns='other'/></query>")), &arena,
				   &q, &why));
	assert_false(q.is_flipped);
}

static void refuses(void **state)
{
	static const struct {
		const char *fields;
		enum condition why;
	} cases[] = {
		{ FIELD("mood", "lonely"), COND_FEATURE_NOT_IMPLEMENTED },
		{ FIELD("with", "a@@b"), COND_JID_MALFORMED },
		{ FIELD("with", ""), COND_JID_MALFORMED },
		{ FIELD("start", "yesterday"), COND_BAD_REQUEST },
		{ FIELD("end", ""), COND_BAD_REQUEST },
		{ FIELD("include-groupchat", "perhaps"), COND_BAD_REQUEST },
		{ FIELD("ids", "1") FIELD("ids", "2"), COND_BAD_REQUEST },
		{ FIELD("FORM_TYPE", "urn:xmpp:mam:2"), COND_BAD_REQUEST },
	};

	for (size_t i = 0; i < array_len(cases); i++)
		assert_refused(query_of("", cases[i].fields, ""), cases[i].why);
	assert_refused(query_of("node='blog'", "", ""), COND_ITEM_NOT_FOUND);
	assert_refused(parse(STR("<query><x xmlns='jabber:x:data' type='submit'/></query>")),
		       COND_BAD_REQUEST);
	assert_refused(parse(STR("<query><x xmlns='jabber:x:data' type='form'>"
				 "<field var='FORM_TYPE'><value>urn:xmpp:mam:2</value></field>"
				 "</x></query>")),
		       COND_BAD_REQUEST);
	assert_refused(
		query_of("", "",
			 "<set xmlns='http://jabber.org/protocol/rsm'><index>3</index></set>"),
		COND_FEATURE_NOT_IMPLEMENTED);
}

static struct xml *query_with_ids(unsigned count)
{
	struct xml *query = query_of("", "<field var='ids'/>", "");
	struct xml *ids = xml_child(query, NS_DATA, STR("x"))->last;

	for (unsigned i = 0; i < count; i++)
		(void)xml_add_text_el(&arena, ids, NS_DATA, STR("value"), STR("x"));
	return query;
}

static void sizes_are_bounded(void **state)
{
	struct mam_query q;
	enum condition why;
	char id[MAM_QUERY_ID_MAX + 2];

	memset(id, 'x', sizeof(id));
	id[MAM_QUERY_ID_MAX] = '\0';
	assert_true(mam_query_read(parse(arena_printf(&arena, "<query queryid='%s'/>", id)), &arena,
				   &q, &why));
	assert_refused(parse(arena_printf(&arena, "<query queryid='%s+'/>", id)), COND_BAD_REQUEST);
	assert_true(mam_query_read(query_with_ids(MAM_IDS_MAX), &arena, &q, &why));
	assert_int_equal(q.id_count, MAM_IDS_MAX);
	assert_refused(query_with_ids(MAM_IDS_MAX + 1), COND_POLICY_VIOLATION);
}

static void assert_xml(const struct xml *x, const char *wanted)
{
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct str text;

	assert_int_equal(xml_write(&out, x, NS_MAM), OK);
	text = sbuf_str(&out);
	assert_int_equal(text.len, strlen(wanted));
	assert_memory_equal(text.ptr, wanted, text.len);
}

static void writes_metadata(void **state)
{
	struct mam_end first = { .id = STR("a'"), .wall_time = 0 };
	struct mam_end last = { .id = STR("b"), .wall_time = 1500000 };

	assert_xml(mam_metadata_new(&arena, NULL, NULL), "<metadata/>");
	assert_xml(mam_metadata_new(&arena, &first, &last),
		   "<metadata><start id='a&apos;' timestamp='1970-01-01T00:00:00.000000Z'/>"
		   "<end id='b' timestamp='1970-01-01T00:00:01.500000Z'/></metadata>");
}

/* What the form offers can be sent back. */
static void writes_a_form_that_it_reads(void **state)
{
	struct xml *query = xml_new(&arena, NS_MAM, STR("query")), *form;
	struct mam_query q;
	enum condition why;

	mam_form_write(&arena, query);
	form = xml_child(query, NS_DATA, STR("x"));
	assert_true(str_eq(xml_attr(form, STR("type")), STR("form")));
	assert_null(xml_child(form, NS_DATA, STR("required")));
	xml_set(&arena, form, STR("type"), STR("submit"));
	assert_true(mam_query_read(query, &arena, &q, &why));
}

UNIT_TESTS_WITH(xep_mam, set_up, tear_down, cmocka_unit_test(reads_all_fields),
		cmocka_unit_test(reads_nothing),
		cmocka_unit_test(reads_what_stands_beside_the_form), cmocka_unit_test(refuses),
		cmocka_unit_test(sizes_are_bounded), cmocka_unit_test(writes_metadata),
		cmocka_unit_test(writes_a_form_that_it_reads));
