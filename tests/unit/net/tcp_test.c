/* SPDX-License-Identifier: Apache-2.0 */
/* TCP transports, their output queue, and listeners. Loopback only. */
#include "unit/net/fixture.h"

#include "net/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>

static void queue_keeps_order_and_limit(void **state)
{
	struct outq_pool pool = { .spare = NULL };
	struct outq q = { .head = NULL };
	struct bytes *b = bytes_new(STR("abcdefghij")), *empty = bytes_new(STR(""));
	struct iovec iov[100];
	size_t total;
	char out[700];

	for (int i = 0; i < 70; i++)
		assert_int_equal(outq_push(&q, &pool, b, 700), OK);
	assert_int_equal(outq_push(&q, &pool, b, 700), ERR_TOO_BIG);
	assert_int_equal(outq_push(&q, &pool, empty, 700), OK);
	assert_int_equal(q.unsent, 700);
	outq_drop(&q, &pool, 13);
	assert_int_equal(outq_parts(&q, iov, 100, &total), 69);
	assert_int_equal(total, 687);
	assert_int_equal(iov[0].iov_len, 7);
	assert_memory_equal(iov[0].iov_base, "defghij", 7);
	assert_int_equal(outq_peek(&q, out, sizeof(out)), 687);
	assert_memory_equal(out, "defghijabcdefghijab", 19);
	assert_int_equal(outq_peek(&q, out, 9), 9);
	for (size_t step = 1; q.unsent; step = step % 17 + 1)
		outq_drop(&q, &pool, step < q.unsent ? step : q.unsent);
	assert_null(q.head);
	assert_int_equal(b->refs, 1);
	assert_int_equal(pool.count, 3);
	outq_pool_done(&pool);
	(void)bytes_unref(b);
	(void)bytes_unref(empty);
}

static void carries_bytes_both_ways(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL }, b = { .t = NULL };
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds);
	owner_take(&a, wrap(&f, fds[0], 1000));
	owner_take(&b, wrap(&f, fds[1], 1000));
	for (int i = 0; i < 100; i++)
		send_str(a.t, STR("0123456789"));
	assert_int_equal(transport_unsent(a.t), 1000);
	wait_bytes(&f, &b, 1000);
	assert_true(b.messages <= 2); /* a hundred sends left in two writes (64 parts) */
	assert_int_equal(transport_unsent(a.t), 0);
	assert_int_equal(a.drained, 1);
	send_str(b.t, STR("back"));
	wait_bytes(&f, &a, 4);
	assert_true(str_eq(transport_peer(a.t), STR("127.0.0.1")));
	assert_false(transport_is_secure(a.t));
	assert_false(transport_is_framed(a.t));
	transport_close(b.t);
	wait_for(&f, &a.is_ended);
	assert_int_equal(a.why, TRANSPORT_CLOSED);
	owner_done(&a);
	wait_for(&f, &b.is_ended);
	assert_int_equal(b.why, TRANSPORT_CLOSED);
	owner_done(&b);
	net_fixture_done(&f);
}

static void slow_reader_gets_everything(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL }, b = { .t = NULL };
	struct bytes *big = pattern(3000000, 1);
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds);
	owner_take(&a, wrap(&f, fds[0], ROOMY));
	owner_take(&b, wrap(&f, fds[1], ROOMY));
	transport_pause(b.t, true);
	transport_send(a.t, big);
	wait_msec(&f, 20);
	assert_int_equal(b.in.len, 0);
	assert_true(transport_unsent(a.t) > 0);
	transport_write(a.t, STR("behind"));
	transport_pause(b.t, false);
	wait_bytes(&f, &b, 3000006);
	assert_memory_equal(b.in.ptr, big->data, big->len);
	assert_memory_equal(b.in.ptr + big->len, "behind", 6);
	assert_int_equal(a.drained, 1);
	owner_done(&a);
	owner_done(&b);
	(void)bytes_unref(big);
	net_fixture_done(&f);
}

static void output_is_bounded(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL };
	struct bytes *chunk = pattern(100000, 2);
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds);
	owner_take(&a, wrap(&f, fds[0], 1000000));
	for (int i = 0; i < 30; i++) {
		transport_send(a.t, chunk);
		assert_true(transport_unsent(a.t) <= 1000000);
	}
	assert_false(a.is_ended); /* never from inside the call */
	wait_for(&f, &a.is_ended);
	assert_int_equal(a.why, TRANSPORT_OVERFLOW);
	transport_send(a.t, chunk);
	assert_int_equal(transport_unsent(a.t), 0);
	owner_done(&a);
	assert_int_equal(chunk->refs, 1);
	(void)bytes_unref(chunk);
	(void)close(fds[1]);
	net_fixture_done(&f);
}

static void close_sends_the_rest_first(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL }, b = { .t = NULL };
	struct bytes *big = pattern(1000000, 3);
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds);
	owner_take(&a, wrap(&f, fds[0], ROOMY));
	owner_take(&b, wrap(&f, fds[1], ROOMY));
	transport_send(a.t, big);
	transport_close(a.t);
	send_str(a.t, STR("too late"));
	send_str(b.t, STR("nobody listens"));
	wait_for(&f, &b.is_ended);
	assert_int_equal(b.in.len, 1000000);
	assert_int_equal(a.in.len, 0);
	owner_done(&b);
	wait_for(&f, &a.is_ended);
	owner_done(&a);
	(void)bytes_unref(big);
	net_fixture_done(&f);
}

static void close_waits_only_so_long(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL };
	struct bytes *big = pattern(3000000, 4);
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds); /* the other end never reads */
	owner_take(&a, wrap(&f, fds[0], ROOMY));
	transport_send(a.t, big);
	transport_close(a.t);
	jump(&f, CLOSE_LINGER_USEC + USEC_PER_SEC, &a.is_ended);
	assert_true(a.is_ended);
	assert_int_equal(a.why, TRANSPORT_BROKEN);
	owner_done(&a);
	(void)bytes_unref(big);
	(void)close(fds[1]);
	net_fixture_done(&f);
}

static void may_be_freed_from_inside(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL, .frees_on_data = true },
		     b = { .t = NULL, .frees_on_end = true };
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds);
	owner_take(&a, wrap(&f, fds[0], 1000));
	owner_take(&b, wrap(&f, fds[1], 1000));
	send_str(a.t, STR("waits when it is freed"));
	send_str(b.t, STR("x"));
	wait_for(&f, &b.is_ended);
	assert_null(a.t);
	assert_null(b.t);
	owner_done(&a);
	owner_done(&b);
	net_fixture_done(&f);
}

static void reset_is_broken(void **state)
{
	struct net_fixture f;
	struct owner a = { .t = NULL };
	int fds[2];

	net_fixture_init(&f);
	socket_pair(fds);
	owner_take(&a, wrap(&f, fds[0], 1000));
	transport_pause(a.t, true);
	(void)close(fds[1]);
	send_str(a.t, STR("into nothing"));
	wait_for(&f, &a.is_ended);
	assert_int_equal(a.why, TRANSPORT_BROKEN);
	owner_done(&a);
	net_fixture_done(&f);
}

/* --- listeners */

struct house {
	struct owner guest[4];
	struct addr client[4];
	unsigned guests, refused;
	unsigned allowed;
	bool has_guest, has_refused;
};

static bool may_accept(void *owner, const struct addr *client)
{
	struct house *h = owner;

	assert_true(client->is_set);
	if (h->guests < h->allowed)
		return true;
	h->refused++;
	h->has_refused = true;
	return false;
}

static void on_accept(void *owner, struct transport *t, const struct addr *client)
{
	struct house *h = owner;

	assert_true(h->guests < array_len(h->guest));
	h->client[h->guests] = *client;
	owner_take(&h->guest[h->guests++], t);
	h->has_guest = true;
}

static void open_house(struct net_fixture *f, struct house *h, const struct addr_nets *proxies,
		       struct listener **ret)
{
	struct listener_config config = { .owner = h,
					  .may_accept = may_accept,
					  .on_accept = on_accept,
					  .output_limit = 1000,
					  .proxies = proxies };

	assert_int_equal(addr_parse(STR("127.0.0.1:0"), &config.addr), OK);
	assert_int_equal(listener_new(f->net, &config, ret), OK);
}

static void house_done(struct house *h)
{
	for (unsigned i = 0; i < h->guests; i++)
		owner_done(&h->guest[i]);
}

static void accepts_within_its_limits(void **state)
{
	struct net_fixture f;
	struct house h = { .allowed = 1 };
	struct owner a = { .t = NULL }, b = { .t = NULL };
	struct listener *l = NULL, *second = NULL;
	struct listener_config again = { .owner = &h, .on_accept = on_accept };
	struct transport *t = NULL;
	struct addr where;

	net_fixture_init(&f);
	open_house(&f, &h, NULL, &l);
	where = listener_address(l);
	assert_true(where.port > 0);
	again.addr = where;
	assert_int_equal(listener_new(f.net, &again, &second), ERR_EXISTS);
	assert_null(second);
	assert_int_equal(tcp_connect(f.net, &where, 1000, &t), OK);
	owner_take(&a, t);
	send_str(a.t, STR("hello"));
	wait_for(&f, &h.has_guest);
	wait_bytes(&f, &h.guest[0], 5);
	assert_int_equal(a.ready, 1);
	assert_true(addr_is_loopback(&h.client[0]));
	assert_int_equal(tcp_connect(f.net, &where, 1000, &t), OK);
	owner_take(&b, t);
	wait_for(&f, &b.is_ended);
	assert_int_equal(h.refused, 1);
	again.is_joining = true;
	assert_int_equal(listener_new(f.net, &again, &second), OK);
	listener_free(&second);
	listener_free(&l);
	owner_done(&a);
	owner_done(&b);
	house_done(&h);
	net_fixture_done(&f);
}

static void connecting_to_nobody_ends(void **state)
{
	struct net_fixture f;
	struct house h = { .allowed = 0 };
	struct listener *l = NULL;
	struct owner a = { .t = NULL };
	struct transport *t = NULL;
	struct addr where;

	net_fixture_init(&f);
	open_house(&f, &h, NULL, &l);
	where = listener_address(l);
	listener_free(&l);
	if (tcp_connect(f.net, &where, 1000, &t) == OK) {
		owner_take(&a, t);
		wait_for(&f, &a.is_ended);
		assert_int_equal(a.why, TRANSPORT_BROKEN);
	}
	owner_done(&a);
	net_fixture_done(&f);
}

static void proxied(struct net_fixture *f, struct str head, bool is_slow, const char *wanted)
{
	struct addr_net net;
	struct addr_nets proxies = { .items = &net, .count = 1 };
	struct house h = { .allowed = 1 };
	struct owner a = { .t = NULL };
	struct listener *l = NULL;
	struct transport *t = NULL;
	struct addr where;

	assert_int_equal(addr_net_parse(STR("127.0.0.0/8"), &net), OK);
	open_house(f, &h, &proxies, &l);
	where = listener_address(l);
	assert_int_equal(tcp_connect(f->net, &where, 10000, &t), OK);
	owner_take(&a, t);
	for (size_t i = 0; is_slow && i < head.len; i++) {
		send_str(a.t, str_sub(head, i, 1));
		wait_msec(f, 2);
	}
	if (!is_slow)
		send_str(a.t, head);
	send_str(a.t, STR("data"));
	if (wanted) {
		wait_for(f, &h.has_guest);
		wait_bytes(f, &h.guest[0], 4);
		assert_true(str_starts(sbuf_str(&h.guest[0].in), STR("data")));
		assert_true(str_eq(transport_peer(h.guest[0].t), str_from(wanted)));
	} else {
		wait_for(f, &a.is_ended);
		assert_int_equal(h.guests, 0);
	}
	listener_free(&l);
	owner_done(&a);
	house_done(&h);
}

static void proxies_name_the_client(void **state)
{
	struct net_fixture f;

	net_fixture_init(&f);
	proxied(&f, STR("PROXY TCP4 192.0.2.7 127.0.0.1 40000 5222\r\n"), false, "192.0.2.7");
	proxied(&f, STR("PROXY TCP4 192.0.2.7 127.0.0.1 40000 5222\r\n"), true, "192.0.2.7");
	proxied(&f, STR("PROXY UNKNOWN\r\n"), true, "127.0.0.1");
	proxied(&f, STR(""), false, "127.0.0.1");
	proxied(&f, STR("PROXY TCP4 nonsense\r\n"), false, NULL);
	net_fixture_done(&f);
}

static void free_of_waiting_proxies(void **state)
{
	struct net_fixture f;
	struct addr_net net;
	struct addr_nets proxies = { .items = &net, .count = 1 };
	struct house h = { .allowed = 1 };
	struct owner a = { .t = NULL };
	struct listener *l = NULL;
	struct transport *t = NULL;
	struct addr where;

	net_fixture_init(&f);
	assert_int_equal(addr_net_parse(STR("127.0.0.1"), &net), OK);
	open_house(&f, &h, &proxies, &l);
	where = listener_address(l);
	assert_int_equal(tcp_connect(f.net, &where, 1000, &t), OK);
	owner_take(&a, t);
	send_str(a.t, STR("PROX"));
	wait_msec(&f, 20);
	assert_int_equal(h.guests, 0);
	listener_free(&l);
	wait_for(&f, &a.is_ended);
	owner_done(&a);
	net_fixture_done(&f);
}

static void survives_want_of_descriptors(void **state)
{
	struct net_fixture f;
	struct house h = { .allowed = 4 };
	struct owner a = { .t = NULL };
	struct listener *l = NULL;
	struct transport *t = NULL;
	struct rlimit before, none;
	struct addr where;
	usec_t cpu;

	net_fixture_init(&f);
	open_house(&f, &h, NULL, &l);
	where = listener_address(l);
	assert_int_equal(tcp_connect(f.net, &where, 1000, &t), OK);
	owner_take(&a, t);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	cpu = clock_thread_cpu();
	wait_msec(&f, 200);
	cpu = clock_thread_cpu() - cpu;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(h.guests, 0);
	assert_true(cpu < 150 * USEC_PER_MSEC); /* it does not spin */
	wait_for(&f, &h.has_guest);
	listener_free(&l);
	owner_done(&a);
	house_done(&h);
	net_fixture_done(&f);
}

UNIT_TESTS(tcp, cmocka_unit_test(queue_keeps_order_and_limit),
	   cmocka_unit_test(carries_bytes_both_ways), cmocka_unit_test(slow_reader_gets_everything),
	   cmocka_unit_test(output_is_bounded), cmocka_unit_test(close_sends_the_rest_first),
	   cmocka_unit_test(close_waits_only_so_long), cmocka_unit_test(may_be_freed_from_inside),
	   cmocka_unit_test(reset_is_broken), cmocka_unit_test(accepts_within_its_limits),
	   cmocka_unit_test(connecting_to_nobody_ends), cmocka_unit_test(proxies_name_the_client),
	   cmocka_unit_test(free_of_waiting_proxies),
	   cmocka_unit_test(survives_want_of_descriptors));
