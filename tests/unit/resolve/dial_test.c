/* SPDX-License-Identifier: Apache-2.0 */
/* The way to the server of a domain: RFC 6120 3.2, RFC 2782, XEP-0368, RFC 8305. */
#include "unit/resolve/dns_fixture.h"

#include "resolve/dial.h"

#include <netinet/in.h>

enum { SEEN_MAX = 16 };

/* Who asked for a connection, and what came of it. */
struct caller {
	struct dns_fixture *f;
	struct dial *dial;
	bool is_over;
	unsigned calls;
	enum dial_error why;
	bool has_transport, is_direct_tls, is_target_secure, has_dane;
	char ascii[64], target[64], reason[DIAL_REASON_MAX];
	struct addr peer;
	struct transport *transport;
	bool ends_in_call;
	bool forbids_all;
	struct addr seen[SEEN_MAX]; /* what may_dial was asked about */
	size_t seen_count;
};

static bool may_dial(void *owner, const struct addr *to)
{
	struct caller *c = owner;

	assert_true(c->seen_count < SEEN_MAX);
	c->seen[c->seen_count++] = *to;
	return !c->forbids_all;
}

static void copy_str(char *to, size_t size, struct str s)
{
	(void)snprintf(to, size, "%.*s", STR_ARG(s));
}

static void on_done(void *owner, const struct dial_result *result)
{
	struct caller *c = owner;

	c->calls++;
	c->is_over = true;
	c->why = result->why;
	c->has_transport = result->transport != NULL;
	c->is_direct_tls = result->is_direct_tls;
	c->is_target_secure = result->is_target_secure;
	c->has_dane = result->dane != NULL;
	c->peer = result->peer;
	copy_str(c->ascii, sizeof(c->ascii), result->ascii);
	copy_str(c->target, sizeof(c->target), result->target);
	copy_str(c->reason, sizeof(c->reason), result->reason);
	assert_int_equal(result->why == DIAL_OK, c->has_transport);
	assert_int_equal(str_is_empty(result->reason), c->has_transport);
	transport_free(&c->transport);
	c->transport = result->transport;
	if (c->ends_in_call)
		dial_end(&c->dial);
}

static void caller_begin(struct caller *c, struct dns_fixture *f, const char *domain)
{
	struct dial_want want = { .domain = str_from(domain),
				  .output_limit = 10000,
				  .may_dial = may_dial };

	c->f = f;
	c->is_over = false;
	c->dial = dial_begin(f->resolver, f->net.net, &want, on_done, c);
	assert_int_equal(c->calls, 0);
}

static void caller_done(struct caller *c)
{
	dial_end(&c->dial);
	transport_free(&c->transport);
}

static void calls(struct caller *c, struct dns_fixture *f, const char *domain)
{
	caller_begin(c, f, domain);
	dns_wait(f, &c->is_over);
	assert_int_equal(c->calls, 1);
}

static void calls_next(struct caller *c)
{
	c->calls = 0;
	c->is_over = false;
	dial_next(c->dial);
	dns_wait(c->f, &c->is_over);
	assert_int_equal(c->calls, 1);
}

/* A socket that listens on loopback, and its port; backlog -1: it is bound only. */
static int listens(uint16_t *ret_port, int backlog)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_true(backlog < 0 || listen(fd, backlog) == 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	*ret_port = ntohs(at.sin_port);
	return fd;
}

static void fails(struct dns_fixture *f, const char *domain, enum dial_error why,
		  const char *reason)
{
	struct caller c = { .calls = 0 };

	calls(&c, f, domain);
	assert_int_equal(c.why, why);
	assert_string_equal(c.reason, reason);
	caller_done(&c);
}

static void records_in_order(void **state)
{
	struct caller c = { .calls = 0 };
	uint16_t good, direct, dead;
	struct dns_fixture f;
	int good_fd = listens(&good, 5), direct_fd = listens(&direct, 5);
	int dead_fd = listens(&dead, -1);

	dns_fixture_init(&f);
	zone_srv(&f, "_xmpp-server._tcp.a.example", 20, 0, good, "One.A.example");
	zone_srv(&f, "_xmpp-server._tcp.a.example", 5, 0, dead, "two.a.example");
	zone_srv(&f, "_xmpp-server._tcp.a.example", 7, 0, 5269, "nobody.a.example");
	zone_srv(&f, "_xmpps-server._tcp.a.example", 10, 0, direct, "one.a.example");
	zone_a(&f, "one.a.example", "127.0.0.1");
	zone_a(&f, "two.a.example", "127.0.0.1");
	calls(&c, &f, "a.example");
	assert_int_equal(c.why, DIAL_OK);
	assert_true(c.is_direct_tls);
	assert_int_equal(c.peer.port, direct);
	assert_string_equal(c.target, "one.a.example");
	assert_string_equal(c.ascii, "a.example");
	assert_false(c.is_target_secure || c.has_dane);
	assert_int_equal(c.seen[0].port, dead);
	assert_int_equal(c.seen_count, 2);
	/* TLS did not work there, say: the one after it. */
	calls_next(&c);
	assert_false(c.is_direct_tls);
	assert_int_equal(c.peer.port, good);
	calls_next(&c);
	assert_int_equal(c.why, DIAL_UNREACHABLE);
	assert_string_equal(c.reason, "no server of the domain is left to try");
	caller_done(&c);
	dns_fixture_done(&f);
	(void)close(good_fd);
	(void)close(direct_fd);
	(void)close(dead_fd);
}

static void without_records(void **state)
{
	struct caller c = { .forbids_all = true };
	struct dns_fixture f;

	dns_fixture_init(&f);
	zone_a(&f, "plain.example", "127.0.0.1");
	zone_a(&f, "xn--bcher-kva.example", "127.0.0.2");
	zone_aaaa(&f, "xn--bcher-kva.example", "::1");
	calls(&c, &f, "plain.example");
	assert_int_equal(c.why, DIAL_FORBIDDEN);
	assert_string_equal(c.reason, "plain.example: its address may not be connected to");
	assert_int_equal(c.seen_count, 1);
	assert_int_equal(c.seen[0].port, DIAL_SERVER_PORT);
	caller_done(&c);
	c = (struct caller){ .forbids_all = true };
	calls(&c, &f,
	      "b\xc3\xbc"
	      "cher.example");
	assert_string_equal(c.ascii, "xn--bcher-kva.example");
	assert_int_equal(c.seen_count, 2);
	assert_false(addr_is_v4(&c.seen[0])); /* RFC 8305, 4 */
	assert_true(addr_is_v4(&c.seen[1]));
	caller_done(&c);
	dns_fixture_done(&f);
}

static void what_cannot_be(void **state)
{
	struct dns_fixture f;
	uint16_t dead;
	int dead_fd = listens(&dead, -1);
	char reason[DIAL_REASON_MAX];

	dns_fixture_init(&f);
	/* "." says that there is no such server: the address must not be tried. */
	zone_srv(&f, "_xmpp-server._tcp.refuses.example", 0, 0, 0, "");
	zone_a(&f, "refuses.example", "127.0.0.1");
	zone_srv(&f, "_xmpp-server._tcp.odd.example", 0, 0, 1, "not a host");
	zone_a(&f, "odd.example", "127.0.0.1");
	zone_srv(&f, "_xmpp-server._tcp.dead.example", 0, 0, dead, "host.dead.example");
	zone_a(&f, "host.dead.example", "127.0.0.1");
	zone_srv(&f, "_xmpp-server._tcp.gone.example", 0, 0, dead, "host.gone.example");
	zone_aaaa(&f, "bare.example", "::1");
	f.rows[f.count - 1].len = 3; /* no address */
	zone_fails(&f, "_xmpp-server._tcp.broken.example");
	zone_a(&f, "broken.example", "127.0.0.1");
	fails(&f, "refuses.example", DIAL_NO_SERVICE,
	      "refuses.example: it says that it has no such server");
	fails(&f, "odd.example", DIAL_NO_SERVICE, "odd.example: its SRV records cannot be used");
	fails(&f, "none.example", DIAL_NO_NAME, "none.example: there is no such host");
	fails(&f, "gone.example", DIAL_NO_ADDRESS, "host.gone.example: there is no such host");
	(void)snprintf(reason, sizeof(reason), "host.dead.example port %u: Connection refused",
		       dead);
	fails(&f, "dead.example", DIAL_REFUSED, reason);
	fails(&f, "broken.example", DIAL_UNRESOLVED,
	      "_xmpp-server._tcp.broken.example: the servers of names do not answer");
	fails(&f, "no name", DIAL_NO_NAME, "the domain is no host name");
	fails(&f, "", DIAL_NO_NAME, "the domain is no host name");
	dns_fixture_done(&f);
	(void)close(dead_fd);
}

static void literals_and_fixed(void **state)
{
	struct caller c = { .forbids_all = true };
	struct dial_want want = { .domain = STR_INIT("a.example"), .output_limit = 10 };
	struct dns_fixture f;
	struct addr at;
	uint16_t port;
	int fd = listens(&port, 5);

	dns_fixture_init(&f);
	calls(&c, &f, "[::1]");
	assert_string_equal(c.ascii, "::1");
	assert_int_equal(c.seen[0].port, DIAL_SERVER_PORT);
	caller_done(&c);
	c = (struct caller){ .forbids_all = true };
	calls(&c, &f, "127.0.0.9");
	assert_int_equal(c.seen_count, 1);
	caller_done(&c);
	c = (struct caller){ .f = &f };
	assert_int_equal(addr_parse(STR("127.0.0.1:0"), &at), OK);
	at.port = port;
	want.fixed = &at;
	c.dial = dial_begin(NULL, f.net.net, &want, on_done, &c);
	dns_wait(&f, &c.is_over);
	assert_int_equal(c.why, DIAL_OK);
	assert_string_equal(c.target, "a.example");
	assert_false(c.is_direct_tls);
	assert_int_equal(f.questions, 0);
	caller_done(&c);
	dns_fixture_done(&f);
	(void)close(fd);
}

static void ends_at_any_time(void **state)
{
	struct caller c = { .calls = 0 }, d = { .ends_in_call = true };
	struct dns_fixture f;
	uint16_t port;
	int fd = listens(&port, 100);

	dns_fixture_init(&f);
	zone_srv(&f, "_xmpp-server._tcp.a.example", 20, 0, port, "one.a.example");
	zone_a(&f, "one.a.example", "127.0.0.1");
	caller_begin(&c, &f, "a.example");
	caller_done(&c); /* at once */
	/* After each turn of the loop, as far as it has come. */
	for (int turns = 1; turns < 40; turns++) {
		bool never = false;

		caller_begin(&c, &f, "a.example");
		for (int i = 0; i < turns && c.calls == 0; i++)
			loop_run_until(f.net.loop, &never, 1);
		caller_done(&c);
		c = (struct caller){ .calls = 0 };
	}
	calls(&d, &f, "a.example");
	assert_int_equal(d.why, DIAL_OK);
	assert_null(d.dial);
	caller_done(&d);
	d = (struct caller){ .ends_in_call = true };
	calls(&d, &f, "none.example");
	caller_done(&d);
	dns_fixture_done(&f);
	(void)close(fd);
}

static void patience_ends(void **state)
{
	struct caller c = { .calls = 0 };
	struct dns_fixture f;

	dns_fixture_init(&f);
	f.is_silent = true;
	caller_begin(&c, &f, "a.example");
	pass(&f.net, RESOLVE_USEC);
	assert_int_equal(c.calls, 1);
	assert_int_equal(c.why, DIAL_UNRESOLVED);
	caller_done(&c);
	dns_fixture_done(&f);
}

UNIT_TESTS(dial, cmocka_unit_test(records_in_order), cmocka_unit_test(without_records),
	   cmocka_unit_test(what_cannot_be), cmocka_unit_test(literals_and_fixed),
	   cmocka_unit_test(ends_at_any_time), cmocka_unit_test(patience_ends));
