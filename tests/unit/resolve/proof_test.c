/* SPDX-License-Identifier: Apache-2.0 */
/* What the DNS says about who has come (RFC 7673). Signed zones: tests/net/check_trust.py. */
#include "unit/resolve/dns_fixture.h"

#include "resolve/proof.h"

enum { TYPE_TLSA = RESOLVE_TLSA };

struct caller {
	struct proof_ask *ask;
	unsigned calls;
	size_t count;
	bool is_over;
};

static void on_proofs(void *owner, const struct proof *proofs, size_t count)
{
	struct caller *c = owner;

	c->ask = NULL;
	c->calls++;
	c->count = count;
	c->is_over = true;
}

static void begin(struct caller *c, struct dns_fixture *f, const char *domain)
{
	*c = (struct caller){ .calls = 0 };
	c->ask = proof_begin(f->resolver, f->net.loop, str_from(domain), on_proofs, c);
	assert_int_equal(c->calls, 0); /* never from inside */
}

static void what_is_not_signed_says_nothing(void **state)
{
	struct dns_fixture f;
	struct zone_row *row;
	struct caller c;

	dns_fixture_init(&f);
	zone_srv(&f, "_xmpp-server._tcp.a.example", 0, 0, 5269, "xmpp.a.example");
	row = zone_add(&f, "_5269._tcp.xmpp.a.example", TYPE_TLSA);
	memcpy(row->rdata, "\3\1\1", 3);
	row->len = 3 + 32;
	begin(&c, &f, "a.example");
	loop_run_until(f.net.loop, &c.is_over, 20 * USEC_PER_SEC);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.count, 0);
	dns_fixture_done(&f);
}

static void a_dns_that_is_silent_does_not_hold_it(void **state)
{
	struct dns_fixture f;
	struct caller c;

	dns_fixture_init(&f);
	f.is_silent = true;
	begin(&c, &f, "a.example");
	loop_run_until(f.net.loop, &c.is_over, PROOF_USEC + 20 * USEC_PER_SEC);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.count, 0);
	dns_fixture_done(&f);
}

static void who_gives_up_hears_nothing(void **state)
{
	bool never = false;
	struct dns_fixture f;
	struct caller c;

	dns_fixture_init(&f);
	begin(&c, &f, "a.example");
	proof_end(&c.ask);
	assert_null(c.ask);
	proof_end(&c.ask);
	loop_run_until(f.net.loop, &never, 200 * USEC_PER_MSEC);
	assert_int_equal(c.calls, 0);
	begin(&c, &f, "a.example");
	loop_run_until(f.net.loop, &never, 0);
	proof_end(&c.ask);
	dns_fixture_done(&f);
}

UNIT_TESTS(resolve_proof, cmocka_unit_test(what_is_not_signed_says_nothing),
	   cmocka_unit_test(a_dns_that_is_silent_does_not_hold_it),
	   cmocka_unit_test(who_gives_up_hears_nothing));
