/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP connections: order, limits, deadlines, bodies, answers. */
#include "unit/net/fixture.h"

#include "net/http.h"

#include <stdio.h>

#define ASK "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"

enum how { AT_ONCE, LATER, READS, STREAMS, READS_NOT };

/* A handler, and a raw client. */
struct site {
	struct net_fixture f;
	struct http *http;
	int fd;
	enum how how;
	uint64_t body_limit;
	struct http_conn *conn; /* of the last request */
	struct sbuf paths, body, got;
	unsigned requests, bodies, gone, parts_left;
	enum err read_result;
	char peer[ADDR_TEXT_MAX];
	struct bytes *part;
	bool has_request, has_body, is_gone;
};

static void on_body(void *arg, struct str part)
{
	struct site *s = arg;

	assert_true(part.len > 0);
	assert_int_equal(sbuf_add(&s->body, part), OK);
}

static void on_body_end(void *arg)
{
	struct site *s = arg;

	s->bodies++;
	s->has_body = true;
	http_respond_text(s->conn, 200, STR("read"));
}

static void on_gone(void *arg)
{
	struct site *s = arg;

	s->gone++;
	s->is_gone = true;
}

static void on_drained(void *arg)
{
	struct site *s = arg;

	if (s->how != STREAMS)
		return;
	if (s->parts_left-- > 0)
		http_write(s->conn, s->part);
	else
		http_end(s->conn);
}

static const struct http_events events = {
	.on_body = on_body, .on_body_end = on_body_end, .on_drained = on_drained, .on_gone = on_gone
};

static void on_request(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct http_answer answer = { .status = 200 };
	struct site *s = owner;

	s->conn = conn;
	s->requests++;
	s->has_request = true;
	(void)snprintf(s->peer, sizeof(s->peer), "%.*s", STR_ARG(request->peer));
	(void)sbuf_add(&s->paths, request->head.path);
	http_listen(conn, &events, s);
	if (s->how == AT_ONCE || s->how == READS_NOT)
		http_respond_text(conn, 200, request->head.path);
	if (s->how == READS) {
		s->read_result = http_read_body(conn, s->body_limit);
		if (s->read_result)
			http_respond_text(conn, 413, STR("too much"));
	}
	if (s->how == STREAMS) {
		http_begin(conn, &answer, (uint64_t)s->part->len * s->parts_left);
		http_write(conn, s->part);
		s->parts_left--;
	}
}

static void dial(struct site *s)
{
	struct addr client;
	int fds[2];

	socket_pair(fds);
	assert_int_equal(addr_parse_ip(STR("192.0.2.7"), &client), OK);
	http_serve(s->http, wrap(&s->f, fds[0], ROOMY), &client);
	s->fd = fds[1];
}

static void site_init(struct site *s, enum how how)
{
	struct http_config config = { .owner = s, .on_request = on_request };

	memset(s, 0, sizeof(*s));
	net_fixture_init(&s->f);
	s->how = how;
	s->body_limit = ROOMY;
	s->paths = s->body = s->got = SBUF(ROOMY);
	s->http = http_new(s->f.net, &config);
	dial(s);
}

static void site_done(struct site *s)
{
	http_free(&s->http);
	(void)close(s->fd);
	sbuf_done(&s->paths);
	sbuf_done(&s->body);
	sbuf_done(&s->got);
	s->part = bytes_unref(s->part);
	net_fixture_done(&s->f);
}

/* Whether the client has got text by and by. */
static bool gets(struct site *s, struct str text)
{
	for (int i = 0; i < 1000 && str_find(sbuf_str(&s->got), text) < 0; i++)
		read_fd(&s->f, s->fd, &s->got, s->got.len + 1);
	return str_find(sbuf_str(&s->got), text) >= 0;
}

static bool is_closed(struct site *s)
{
	char byte;

	for (int i = 0; i < 1000; i++) {
		ssize_t n = recv(s->fd, &byte, 1, 0);

		if (n == 0)
			return true;
		wait_msec(&s->f, 1);
	}
	return false;
}

static unsigned count_in(struct str s, struct str needle)
{
	unsigned n = 0;
	ptrdiff_t at;

	for (; (at = str_find(s, needle)) >= 0; n++)
		s = str_from_at(s, (size_t)at + needle.len);
	return n;
}

static void answers_and_keeps_the_connection(void **state)
{
	struct site s;

	site_init(&s, AT_ONCE);
	write_fd(&s.f, s.fd, STR(ASK));
	assert_true(gets(&s, STR("\r\n\r\n/x")));
	assert_true(str_starts(sbuf_str(&s.got), STR("HTTP/1.1 200 OK\r\nDate: ")));
	assert_true(gets(&s, STR("Content-Length: 2\r\nConnection: keep-alive\r\n")));
	assert_string_equal(s.peer, "192.0.2.7");
	sbuf_reset(&s.got);
	write_fd(&s.f, s.fd,
		 STR("\r\nHEAD /long HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	assert_true(gets(&s, STR("Content-Length: 5\r\nConnection: close\r\n\r\n")));
	assert_true(is_closed(&s));
	assert_true(str_ends(sbuf_str(&s.got), STR("\r\n\r\n"))); /* HEAD: no body */
	assert_int_equal(s.gone, 0);
	(void)close(s.fd);
	dial(&s);
	sbuf_reset(&s.got);
	write_fd(&s.f, s.fd, STR("GET /old HTTP/1.0\r\n\r\n"));
	assert_true(gets(&s, STR("/old")));
	assert_true(is_closed(&s));
	site_done(&s);
}

static void pipelined_requests_stay_in_order(void **state)
{
	struct sbuf many = SBUF(ROOMY), wanted = SBUF(ROOMY);
	struct site s;

	site_init(&s, AT_ONCE);
	for (int i = 0; i < 1000; i++) {
		(void)sbuf_printf(&many, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i);
		(void)sbuf_printf(&wanted, "/%d", i);
	}
	write_fd(&s.f, s.fd, sbuf_str(&many));
	for (int i = 0; i < 1000 && s.requests < 1000; i++)
		read_fd(&s.f, s.fd, &s.got, s.got.len + 1);
	assert_true(str_eq(sbuf_str(&s.paths), sbuf_str(&wanted)));
	sbuf_done(&many);
	sbuf_done(&wanted);
	site_done(&s);
}

static void one_request_at_a_time(void **state)
{
	struct site s;

	site_init(&s, LATER);
	for (int i = 0; i < 3; i++)
		write_fd(&s.f, s.fd, STR(ASK));
	for (unsigned i = 1; i <= 3; i++) {
		wait_msec(&s.f, 50);
		assert_int_equal(s.requests, i);
		http_respond_text(s.conn, 200, STR("later"));
	}
	wait_msec(&s.f, 50);
	read_fd(&s.f, s.fd, &s.got, 300);
	assert_int_equal(count_in(sbuf_str(&s.got), STR("\r\n\r\nlater")), 3);
	site_done(&s);
}

static void flood_behind_a_request_is_bounded(void **state)
{
	struct bytes *junk = pattern(100000, 1);
	size_t total = 0;
	struct site s;

	site_init(&s, LATER);
	write_fd(&s.f, s.fd, STR(ASK));
	wait_for(&s.f, &s.has_request);
	for (int i = 0; i < 100; i++) {
		ssize_t n = send(s.fd, junk->data, junk->len, MSG_NOSIGNAL);

		total += n > 0 ? (size_t)n : 0;
		wait_msec(&s.f, 1);
	}
	assert_true(total < 2 * MIB); /* the rest waits in the kernel */
	(void)bytes_unref(junk);
	site_done(&s);
}

static void refuse_one(struct str request, struct str status)
{
	struct site s;

	site_init(&s, AT_ONCE);
	write_fd(&s.f, s.fd, request);
	assert_true(gets(&s, status));
	assert_true(is_closed(&s));
	assert_int_equal(s.requests, 0);
	site_done(&s);
}

static void refuses_and_closes(void **state)
{
	refuse_one(STR("GET / HTTP/1.1\n"), STR("HTTP/1.1 400 Bad Request\r\n"));
	refuse_one(STR("GET / HTTP/1.1\r\n\r\n"), STR("HTTP/1.1 400 "));
	refuse_one(STR("\x16\x03\x01\0\x05"), STR("HTTP/1.1 400 "));
	refuse_one(STR("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"),
		   STR("HTTP/1.1 400 "));
	refuse_one(STR("PRI * HTTP/2.0\r\n\r\n"), STR("HTTP/1.1 505 "));
}

static void reads_bodies(void **state)
{
	struct bytes *big = pattern(700000, 9);
	struct sbuf head = SBUF(KIB);
	struct site s;

	site_init(&s, READS);
	(void)sbuf_printf(&head, "PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: %u\r\n\r\n",
			  big->len);
	write_fd(&s.f, s.fd, sbuf_str(&head));
	write_fd(&s.f, s.fd, bytes_str(big));
	assert_true(gets(&s, STR("\r\n\r\nread")));
	assert_true(str_eq(sbuf_str(&s.body), bytes_str(big)));
	sbuf_reset(&s.body);
	write_fd(
		&s.f, s.fd,
		STR("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde"
		    "\r\n0\r\n\r\nPUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nf" ASK));
	wait_msec(&s.f, 10);
	assert_true(str_eq(sbuf_str(&s.body), STR("abcdef")));
	assert_int_equal(s.requests, 4);
	assert_int_equal(s.bodies, 4); /* an empty one ends too */
	assert_int_equal(s.gone, 0);
	sbuf_done(&head);
	(void)bytes_unref(big);
	site_done(&s);
}

static void bodies_are_bounded(void **state)
{
	struct site s;

	site_init(&s, READS);
	s.body_limit = 10;
	write_fd(&s.f, s.fd, STR("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n"));
	assert_true(gets(&s, STR("HTTP/1.1 413 ")));
	assert_int_equal(s.read_result, ERR_TOO_BIG);
	write_fd(&s.f, s.fd, STR("0123456789a"));
	sbuf_reset(&s.got);
	write_fd(&s.f, s.fd,
		 STR("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		     "6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n"));
	assert_true(gets(&s, STR("HTTP/1.1 413 ")));
	assert_int_equal(s.gone, 1);
	assert_int_equal(s.bodies, 0);
	assert_true(is_closed(&s));
	site_done(&s);
}

static void continues_only_for_those_who_read(void **state)
{
	struct site s;

	site_init(&s, READS);
	write_fd(&s.f, s.fd,
		 STR("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
		     "Expect: 100-continue\r\n\r\n"));
	assert_true(gets(&s, STR("HTTP/1.1 100 Continue\r\n\r\n")));
	write_fd(&s.f, s.fd, STR("ab"));
	assert_true(gets(&s, STR("HTTP/1.1 200 OK\r\n")));
	site_done(&s);
	site_init(&s, READS_NOT);
	write_fd(&s.f, s.fd,
		 STR("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
		     "Expect: 100-continue\r\n\r\n"));
	assert_true(gets(&s, STR("Connection: close\r\n")));
	assert_int_equal(count_in(sbuf_str(&s.got), STR("100 Continue")), 0);
	assert_true(is_closed(&s));
	site_done(&s);
}

static void unread_bodies_do_not_become_requests(void **state)
{
	struct site s;

	site_init(&s, READS_NOT);
	write_fd(&s.f, s.fd,
		 STR("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 28\r\n\r\n" ASK ASK));
	wait_msec(&s.f, 10);
	assert_true(str_eq(sbuf_str(&s.paths), STR("/a/x"))); /* one of the two was the body */
	write_fd(&s.f, s.fd,
		 STR("POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" ASK));
	assert_true(gets(&s, STR("Connection: close\r\n")));
	assert_true(is_closed(&s));
	assert_int_equal(s.requests, 3);
	site_done(&s);
}

static void streams_a_long_answer(void **state)
{
	struct site s;

	site_init(&s, STREAMS);
	s.part = pattern(50000, 3);
	s.parts_left = 100;
	write_fd(&s.f, s.fd, STR("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
	read_fd(&s.f, s.fd, &s.got, 5000000 + 300);
	assert_true(s.got.len > 5000000 && s.got.len < 5000300);
	assert_memory_equal(s.got.ptr + s.got.len - 50000, s.part->data, 50000);
	assert_true(is_closed(&s));
	assert_int_equal(s.gone, 0);
	site_done(&s);
}

static void broken_answer_is_told(void **state)
{
	struct site s;

	site_init(&s, STREAMS);
	s.part = pattern(500000, 3);
	s.parts_left = 100;
	write_fd(&s.f, s.fd, STR(ASK));
	wait_for(&s.f, &s.has_request);
	(void)shutdown(s.fd, SHUT_RDWR);
	wait_for(&s.f, &s.is_gone);
	assert_int_equal(s.gone, 1);
	assert_int_equal(http_count(s.http), 0);
	site_done(&s);
}

static void slow_requests_end(void **state)
{
	struct site s;

	site_init(&s, AT_ONCE);
	write_fd(&s.f, s.fd, STR("GET / HT"));
	wait_msec(&s.f, 50);
	pass(&s.f, HTTP_HEAD_USEC / 2);
	write_fd(&s.f, s.fd, STR("T")); /* a drop does not buy time */
	wait_msec(&s.f, 50);
	assert_int_equal(http_count(s.http), 1);
	pass(&s.f, HTTP_HEAD_USEC);
	assert_true(gets(&s, STR("HTTP/1.1 408 ")));
	assert_true(is_closed(&s));
	(void)close(s.fd);
	dial(&s);
	pass(&s.f, HTTP_IDLE_USEC);
	assert_true(is_closed(&s));
	(void)close(s.fd);
	s.how = READS;
	dial(&s);
	write_fd(&s.f, s.fd, STR("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\na"));
	wait_for(&s.f, &s.has_request);
	pass(&s.f, HTTP_STALL_USEC);
	assert_true(gets(&s, STR("HTTP/1.1 408 ")));
	assert_int_equal(s.gone, 1);
	site_done(&s);
}

static void slow_readers_end(void **state)
{
	struct site s;

	site_init(&s, STREAMS);
	s.part = pattern(8000000, 1);
	s.parts_left = 2;
	write_fd(&s.f, s.fd, STR(ASK));
	wait_for(&s.f, &s.has_request);
	wait_msec(&s.f, 50);
	pass(&s.f, HTTP_STALL_USEC);
	assert_int_equal(s.gone, 0);
	pass(&s.f, 2 * HTTP_STALL_USEC + USEC_PER_SEC); /* the clock stood back in between */
	assert_int_equal(s.gone, 1);
	assert_int_equal(http_count(s.http), 0);
	site_done(&s);
}

static void drains(void **state)
{
	struct site s;
	int idle;

	site_init(&s, LATER);
	idle = s.fd;
	dial(&s);
	write_fd(&s.f, s.fd, STR(ASK));
	wait_for(&s.f, &s.has_request);
	http_drain(s.http);
	assert_int_equal(http_count(s.http), 2);
	http_respond_text(s.conn, 200, STR("bye"));
	assert_true(gets(&s, STR("Connection: close\r\n")));
	assert_true(is_closed(&s));
	(void)close(s.fd);
	s.fd = idle;
	assert_true(is_closed(&s));
	site_done(&s);
}

UNIT_TESTS(http, cmocka_unit_test(answers_and_keeps_the_connection),
	   cmocka_unit_test(pipelined_requests_stay_in_order),
	   cmocka_unit_test(one_request_at_a_time),
	   cmocka_unit_test(flood_behind_a_request_is_bounded),
	   cmocka_unit_test(refuses_and_closes), cmocka_unit_test(reads_bodies),
	   cmocka_unit_test(bodies_are_bounded),
	   cmocka_unit_test(continues_only_for_those_who_read),
	   cmocka_unit_test(unread_bodies_do_not_become_requests),
	   cmocka_unit_test(streams_a_long_answer), cmocka_unit_test(broken_answer_is_told),
	   cmocka_unit_test(slow_requests_end), cmocka_unit_test(slow_readers_end),
	   cmocka_unit_test(drains));
