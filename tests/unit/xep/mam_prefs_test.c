/* SPDX-License-Identifier: Apache-2.0 */
/* xep/mam_prefs: what is asked for, what is refused, and what is answered. */
#include "xep/mam_prefs.h"

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

static void assert_refused(struct str text, enum condition wanted)
{
	struct mam_prefs p = { .never_count = 7 };
	enum condition why;

	assert_false(mam_prefs_read(parse(text), &arena, &p, &why));
	assert_int_equal(why, wanted);
	assert_int_equal(p.never_count, 7);
}

static void reads_lists(void **state)
{
	struct mam_prefs p;
	enum condition why;

	assert_true(mam_prefs_read(
		parse(STR("<prefs default='roster'><never> <jid> A@B </jid><x xmlns='o'/>"
			  "<jid xmlns='o'>no</jid></never><always/><never><jid>c@d/R</jid></never>"
			  "<always><jid>e</jid></always></prefs>")),
		&arena, &p, &why));
	assert_int_equal(p.by_default, MAM_ROSTER);
	assert_int_equal(p.always_count, 1);
	assert_int_equal(p.never_count, 2);
	assert_true(str_eq(p.always[0], STR("e")));
	assert_true(str_eq(p.never[0], STR("a@b")) && str_eq(p.never[1], STR("c@d/R")));
}

static void refuses(void **state)
{
	assert_refused(STR("<prefs/>"), COND_BAD_REQUEST);
	assert_refused(STR("<prefs default='Always'/>"), COND_BAD_REQUEST);
	assert_refused(STR("<prefs default='never'><always><jid/></always></prefs>"),
		       COND_JID_MALFORMED);
	assert_refused(STR("<prefs default='never'><never><jid>a@</jid></never></prefs>"),
		       COND_JID_MALFORMED);
}

static struct str prefs_of(unsigned always, unsigned never)
{
	struct sbuf out scoped(sbuf_done) = SBUF(MIB);

	(void)sbuf_lit(&out, "<prefs default='never'><always>");
	for (unsigned i = 0; i < always; i++)
		(void)sbuf_lit(&out, "<jid>a@b</jid>");
	(void)sbuf_lit(&out, "</always><never>");
	for (unsigned i = 0; i < never; i++)
		(void)sbuf_lit(&out, "<jid>a@b</jid>");
	(void)sbuf_lit(&out, "</never></prefs>");
	return arena_dup(&arena, sbuf_str(&out));
}

static void lists_are_bounded(void **state)
{
	struct mam_prefs p;
	enum condition why;

	assert_true(
		mam_prefs_read(parse(prefs_of(200, MAM_PREFS_JIDS_MAX - 200)), &arena, &p, &why));
	assert_int_equal(p.always_count + p.never_count, MAM_PREFS_JIDS_MAX);
	assert_refused(prefs_of(200, MAM_PREFS_JIDS_MAX - 199), COND_POLICY_VIOLATION);
	assert_refused(prefs_of(MAM_PREFS_JIDS_MAX + 1, 0), COND_POLICY_VIOLATION);
}

static void writes(void **state)
{
	static const struct str never[] = { STR_INIT("a@b"), STR_INIT("c@d/<") };
	struct mam_prefs p = { .by_default = MAM_NEVER, .never = never, .never_count = 2 };
	struct sbuf out scoped(sbuf_done) = SBUF(64 * KIB);
	struct str wanted = STR("<prefs default='never'><always/><never><jid>a@b</jid>"
				"<jid>c@d/&lt;</jid></never></prefs>");

	assert_int_equal(xml_write(&out, mam_prefs_new(&arena, &p), NS_MAM), OK);
	assert_true(str_eq(sbuf_str(&out), wanted));
}

UNIT_TESTS_WITH(xep_mam_prefs, set_up, tear_down, cmocka_unit_test(reads_lists),
		cmocka_unit_test(refuses), cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(writes));
