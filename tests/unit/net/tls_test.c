/* SPDX-License-Identifier: Apache-2.0 */
/* TLS transports against ourselves and against OpenSSL's own record layer. */
#include "unit/net/tls_fixture.h"

#include "base/metric.h"

#include <openssl/err.h>

static const struct str alpn_xmpp[] = { STR_INIT("xmpp-client"), { .ptr = NULL } };
static const struct str alpn_both[] = { STR_INIT("h2"), STR_INIT("xmpp-client"), { .ptr = NULL } };
static const struct str alpn_http[] = { STR_INIT("h2"), STR_INIT("http/1.1"), { .ptr = NULL } };

/* Both ends ours. */
struct couple {
	struct owner server, client;
};

static void couple_start(struct couple *c, struct tls_fixture *f, const struct str *served,
			 const struct tls_want *want)
{
	struct transport *t = NULL;
	int fd = tls_server_end(f, &c->server, served, ROOMY);

	assert_int_equal(transport_tls_connect(f->net.net, wrap(&f->net, fd, ROOMY), f->client,
					       want, &t),
			 OK);
	owner_take(&c->client, t);
}

static void couple_done(struct couple *c)
{
	owner_done(&c->server);
	owner_done(&c->client);
}

static const struct tls_want plain_want = { .name = STR_INIT("localhost"), .output_limit = ROOMY };

static void echo(struct tls_fixture *f, const char *version)
{
	struct couple c = { .server.t = NULL };
	struct bytes *big = pattern(1500000, 5);
	uint8_t mine[CHANNEL_BINDING_MAX], theirs[CHANNEL_BINDING_MAX];
	size_t len = strcmp(version, "TLSv1.3") == 0 ? 32 : 0;

	couple_start(&c, f, NULL, &plain_want);
	assert_int_equal(transport_binding(c.server.t, CB_TLS_SERVER_END_POINT, mine), 0);
	assert_false(transport_is_secure(c.server.t));
	send_str(c.client.t, STR("before the handshake is done"));
	wait_bytes(&f->net, &c.server, 28);
	wait_for(&f->net, &c.server.is_ready);
	assert_true(str_eq(tls_version(c.server.t), str_from(version)));
	assert_int_equal(tls_state(c.server.t), TLS_OPENSSL);
	assert_true(transport_is_secure(c.server.t));
	transport_send(c.server.t, big);
	wait_bytes(&f->net, &c.client, big->len);
	assert_memory_equal(c.client.in.ptr, big->data, big->len);
	assert_int_equal(c.server.drained, 1);
	assert_int_equal(transport_unsent(c.server.t), 0);
	assert_int_equal(transport_binding(c.server.t, CB_TLS_EXPORTER, mine), len);
	assert_int_equal(transport_binding(c.client.t, CB_TLS_EXPORTER, theirs), len);
	assert_memory_equal(mine, theirs, len);
	assert_int_equal(transport_binding(c.server.t, CB_TLS_SERVER_END_POINT, mine), 32);
	assert_int_equal(transport_binding(c.client.t, CB_TLS_SERVER_END_POINT, theirs), 32);
	assert_memory_equal(mine, theirs, 32);
	assert_true(str_eq(transport_peer(c.server.t), STR("127.0.0.1")));
	transport_close(c.client.t);
	wait_for(&f->net, &c.server.is_ended);
	assert_int_equal(c.server.why, TRANSPORT_CLOSED);
	wait_for(&f->net, &c.client.is_ended);
	assert_int_equal(c.client.why, TRANSPORT_CLOSED);
	couple_done(&c);
	(void)bytes_unref(big);
}

static void speaks_13(void **state)
{
	struct tls_fixture f;
	int64_t before = metric_sum(METRIC_TLS13);

	tls_fixture_init(&f);
	echo(&f, "TLSv1.3");
	assert_int_equal(metric_sum(METRIC_TLS13), before + 2);
	tls_fixture_done(&f);
}

static void speaks_12(void **state)
{
	struct tls_fixture f;

	tls_fixture_init(&f);
	assert_int_equal(SSL_CTX_set_max_proto_version(f.client->ssl_ctx, TLS1_2_VERSION), 1);
	echo(&f, "TLSv1.2");
	tls_fixture_done(&f);
}

static void refuses_11(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;
	int64_t before = metric_sum(METRIC_TLS_FAILED);

	tls_fixture_init(&f);
	assert_int_equal(SSL_CTX_set_min_proto_version(f.client->ssl_ctx, TLS1_VERSION), 1);
	SSL_CTX_set_security_level(f.client->ssl_ctx, 0);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_1_VERSION);
	assert_false(raw_client_shake(&c, &f, 10000));
	raw_client_done(&c);
	wait_for(&f.net, &o.is_ended);
	owner_done(&o);
	assert_int_equal(metric_sum(METRIC_TLS_FAILED), before + 1);
	tls_fixture_done(&f);
}

/* Records may come cut at every place. */
static void joins_split_records(struct tls_fixture *f, int version)
{
	struct owner o = { .t = NULL };
	struct raw_client c;
	char *data;
	size_t len;

	raw_client_init(&c, f, tls_server_end(f, &o, NULL, ROOMY), version);
	assert_true(raw_client_shake(&c, f, 7)); /* pieces of 7 bytes */
	wait_for(&f->net, &o.is_ready);
	assert_int_equal(SSL_write(c.ssl, "0123456789", 10), 10);
	len = (size_t)BIO_get_mem_data(c.out, &data);
	raw_client_push(&c, f, len);
	wait_bytes(&f->net, &o, 10);
	for (size_t cut = 1; cut < len; cut++) {
		sbuf_reset(&o.in);
		assert_int_equal(SSL_write(c.ssl, "0123456789", 10), 10);
		assert_int_equal(SSL_write(c.ssl, "abcde", 5), 5);
		(void)BIO_get_mem_data(c.out, &data);
		write_fd(&f->net, c.fd, str_make(data, cut));
		wait_msec(&f->net, 1);
		assert_int_equal(o.in.len, 0);
		write_fd(&f->net, c.fd, str_make(data + cut, (size_t)BIO_pending(c.out) - cut));
		assert_int_equal(BIO_reset(c.out), 1);
		wait_bytes(&f->net, &o, 15);
		assert_memory_equal(o.in.ptr, "0123456789abcde", 15);
	}
	owner_done(&o);
	raw_client_done(&c);
}

static void joins_records(void **state)
{
	struct tls_fixture f;
	int64_t before = metric_sum(METRIC_MEM_TLS);

	tls_fixture_init(&f);
	joins_split_records(&f, TLS1_3_VERSION);
	joins_split_records(&f, TLS1_2_VERSION);
	assert_int_equal(metric_sum(METRIC_MEM_TLS), before);
	tls_fixture_done(&f);
}

static void tells_close_from_cut(void **state)
{
	for (int in_order = 0; in_order < 2; in_order++) {
		struct tls_fixture f;
		struct owner o = { .t = NULL };
		struct raw_client c;

		tls_fixture_init(&f);
		raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
		assert_true(raw_client_shake(&c, &f, 10000));
		wait_for(&f.net, &o.is_ready);
		if (in_order)
			(void)SSL_shutdown(c.ssl);
		raw_client_push(&c, &f, 10000);
		if (in_order) { /* our close_notify answers */
			(void)raw_client_pull(&c, &f);
			assert_int_equal(SSL_shutdown(c.ssl), 1);
		}
		raw_client_done(&c);
		wait_for(&f.net, &o.is_ended);
		assert_int_equal(o.why, in_order ? TRANSPORT_CLOSED : TRANSPORT_BROKEN);
		owner_done(&o);
		tls_fixture_done(&f);
	}
}

static void close_sends_all_and_notifies(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;
	char buf[100];

	tls_fixture_init(&f);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	send_str(o.t, STR("last words"));
	transport_close(o.t);
	send_str(o.t, STR("too late"));
	wait_msec(&f.net, 5);
	(void)raw_client_pull(&c, &f);
	assert_int_equal(SSL_read(c.ssl, buf, sizeof(buf)), 10);
	assert_int_equal(SSL_get_error(c.ssl, SSL_read(c.ssl, buf, sizeof(buf))),
			 SSL_ERROR_ZERO_RETURN);
	raw_client_done(&c);
	wait_for(&f.net, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_CLOSED);
	owner_done(&o);
	tls_fixture_done(&f);
}

static void garbage(struct tls_fixture *f, struct str data)
{
	struct owner o = { .t = NULL };
	int fd = tls_server_end(f, &o, NULL, ROOMY);

	write_fd(&f->net, fd, data);
	wait_msec(&f->net, 5);
	(void)shutdown(fd, SHUT_WR);
	wait_for(&f->net, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_PROTOCOL);
	owner_done(&o);
	(void)close(fd);
}

static void refuses_what_is_no_tls(void **state)
{
	struct tls_fixture f;

	tls_fixture_init(&f);
	garbage(&f, STR("GET / HTTP/1.1\r\n\r\n"));
	garbage(&f, STR("<?xml version='1.0'?>"));
	garbage(&f, STR("\x17\x03\x03\0\x05hello"));          /* data before the handshake */
	garbage(&f, STR("\x16\x03\x01\xff\xff"));             /* too long */
	garbage(&f, STR("\x16\x03\x01\0\x04\x01\0\0\0"));     /* an empty ClientHello */
	garbage(&f, STR("\x80\x2e\x01\x03\x01\0\x15\0\0\0")); /* SSL 2 */
	tls_fixture_done(&f);
}

static void refuses_renegotiation(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;

	tls_fixture_init(&f);
	(void)SSL_CTX_clear_options(f.client->ssl_ctx, SSL_OP_NO_RENEGOTIATION);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_2_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	assert_int_equal(SSL_renegotiate(c.ssl), 1);
	(void)SSL_do_handshake(c.ssl);
	assert_true(BIO_pending(c.out) > 0);
	raw_client_push(&c, &f, 10000);
	wait_msec(&f.net, 5);
	raw_client_done(&c);
	wait_for(&f.net, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_PROTOCOL);
	owner_done(&o);
	tls_fixture_done(&f);
}

static void follows_key_updates(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;
	char buf[10];

	tls_fixture_init(&f);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		assert_int_equal(SSL_write(c.ssl, "x", 1), 1);
		raw_client_push(&c, &f, 10000);
		wait_bytes(&f.net, &o, (size_t)i + 1);
		send_str(o.t, STR("y"));
		wait_msec(&f.net, 3);
		(void)raw_client_pull(&c, &f);
		assert_int_equal(SSL_read(c.ssl, buf, sizeof(buf)), 1);
	}
	owner_done(&o);
	raw_client_done(&c);
	tls_fixture_done(&f);
}

static void spoiled_record_ends_it(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;
	char *data;

	tls_fixture_init(&f);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	assert_int_equal(SSL_write(c.ssl, "0123456789", 10), 10);
	(void)BIO_get_mem_data(c.out, &data);
	data[12] ^= 1;
	raw_client_push(&c, &f, 10000);
	wait_msec(&f.net, 5);
	raw_client_done(&c);
	wait_for(&f.net, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_PROTOCOL);
	assert_int_equal(o.in.len, 0);
	owner_done(&o);
	tls_fixture_done(&f);
}

static void slow_handshake_ends(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	int fd;

	tls_fixture_init(&f);
	fd = tls_server_end(&f, &o, NULL, ROOMY);
	write_fd(&f.net, fd, STR("\x16\x03\x01\x01"));
	wait_msec(&f.net, 5);
	jump(&f.net, TLS_HANDSHAKE_USEC + USEC_PER_SEC, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_BROKEN);
	owner_done(&o);
	(void)close(fd);
	tls_fixture_done(&f);
}

static void output_is_bounded_and_lazy(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;
	struct bytes *chunk = pattern(100000, 6);
	size_t sent = 0;

	tls_fixture_init(&f);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, 4000000), TLS1_3_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	for (; sent < 3000000; sent += chunk->len)
		transport_send(o.t, chunk);
	wait_msec(&f.net, 5); /* the client does not read */
	assert_true(transport_unsent(o.t) > 0);
	assert_true(transport_unsent(o.t) <= sent + 1000);
	assert_false(o.is_ended);
	assert_int_equal(o.drained, 0);
	for (int i = 0; i < 40; i++)
		transport_send(o.t, chunk);
	assert_false(o.is_ended);
	wait_for(&f.net, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_OVERFLOW);
	owner_done(&o);
	assert_int_equal(chunk->refs, 1);
	(void)bytes_unref(chunk);
	raw_client_done(&c);
	tls_fixture_done(&f);
}

static void may_be_freed_anywhere(void **state)
{
	struct tls_fixture f;

	tls_fixture_init(&f);
	for (int way = 0; way < 3; way++) {
		struct couple c = { .server = { .t = NULL,
						.frees_on_ready = way == 0,
						.frees_on_data = way == 1,
						.frees_on_end = way == 2 } };

		couple_start(&c, &f, NULL, &plain_want);
		wait_for(&f.net, &c.server.is_ready);
		wait_for(&f.net, &c.client.is_ready);
		send_str(c.client.t, STR("x"));
		if (way == 2)
			transport_close(c.client.t);
		wait_for(&f.net, &c.client.is_ended);
		assert_null(c.server.t);
		couple_done(&c);
	}
	tls_fixture_done(&f);
}

static void choose(struct tls_fixture *f, const struct str *served, const struct str *offered,
		   const char *wanted)
{
	struct tls_want want = plain_want;
	struct couple c = { .server.t = NULL };

	want.alpn = offered;
	couple_start(&c, f, served, &want);
	if (wanted) {
		wait_for(&f->net, &c.server.is_ready);
		assert_true(str_eq(tls_alpn(c.server.t), str_from(wanted)));
	} else {
		wait_for(&f->net, &c.client.is_ended);
		assert_int_equal(c.client.why, TRANSPORT_BROKEN); /* no_application_protocol */
		assert_int_equal(c.server.ready, 0);
	}
	couple_done(&c);
}

static void chooses_the_protocol(void **state)
{
	struct tls_fixture f;

	tls_fixture_init(&f);
	choose(&f, alpn_xmpp, alpn_both, "xmpp-client");
	choose(&f, alpn_xmpp, NULL, "");
	choose(&f, NULL, alpn_both, "");
	choose(&f, alpn_xmpp, alpn_http, NULL);
	tls_fixture_done(&f);
}

static void client_checks_the_name(void **state)
{
	struct tls_fixture f;
	struct tls_want want = { .name = STR("example.org"), .output_limit = ROOMY };
	struct transport *t = NULL, *below;
	struct couple c = { .server.t = NULL };
	int fds[2];

	tls_fixture_init(&f);
	couple_start(&c, &f, NULL, &want);
	wait_for(&f.net, &c.client.is_ended);
	assert_int_equal(c.client.ready, 0);
	assert_int_equal(c.client.why, TRANSPORT_PROTOCOL);
	couple_done(&c);
	socket_pair(fds);
	below = wrap(&f.net, fds[0], ROOMY);
	want.name = STR("");
	assert_int_equal(transport_tls_connect(f.net.net, below, f.client, &want, &t), ERR_INVALID);
	want.name = STR("a\0b");
	assert_int_equal(transport_tls_connect(f.net.net, below, f.client, &want, &t), ERR_INVALID);
	assert_null(t);
	transport_free(&below);
	(void)close(fds[1]);
	tls_fixture_done(&f);
}

static void reload_leaves_old_connections(void **state)
{
	struct tls_fixture f;
	struct couple old = { .server.t = NULL }, new = { .server.t = NULL };
	uint8_t a[CHANNEL_BINDING_MAX], b[CHANNEL_BINDING_MAX];

	tls_fixture_init(&f);
	couple_start(&old, &f, NULL, &plain_want);
	wait_for(&f.net, &old.client.is_ready);
	assert_int_equal(tls_make_self_signed(f.cert, f.key, STR("localhost")), OK);
	f.server = tls_context_unref(f.server);
	f.client = tls_context_unref(f.client);
	assert_int_equal(tls_context_new_server(f.cert, f.key, &f.server, NULL), OK);
	assert_int_equal(tls_context_new_client(f.cert, &f.client, NULL), OK);
	couple_start(&new, &f, NULL, &plain_want);
	wait_for(&f.net, &new.client.is_ready);
	send_str(old.client.t, STR("still here"));
	wait_bytes(&f.net, &old.server, 10);
	assert_int_equal(transport_binding(old.server.t, CB_TLS_SERVER_END_POINT, a), 32);
	assert_int_equal(transport_binding(new.server.t, CB_TLS_SERVER_END_POINT, b), 32);
	assert_memory_not_equal(a, b, 32);
	couple_done(&old);
	couple_done(&new);
	tls_fixture_done(&f);
}

UNIT_TESTS(tls, cmocka_unit_test(speaks_13), cmocka_unit_test(speaks_12),
	   cmocka_unit_test(refuses_11), cmocka_unit_test(joins_records),
	   cmocka_unit_test(tells_close_from_cut), cmocka_unit_test(close_sends_all_and_notifies),
	   cmocka_unit_test(refuses_what_is_no_tls), cmocka_unit_test(refuses_renegotiation),
	   cmocka_unit_test(follows_key_updates), cmocka_unit_test(spoiled_record_ends_it),
	   cmocka_unit_test(slow_handshake_ends), cmocka_unit_test(output_is_bounded_and_lazy),
	   cmocka_unit_test(may_be_freed_anywhere), cmocka_unit_test(chooses_the_protocol),
	   cmocka_unit_test(client_checks_the_name),
	   cmocka_unit_test(reload_leaves_old_connections));
