/* SPDX-License-Identifier: Apache-2.0 */
/* xep/disco: one answer put into another, with nothing twice (XEP-0115 5.4). */
#include "xep/disco.h"

#include "xep/caps.h"
#include "xep/form.h"

#include "support/unit.h"

static struct xml *with_form(struct arena *a, struct xml *query, struct str type)
{
	xml_add(query, form_new(a, STR("result"), type));
	return query;
}

static unsigned count(const struct xml *query)
{
	unsigned n = 0;

	xml_each (child, query)
		n++;
	return n;
}

static void merges(void **state)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml *one, *other;
	struct str ver;

	arena_init(&a, 64 * KIB);
	one = with_form(&a, disco_info_new(&a, STR_NONE), STR("urn:example:same"));
	disco_add_identity(&a, one, STR("server"), STR("im"), STR("x"));
	disco_add_feature(&a, one, STR("same"));
	other = with_form(&a, disco_info_new(&a, STR("node")), STR("urn:example:same"));
	(void)with_form(&a, other, STR("urn:example:new"));
	(void)with_form(&a, other, STR_NONE);
	disco_add_identity(&a, other, STR("server"), STR("im"), STR("x"));
	disco_add_identity(&a, other, STR("server"), STR("im"), STR("y"));
	disco_add_identity(&a, other, STR(""), STR("im"), STR("y"));
	disco_add_feature(&a, other, STR("same"));
	disco_add_feature(&a, other, STR("new"));
	disco_add_feature(&a, other, STR(""));
	(void)xml_add_new(&a, other, STR("urn:example"), STR("unknown"));
	disco_merge(&a, one, other);
	assert_int_equal(count(one), 6);
	assert_true(disco_has_feature(one, STR("new")));
	assert_int_equal(caps_ver(&a, one, DIGEST_SHA1, &ver), OK);
	assert_int_equal(count(other), 10);
}

UNIT_TESTS(xep_disco, cmocka_unit_test(merges));
