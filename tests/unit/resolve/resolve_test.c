/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to a server of names in the same program. */
#include "unit/resolve/dns_fixture.h"

struct heard {
	bool is_over;
	unsigned calls;
	enum resolve_outcome outcome;
	bool is_secure;
	size_t count;
	char first[64], reason[RESOLVE_REASON_MAX + 1];
	size_t first_len;
};

static void on_answer(void *owner, const struct resolve_answer *answer)
{
	struct heard *h = owner;

	h->is_over = true;
	h->calls++;
	h->outcome = answer->outcome;
	h->is_secure = answer->is_secure;
	h->count = answer->count;
	if (answer->count) {
		h->first_len = answer->rows[0].len;
		assert_true(h->first_len <= sizeof(h->first));
		memcpy(h->first, answer->rows[0].ptr, h->first_len);
	}
	(void)snprintf(h->reason, sizeof(h->reason), "%.*s", STR_ARG(answer->reason));
}

static struct heard ask(struct dns_fixture *f, const char *name, enum resolve_type type)
{
	struct heard h = { .calls = 0 };

	assert_non_null(resolve_begin(f->resolver, str_from(name), type, on_answer, &h));
	assert_int_equal(h.calls, 0); /* never from inside */
	dns_wait(f, &h.is_over);
	assert_int_equal(h.calls, 1);
	assert_false(h.is_secure); /* nothing is validated here */
	return h;
}

static void answers(void **state)
{
	struct dns_fixture f;
	struct heard h;

	dns_fixture_init(&f);
	zone_a(&f, "a.example", "10.1.2.3");
	zone_a(&f, "a.example", "10.1.2.4");
	zone_cname(&f, "alias.example", "a.example");
	zone_a(&f, "host.test", "10.1.2.5");
	h = ask(&f, "a.example", RESOLVE_A);
	assert_int_equal(h.outcome, RESOLVE_FOUND);
	assert_int_equal(h.count, 2);
	assert_int_equal(h.first_len, 4);
	h = ask(&f, "alias.example", RESOLVE_A);
	assert_int_equal(h.outcome, RESOLVE_FOUND);
	assert_int_equal(h.count, 2);
	/* Names of closed networks are asked for like all others. */
	assert_int_equal(ask(&f, "host.test", RESOLVE_A).outcome, RESOLVE_FOUND);
	assert_int_equal(ask(&f, "a.example", RESOLVE_AAAA).outcome, RESOLVE_NO_DATA);
	assert_int_equal(ask(&f, "none.example", RESOLVE_A).outcome, RESOLVE_NO_NAME);
	assert_false(resolver_validates(f.resolver));
	dns_fixture_done(&f);
}

static void faults(void **state)
{
	struct dns_fixture f;
	char long_name[300];

	dns_fixture_init(&f);
	zone_fails(&f, "broken.example");
	zone_cname(&f, "one.example", "two.example");
	zone_cname(&f, "two.example", "one.example");
	assert_int_equal(ask(&f, "broken.example", RESOLVE_A).outcome, RESOLVE_FAILED);
	/* A circle of aliases has an end, and it is no answer. */
	assert_int_not_equal(ask(&f, "one.example", RESOLVE_A).outcome, RESOLVE_FOUND);
	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(ask(&f, long_name, RESOLVE_A).outcome, RESOLVE_NO_NAME);
	long_name[70] = '\0';
	assert_int_equal(ask(&f, long_name, RESOLVE_A).outcome, RESOLVE_NO_NAME);
	assert_int_equal(ask(&f, "", RESOLVE_A).outcome, RESOLVE_NO_NAME);
	assert_int_equal(ask(&f, "a..example", RESOLVE_A).outcome, RESOLVE_NO_NAME);
	dns_fixture_done(&f);
}

static void silence_ends(void **state)
{
	struct heard h = { .calls = 0 }, given_up = { .calls = 0 };
	struct dns_fixture f;
	struct resolve_ask *ask;

	dns_fixture_init(&f);
	f.is_silent = true;
	(void)resolve_begin(f.resolver, STR("a.example"), RESOLVE_A, on_answer, &h);
	ask = resolve_begin(f.resolver, STR("b.example"), RESOLVE_A, on_answer, &given_up);
	resolve_end(&ask);
	assert_null(ask);
	pass(&f.net, RESOLVE_USEC);
	assert_int_equal(h.calls, 1);
	assert_int_equal(h.outcome, RESOLVE_FAILED);
	assert_string_equal(h.reason, "no answer in time");
	assert_int_equal(given_up.calls, 0);
	/* Those that are still open go with the resolver. */
	(void)resolve_begin(f.resolver, STR("c.example"), RESOLVE_A, on_answer, &given_up);
	dns_fixture_done(&f);
	assert_int_equal(given_up.calls, 0);
}

static void open_questions_are_bounded(void **state)
{
	struct heard h = { .calls = 0 };
	struct dns_fixture f;

	dns_fixture_init(&f);
	f.is_silent = true;
	for (unsigned i = 0; i < RESOLVE_ASKS_MAX; i++) {
		struct resolve_ask *ask =
			resolve_begin(f.resolver, STR("a.example"), RESOLVE_A, on_answer, &h);

		resolve_end(&ask);
	}
	h = ask(&f, "b.example", RESOLVE_A);
	assert_int_equal(h.outcome, RESOLVE_FAILED);
	assert_string_equal(h.reason, "too many open questions");
	dns_fixture_done(&f);
}

static void bad_settings(void **state)
{
	struct resolver_config config = { .trust_anchor = "/nonexistent/root.key" };
	struct sbuf blame scoped(sbuf_done) = SBUF(1000);
	struct resolver *r = NULL;
	struct net_fixture net;

	net_fixture_init(&net);
	assert_int_equal(resolver_new(net.loop, &config, &r, &blame), ERR_NOT_FOUND);
	assert_true(str_eq(sbuf_str(&blame), STR("/nonexistent/root.key: not found")));
	config.trust_anchor = "/etc/passwd";
	assert_int_equal(resolver_new(net.loop, &config, &r, &blame), ERR_INVALID);
	assert_null(r);
	net_fixture_done(&net);
}

UNIT_TESTS(resolve, cmocka_unit_test(answers), cmocka_unit_test(faults),
	   cmocka_unit_test(silence_ends), cmocka_unit_test(open_questions_are_bounded),
	   cmocka_unit_test(bad_settings));
