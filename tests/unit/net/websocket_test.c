/* SPDX-License-Identifier: Apache-2.0 */
/* WebSockets: the upgrade, and what a hostile client can do with frames. */
#include "unit/net/fixture.h"

#include "net/websocket.h"
#include "net/websocket_deflate.h"
#include "net/websocket_frame.h"

#define UPGRADE                                                                                    \
	"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"             \
	"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define XMPP    "Sec-WebSocket-Protocol: chat, xmpp\r\n"
#define DEFLATE "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"

enum { LIMIT = 10000 /* bytes, of a message */ };

struct room {
	struct net_fixture f;
	struct http *http;
	struct owner o;
	struct sbuf got;
	int fd;
	struct websocket_config config;
	enum err result;
	bool has_request;
};

static void on_request(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct transport *t = NULL;
	struct room *r = owner;

	r->has_request = true;
	r->result = websocket_accept(conn, request, &r->config, &t);
	if (r->result == OK)
		owner_take(&r->o, t);
	else
		assert_null(t);
}

static bool may_connect(void *owner, struct str origin, const struct http_request *request)
{
	return str_is_empty(origin) || str_eq(origin, STR("https://a"));
}

static void room_init(struct room *r, struct str upgrade)
{
	struct http_config config = { .owner = r, .on_request = on_request };
	struct addr client;
	int fds[2];

	memset(r, 0, sizeof(*r));
	net_fixture_init(&r->f);
	r->got = SBUF(ROOMY);
	r->config = (struct websocket_config){ .protocol = STR("xmpp"),
					       .may_connect = may_connect,
					       .message_limit = LIMIT,
					       .has_deflate = true };
	r->http = http_new(r->f.net, &config);
	socket_pair(fds);
	assert_int_equal(addr_parse_ip(STR("192.0.2.7"), &client), OK);
	http_serve(r->http, wrap(&r->f, fds[0], ROOMY), &client);
	r->fd = fds[1];
	write_fd(&r->f, r->fd, upgrade);
	wait_for(&r->f, &r->has_request);
	for (int i = 0; i < 100 && str_find(sbuf_str(&r->got), STR("\r\n\r\n")) < 0; i++)
		read_fd(&r->f, r->fd, &r->got, r->got.len + 1);
}

static void room_done(struct room *r)
{
	owner_done(&r->o);
	http_free(&r->http);
	(void)close(r->fd);
	sbuf_done(&r->got);
	net_fixture_done(&r->f);
}

/* An open connection, its answer read away. */
static void room_open(struct room *r, bool has_deflate)
{
	room_init(r, has_deflate ? STR(UPGRADE XMPP DEFLATE "\r\n") : STR(UPGRADE XMPP "\r\n"));
	assert_int_equal(r->result, OK);
	sbuf_reset(&r->got);
}

/* Appends a client's frame; first: FIN, RSV and opcode as they stand on the wire. */
static void add_frame(struct sbuf *out, unsigned first, struct str payload)
{
	static const char mask[4] = { 0x12, 0x34, 0x56, 0x78 };
	uint8_t head[WEBSOCKET_HEAD_MAX];
	size_t len = websocket_frame_head(head, 0, false, payload.len);

	head[0] = (uint8_t)first;
	head[1] |= 0x80;
	(void)sbuf_add(out, str_make((const char *)head, len));
	(void)sbuf_add(out, str_make(mask, sizeof(mask)));
	for (size_t i = 0; i < payload.len; i++)
		(void)sbuf_add_char(out, (char)(payload.ptr[i] ^ mask[i % 4]));
}

static void put(struct room *r, unsigned first, struct str payload)
{
	struct sbuf out = SBUF(ROOMY);

	add_frame(&out, first, payload);
	write_fd(&r->f, r->fd, sbuf_str(&out));
	sbuf_done(&out);
}

/* The client sees this close code, and the owner this end. */
static void expect_close(struct room *r, unsigned code, enum transport_end why)
{
	char frame[4] = { (char)0x88, 2, (char)(code >> 8), (char)code };

	read_fd(&r->f, r->fd, &r->got, r->got.len + 4);
	assert_true(r->got.len >= 4);
	assert_memory_equal(r->got.ptr + r->got.len - 4, frame, 4);
	(void)close(r->fd);
	r->fd = -1;
	wait_for(&r->f, &r->o.is_ended);
	assert_int_equal(r->o.why, why);
}

/* This frame alone ends an open connection. */
static void refuse_frame(unsigned first, struct str payload, unsigned code)
{
	struct room r;

	room_open(&r, false);
	put(&r, first, payload);
	expect_close(&r, code, TRANSPORT_PROTOCOL);
	assert_int_equal(r.o.messages, 0);
	room_done(&r);
}

static void upgrades(void **state)
{
	struct room r;

	room_init(&r, STR(UPGRADE XMPP "Origin: https://a\r\n\r\n"));
	assert_int_equal(r.result, OK);
	assert_true(str_starts(sbuf_str(&r.got), STR("HTTP/1.1 101 ")));
	assert_true(str_find(sbuf_str(&r.got), STR("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n")) > 0);
	assert_true(str_find(sbuf_str(&r.got), STR("Sec-WebSocket-Protocol: xmpp\r\n")) > 0);
	assert_true(str_find(sbuf_str(&r.got), STR("Extensions")) < 0);
	assert_true(transport_is_framed(r.o.t));
	assert_false(transport_is_secure(r.o.t));
	assert_true(str_eq(transport_peer(r.o.t), STR("192.0.2.7")));
	assert_int_equal(http_count(r.http), 0);
	room_done(&r);
}

static void refuse_upgrade(struct str request, enum err e, struct str status)
{
	struct room r;

	room_init(&r, request);
	assert_int_equal(r.result, e);
	assert_true(str_starts(sbuf_str(&r.got), status));
	room_done(&r);
}

static void refuses_other_upgrades(void **state)
{
	refuse_upgrade(STR(UPGRADE "\r\n"), ERR_INVALID, STR("HTTP/1.1 400 "));
	refuse_upgrade(STR(UPGRADE "Sec-WebSocket-Protocol: chat\r\n\r\n"), ERR_INVALID,
		       STR("HTTP/1.1 400 "));
	refuse_upgrade(STR(UPGRADE XMPP "Origin: https://evil\r\n\r\n"), ERR_DENIED,
		       STR("HTTP/1.1 403 "));
	refuse_upgrade(STR(UPGRADE XMPP "Origin: null\r\n\r\n"), ERR_DENIED, STR("HTTP/1.1 403 "));
	refuse_upgrade(STR("GET / HTTP/1.1\r\nHost: a\r\n" XMPP "\r\n"), ERR_UNSUPPORTED,
		       STR("HTTP/1.1 426 "));
	refuse_upgrade(
		STR("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
		    "Sec-WebSocket-Version: 8\r\n" XMPP "\r\n"),
		ERR_UNSUPPORTED, STR("HTTP/1.1 426 "));
	refuse_upgrade(
		STR("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
		    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n" XMPP "\r\n"),
		ERR_INVALID, STR("HTTP/1.1 400 "));
}

static void carries_messages(void **state)
{
	char long_text[8000];
	struct room r;

	memset(long_text, 'z', sizeof(long_text));
	room_open(&r, false);
	put(&r, 0x81, STR("<open/>"));
	put(&r, 0x81, str_make(long_text, 200));
	put(&r, 0x81, str_make(long_text, sizeof(long_text)));
	wait_bytes(&r.f, &r.o, 8207);
	assert_int_equal(r.o.messages, 3);
	send_str(r.o.t, STR("short"));
	send_str(r.o.t, str_make(long_text, 300));
	read_fd(&r.f, r.fd, &r.got, 7 + 304);
	assert_memory_equal(r.got.ptr, "\x81\x05short\x81\x7e\x01\x2c", 11);
	assert_int_equal(r.got.len, 7 + 304);
	room_done(&r);
}

static void joins_frames_cut_anywhere(void **state)
{
	struct sbuf all = SBUF(ROOMY);
	struct room r;

	add_frame(&all, 0x81, STR("one"));
	add_frame(&all, 0x01, STR("tw"));
	add_frame(&all, 0x89, STR("ping"));
	add_frame(&all, 0x80, STR("o"));
	add_frame(&all, 0x81, STR(""));
	room_open(&r, false);
	for (size_t step = 1; step <= all.len; step++) {
		struct str rest = sbuf_str(&all);

		sbuf_reset(&r.o.in);
		sbuf_reset(&r.got);
		r.o.messages = 0;
		for (; rest.len; rest = str_from_at(rest, step)) {
			write_fd(&r.f, r.fd, str_sub(rest, 0, step));
			wait_msec(&r.f, 1);
		}
		wait_msec(&r.f, 2);
		assert_int_equal(r.o.messages, 3);
		assert_true(str_eq(sbuf_str(&r.o.in), STR("onetwo")));
		read_fd(&r.f, r.fd, &r.got, 6);
		assert_true(str_eq(sbuf_str(&r.got), STR("\x8a\x04ping")));
	}
	sbuf_done(&all);
	room_done(&r);
}

static void takes_what_came_behind_the_upgrade(void **state)
{
	struct sbuf all = SBUF(ROOMY);
	struct room r;

	(void)sbuf_lit(&all, UPGRADE XMPP "\r\n");
	add_frame(&all, 0x81, STR("early"));
	add_frame(&all, 0x81, STR("bird"));
	all.len -= 2;
	room_init(&r, sbuf_str(&all));
	wait_bytes(&r.f, &r.o, 5);
	write_fd(&r.f, r.fd, str_make(all.ptr + all.len, 2));
	wait_bytes(&r.f, &r.o, 9);
	assert_true(str_eq(sbuf_str(&r.o.in), STR("earlybird")));
	sbuf_done(&all);
	room_done(&r);
}

static void refuses_odd_frames(void **state)
{
	char text[LIMIT + 1];

	memset(text, 'a', sizeof(text));
	refuse_frame(0x82, STR("binary"), WEBSOCKET_UNSUPPORTED);
	refuse_frame(0x80, STR("continues nothing"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x83, STR("reserved"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x8b, STR("reserved"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0xa1, STR("RSV2"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x91, STR("RSV3"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0xc1, STR("not negotiated"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x09, STR("a ping in parts"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x89, str_make(text, 126), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x81, STR("\xc3("), WEBSOCKET_BAD_DATA);
	refuse_frame(0x81, STR("\xed\xa0\x80"), WEBSOCKET_BAD_DATA);
	refuse_frame(0x81, str_make(text, sizeof(text)), WEBSOCKET_TOO_BIG);
	refuse_frame(0x88, STR("x"), WEBSOCKET_PROTOCOL_ERROR);
	refuse_frame(0x88, STR("\x03\xed"), WEBSOCKET_PROTOCOL_ERROR); /* 1005 */
	refuse_frame(0x88, STR("\x03\xe8\xff"), WEBSOCKET_BAD_DATA);
}

static void refuses_unmasked_and_odd_lengths(void **state)
{
	static const struct str bad[] = {
		STR_INIT("\x81\x02hi"),
		STR_INIT("\x81\xfe\0\x05mask"),
		STR_INIT("\x81\xff\0\0\0\0\0\0\x01\0mask"),
		STR_INIT("\x81\xff\x80\0\0\0\0\0\0\0mask"),
	};
	struct room r;

	for (size_t i = 0; i < array_len(bad); i++) {
		room_open(&r, false);
		write_fd(&r.f, r.fd, bad[i]);
		expect_close(&r, WEBSOCKET_PROTOCOL_ERROR, TRANSPORT_PROTOCOL);
		room_done(&r);
	}
	room_open(&r, false); /* a huge one is refused by its head */
	write_fd(&r.f, r.fd, STR("\x81\xff\0\0\0\x7f\xff\xff\xff\xffmask"));
	expect_close(&r, WEBSOCKET_TOO_BIG, TRANSPORT_PROTOCOL);
	room_done(&r);
}

static void fragments_are_bounded(void **state)
{
	char text[LIMIT];
	struct room r;

	memset(text, 'a', sizeof(text));
	room_open(&r, false);
	put(&r, 0x01, str_make(text, LIMIT));
	put(&r, 0x00, STR("a"));
	expect_close(&r, WEBSOCKET_TOO_BIG, TRANSPORT_PROTOCOL);
	room_done(&r);
	room_open(&r, false);
	put(&r, 0x01, STR("a"));
	for (int i = 1; i <= WEBSOCKET_FRAGMENTS_MAX; i++)
		put(&r, 0x00, STR(""));
	expect_close(&r, WEBSOCKET_POLICY, TRANSPORT_PROTOCOL);
	room_done(&r);
	room_open(&r, false);
	put(&r, 0x01, STR("a"));
	put(&r, 0x01, STR("a second beginning"));
	expect_close(&r, WEBSOCKET_PROTOCOL_ERROR, TRANSPORT_PROTOCOL);
	room_done(&r);
	room_open(&r, false); /* a character may be cut, a message not */
	put(&r, 0x01, STR("\xc3"));
	put(&r, 0x80, STR("\xa9"));
	wait_bytes(&r.f, &r.o, 2);
	put(&r, 0x01, STR("\xc3"));
	put(&r, 0x80, STR("("));
	expect_close(&r, WEBSOCKET_BAD_DATA, TRANSPORT_PROTOCOL);
	room_done(&r);
}

static void control_flood_ends(void **state)
{
	struct room r;

	room_open(&r, false);
	for (int i = 0; i <= WEBSOCKET_CONTROL_MAX; i++)
		put(&r, i % 2 ? 0x89 : 0x8a, STR("x"));
	wait_msec(&r.f, 20);
	read_fd(&r.f, r.fd, &r.got, 3 * WEBSOCKET_CONTROL_MAX / 2);
	expect_close(&r, WEBSOCKET_POLICY, TRANSPORT_PROTOCOL);
	room_done(&r);
	room_open(&r, false); /* the same over a longer time is fine */
	for (int i = 0; i <= WEBSOCKET_CONTROL_MAX; i++) {
		put(&r, 0x8a, STR(""));
		if (i == WEBSOCKET_CONTROL_MAX / 2) {
			wait_msec(&r.f, 5);
			pass(&r.f, WEBSOCKET_CONTROL_USEC);
			clock_fake(clock_now() + WEBSOCKET_CONTROL_USEC + USEC_PER_SEC, wall_now());
		}
	}
	put(&r, 0x81, STR("x"));
	r.o.wanted = 1;
	(void)alarm(20);
	loop_run_until(r.f.loop, &r.o.has_wanted, PATIENCE_USEC);
	(void)alarm(0);
	clock_real();
	assert_false(r.o.is_ended);
	room_done(&r);
}

static void closes_in_order(void **state)
{
	struct room r;

	room_open(&r, false);
	put(&r, 0x88, STR("\x03\xe9going"));
	put(&r, 0x81, STR("nobody hears this"));
	expect_close(&r, 1001, TRANSPORT_CLOSED);
	assert_int_equal(r.o.messages, 0);
	room_done(&r);
	room_open(&r, false);
	send_str(r.o.t, STR("last"));
	websocket_close(r.o.t, WEBSOCKET_GOING_AWAY);
	send_str(r.o.t, STR("too late"));
	read_fd(&r.f, r.fd, &r.got, 6);
	expect_close(&r, WEBSOCKET_GOING_AWAY, TRANSPORT_CLOSED);
	room_done(&r);
	room_open(&r, false);
	(void)close(r.fd);
	r.fd = -1;
	wait_for(&r.f, &r.o.is_ended);
	assert_int_equal(r.o.why, TRANSPORT_BROKEN);
	room_done(&r);
}

static void may_be_freed_from_inside(void **state)
{
	struct sbuf all = SBUF(ROOMY);
	struct room r;

	add_frame(&all, 0x01, STR("in "));
	add_frame(&all, 0x80, STR("parts"));
	add_frame(&all, 0x81, STR("never"));
	room_open(&r, false);
	r.o.frees_on_data = true;
	write_fd(&r.f, r.fd, sbuf_str(&all));
	wait_bytes(&r.f, &r.o, 8);
	assert_null(r.o.t);
	assert_true(str_eq(sbuf_str(&r.o.in), STR("in parts")));
	sbuf_done(&all);
	room_done(&r);
}

static void compresses_without_context(void **state)
{
	char text[4000];
	struct websocket_deflate *d = NULL;
	struct sbuf packed = SBUF(ROOMY), plain = SBUF(ROOMY);
	struct room r;

	memset(text, 'q', sizeof(text));
	room_open(&r, true);
	send_str(r.o.t, str_make(text, sizeof(text))); /* not before it is allowed */
	read_fd(&r.f, r.fd, &r.got, 4004);
	assert_int_equal((uint8_t)r.got.ptr[0], 0x81);
	websocket_allow_deflate(r.o.t);
	for (int i = 0; i < 3; i++) { /* the same each time: no context is kept */
		sbuf_reset(&r.got);
		sbuf_reset(&plain);
		send_str(r.o.t, str_make(text, sizeof(text)));
		read_fd(&r.f, r.fd, &r.got, 3);
		assert_int_equal((uint8_t)r.got.ptr[0], 0xc1);
		assert_int_equal((uint8_t)r.got.ptr[1], r.got.len - 2);
		assert_int_equal(
			websocket_deflate_unpack(&d, str_from_at(sbuf_str(&r.got), 2), &plain), OK);
		assert_true(str_eq(sbuf_str(&plain), str_make(text, sizeof(text))));
	}
	sbuf_reset(&r.got);
	send_str(r.o.t, str_make(text, WEBSOCKET_DEFLATE_MIN)); /* too short to be worth it */
	read_fd(&r.f, r.fd, &r.got, 4);
	assert_int_equal((uint8_t)r.got.ptr[0], 0x81);
	assert_int_equal(websocket_deflate_pack(&d, str_make(text, sizeof(text)), &packed), OK);
	for (int i = 0; i < 3; i++) {
		sbuf_reset(&r.o.in);
		put(&r, 0xc1, sbuf_str(&packed));
		wait_bytes(&r.f, &r.o, sizeof(text));
		assert_memory_equal(r.o.in.ptr, text, sizeof(text));
	}
	sbuf_reset(&r.o.in);
	put(&r, 0x41, str_sub(sbuf_str(&packed), 0, 5)); /* compressed and in parts */
	put(&r, 0x80, str_from_at(sbuf_str(&packed), 5));
	wait_bytes(&r.f, &r.o, sizeof(text));
	sbuf_done(&packed);
	sbuf_done(&plain);
	websocket_deflate_free(&d);
	room_done(&r);
}

/* Packs len times 'x' and sends it. */
static void send_bomb(struct room *r, size_t len)
{
	struct websocket_deflate *d = NULL;
	struct sbuf packed = SBUF(ROOMY);
	char *text = mem_alloc(len);

	memset(text, 'x', len);
	assert_int_equal(websocket_deflate_pack(&d, str_make(text, len), &packed), OK);
	assert_true(packed.len <= LIMIT);
	put(r, 0xc1, sbuf_str(&packed));
	mem_free(text);
	sbuf_done(&packed);
	websocket_deflate_free(&d);
}

static void inflate_bomb_is_bounded(void **state)
{
	struct room r;

	room_open(&r, true);
	send_bomb(&r, LIMIT);
	wait_bytes(&r.f, &r.o, LIMIT);
	send_bomb(&r, LIMIT + 1);
	expect_close(&r, WEBSOCKET_TOO_BIG, TRANSPORT_PROTOCOL);
	room_done(&r);
	room_open(&r, true);
	send_bomb(&r, 5000000);
	expect_close(&r, WEBSOCKET_TOO_BIG, TRANSPORT_PROTOCOL);
	assert_int_equal(r.o.in.len, 0);
	room_done(&r);
	room_open(&r, true);
	put(&r, 0xc1, STR("\xff\xff\xff no deflate"));
	expect_close(&r, WEBSOCKET_BAD_DATA, TRANSPORT_PROTOCOL);
	room_done(&r);
}

UNIT_TESTS(websocket, cmocka_unit_test(upgrades), cmocka_unit_test(refuses_other_upgrades),
	   cmocka_unit_test(carries_messages), cmocka_unit_test(joins_frames_cut_anywhere),
	   cmocka_unit_test(takes_what_came_behind_the_upgrade),
	   cmocka_unit_test(refuses_odd_frames), cmocka_unit_test(refuses_unmasked_and_odd_lengths),
	   cmocka_unit_test(fragments_are_bounded), cmocka_unit_test(control_flood_ends),
	   cmocka_unit_test(closes_in_order), cmocka_unit_test(may_be_freed_from_inside),
	   cmocka_unit_test(compresses_without_context), cmocka_unit_test(inflate_bomb_is_bounded));
