/* SPDX-License-Identifier: Apache-2.0 */
/* Several addresses at once: RFC 8305. */
#include "unit/net/fixture.h"

#include "resolve/race.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

struct finish {
	bool is_over;
	int fd, error;
	struct addr to;
};

static void on_finish(void *owner, int fd, const struct addr *to, int error)
{
	struct finish *f = owner;

	assert_false(f->is_over);
	f->is_over = true;
	f->fd = fd;
	f->error = error;
	if (to)
		f->to = *to;
}

static struct addr at(const char *text)
{
	struct addr a;

	assert_int_equal(addr_parse(str_from(text), &a), OK);
	return a;
}

/* A listener of loopback; is_full: its queue is, so that nobody gets an answer any more. */
static int listens(struct addr *ret_at, int fill[2])
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000001) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*ret_at = addr_from_sockaddr((struct sockaddr *)&in, len);
	for (int i = 0; fill && i < 2; i++) {
		fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(fill[i], (struct sockaddr *)&in, len);
	}
	return fd;
}

static void interleaves(void **state)
{
	struct addr a[] = { at("10.0.0.1:1"), at("10.0.0.2:1"), at("[fd00::1]:1"),
			    at("[fd00::2]:1"), at("[fd00::3]:1") };
	static const uint8_t last[] = { 1, 1, 2, 2, 3 };

	race_interleave(a, array_len(a));
	for (size_t i = 0; i < array_len(a); i++) {
		assert_int_equal(addr_is_v4(&a[i]), i % 2 == 1);
		assert_int_equal(a[i].ip[15], last[i]);
	}
	race_interleave(a, 0);
}

static void refusals_do_not_wait(void **state)
{
	struct finish f = { .fd = -1 };
	struct net_fixture net;
	struct addr to[3];
	struct race *r;
	usec_t begin = clock_now();
	int fd;

	net_fixture_init(&net);
	(void)close(listens(&to[0], NULL));
	(void)close(listens(&to[1], NULL));
	fd = listens(&to[2], NULL);
	r = race_new(net.loop, to, 3, on_finish, &f);
	assert_false(f.is_over);
	wait_for(&net, &f.is_over);
	assert_true(f.fd >= 0);
	assert_int_equal(f.to.port, to[2].port);
	assert_true(clock_now() >= begin);
	(void)close(f.fd);
	race_free(&r);
	f = (struct finish){ .fd = -1 };
	r = race_new(net.loop, to, 2, on_finish, &f);
	wait_for(&net, &f.is_over);
	assert_int_equal(f.fd, -1);
	assert_int_equal(f.error, ECONNREFUSED);
	race_free(&r);
	(void)close(fd);
	net_fixture_done(&net);
}

static void the_silent_one_loses(void **state)
{
	struct finish f = { .fd = -1 };
	struct net_fixture net;
	struct addr to[2];
	struct race *r;
	int fill[2], silent, fd;

	net_fixture_init(&net);
	silent = listens(&to[0], fill);
	fd = listens(&to[1], NULL);
	r = race_new(net.loop, to, 2, on_finish, &f);
	wait_for(&net, &f.is_over);
	assert_int_equal(f.to.port, to[1].port);
	(void)close(f.fd);
	race_free(&r);
	/* Alone it ends the race by its silence. */
	f = (struct finish){ .fd = -1 };
	r = race_new(net.loop, to, 1, on_finish, &f);
	wait_msec(&net, 1);
	assert_false(f.is_over);
	pass(&net, RACE_ANSWER_USEC);
	assert_true(f.is_over);
	assert_int_equal(f.fd, -1);
	assert_int_equal(f.error, ETIMEDOUT);
	race_free(&r);
	r = race_new(net.loop, to, 2, on_finish, &f);
	race_free(&r); /* in the middle */
	assert_null(r);
	for (int i = 0; i < 2; i++)
		(void)close(fill[i]);
	(void)close(silent);
	(void)close(fd);
	net_fixture_done(&net);
}

UNIT_TESTS(race, cmocka_unit_test(interleaves), cmocka_unit_test(refusals_do_not_wait),
	   cmocka_unit_test(the_silent_one_loses));
