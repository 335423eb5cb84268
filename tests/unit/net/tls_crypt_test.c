/* SPDX-License-Identifier: Apache-2.0 */
/* Hibernated connections with the clients of others: OpenSSL and GnuTLS, three suites each. */
#include "unit/net/tls_peers.h"

#include "base/metric.h"
#include "net/tls-private.h"
#include "net/tls_io.h"

#include <openssl/err.h>

/* A hibernated connection of one of them. */
struct line {
	struct tls_fixture *f;
	struct owner o;
	struct peer p;
};

static void line_start(struct line *l, struct tls_fixture *f, int kind, int suite)
{
	*l = (struct line){ .f = f };
	peer_init(&l->p, f, tls_server_end(f, &l->o, NULL, ROOMY), (enum peer_kind)kind,
		  &peer_suites[suite]);
	peer_shake(&l->p);
	wait_for(&f->net, &l->o.is_ready);
	assert_int_equal(tls_state(l->o.t), TLS_HIBERNATED);
}

static void line_done(struct line *l)
{
	owner_done(&l->o);
	peer_done(&l->p);
}

/* Runs test with every client and suite. */
static void with_all(void (*test)(struct line *l))
{
	struct tls_fixture f;
	int64_t before = metric_sum(METRIC_MEM_TLS), hibernated = metric_sum(METRIC_TLS_HIBERNATED);

	tls_fixture_init(&f);
	tls_context_hibernate(f.server);
	for (int kind = 0; kind < PEER_KINDS; kind++) {
		for (int suite = 0; suite < (int)array_len(peer_suites); suite++) {
			struct line l;

			line_start(&l, &f, kind, suite);
			assert_int_equal(metric_sum(METRIC_TLS_HIBERNATED), hibernated + 1);
			test(&l);
			line_done(&l);
		}
	}
	tls_fixture_done(&f);
	assert_int_equal(metric_sum(METRIC_MEM_TLS), before);
	assert_int_equal(metric_sum(METRIC_TLS_HIBERNATED), hibernated);
}

/* The wire is carried until our end has ended. */
static void wait_end(struct line *l)
{
	for (int i = 0; i < 5000 && !l->o.is_ended; i++)
		peer_turn(&l->p);
	assert_true(l->o.is_ended);
}

/* The client says data and hears it again. */
static void echo(struct line *l, struct str data)
{
	char buf[16384];
	size_t got = 0;

	sbuf_reset(&l->o.in);
	peer_send(&l->p, data);
	wait_bytes(&l->f->net, &l->o, data.len);
	assert_true(str_eq(sbuf_str(&l->o.in), data));
	send_str(l->o.t, data);
	while (got < data.len) {
		int n = peer_recv(&l->p, buf + got, sizeof(buf) - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_true(str_eq(str_make(buf, got), data));
}

static void test_binding(struct line *l)
{
	uint8_t mine[CHANNEL_BINDING_MAX], theirs[TLS_EXPORTER_LEN];

	assert_true(str_eq(tls_version(l->o.t), STR("TLSv1.3")));
	assert_int_equal(tls_alpn(l->o.t).len, 0);
	assert_true(transport_is_secure(l->o.t));
	assert_int_equal(transport_binding(l->o.t, CB_TLS_EXPORTER, mine), sizeof(theirs));
	peer_exporter(&l->p, theirs);
	assert_memory_equal(mine, theirs, sizeof(theirs));
	assert_int_equal(transport_binding(l->o.t, CB_TLS_SERVER_END_POINT, mine), 32);
}

static void binds_channels(void **state)
{
	with_all(test_binding);
}

static void test_updates(struct line *l)
{
	struct tls *t = container_of(l->o.t, struct tls, t);
	struct bytes *data = pattern(400, 1);

	for (int i = 0; i < 60; i++) {
		uint64_t in = t->record->in.seq, out = t->record->out.seq;
		int step = i % 20;

		if (step == 5 || step == 10)
			peer_update(&l->p, step == 5);
		if (step == 15)
			t->record->owes_update = true;
		echo(l, str_make(data->data, data->len));
		assert_true(t->record->in.seq == (step == 5 || step == 10 ? 1 : in + 1));
		assert_true(t->record->out.seq == (step == 5 || step == 15 ? 1 : out + 1));
	}
	(void)bytes_unref(data);
}

static void follows_updates(void **state)
{
	with_all(test_updates);
}

static void test_byte_by_byte(struct line *l)
{
	l->p.step = 1;
	echo(l, STR("one"));
	peer_update(&l->p, true);
	echo(l, STR("two"));
	l->p.step = 7;
	echo(l, STR("this one is longer"));
}

static void joins_records(void **state)
{
	with_all(test_byte_by_byte);
}

static void test_big(struct line *l)
{
	struct bytes *big = pattern(300000, 3);
	char *buf = mem_alloc(big->len);
	size_t got = 0;

	peer_send(&l->p, str_make(big->data, big->len));
	while (l->o.in.len < big->len)
		peer_turn(&l->p);
	assert_memory_equal(l->o.in.ptr, big->data, big->len);
	transport_send(l->o.t, big);
	while (got < big->len) {
		int n = peer_recv(&l->p, buf + got, big->len - got);

		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_memory_equal(buf, big->data, big->len);
	assert_int_equal(transport_unsent(l->o.t), 0);
	assert_int_equal(l->o.drained, 1);
	mem_free(buf);
	(void)bytes_unref(big);
}

static void carries_much(void **state)
{
	with_all(test_big);
}

static void test_client_closes(struct line *l)
{
	char buf[10];

	peer_send(&l->p, STR("last words"));
	peer_close(&l->p);
	wait_end(l);
	assert_int_equal(l->o.why, TRANSPORT_CLOSED);
	assert_true(str_eq(sbuf_str(&l->o.in), STR("last words")));
	assert_int_equal(peer_recv(&l->p, buf, sizeof(buf)), 0); /* our close_notify answers */
	assert_true(str_eq(tls_version(l->o.t), STR("")));
}

static void hears_the_close(void **state)
{
	with_all(test_client_closes);
}

static void test_server_closes(struct line *l)
{
	char buf[20];

	send_str(l->o.t, STR("last words"));
	transport_close(l->o.t);
	send_str(l->o.t, STR("too late"));
	assert_int_equal(peer_recv(&l->p, buf, sizeof(buf)), 10);
	assert_int_equal(peer_recv(&l->p, buf, sizeof(buf)), 0);
	wait_end(l);
	assert_int_equal(l->o.why, TRANSPORT_CLOSED);
}

static void says_the_close(void **state)
{
	with_all(test_server_closes);
}

static void test_cut(struct line *l)
{
	peer_send(&l->p, STR("x"));
	peer_cut(&l->p);
	wait_end(l);
	assert_int_equal(l->o.why, TRANSPORT_BROKEN);
}

static void tells_a_cut(void **state)
{
	with_all(test_cut);
}

/* The client cannot read a record, and says so in an alert. */
static void test_alert_comes(struct line *l)
{
	struct tls *t = container_of(l->o.t, struct tls, t);
	char buf[10];

	t->record->out.iv[3] ^= 1;
	send_str(l->o.t, STR("unreadable"));
	assert_true(peer_recv(&l->p, buf, sizeof(buf)) < 0);
	if (l->p.kind == PEER_OPENSSL) {
		peer_turn(&l->p);
		wait_end(l);
		assert_int_equal(l->o.why, TRANSPORT_BROKEN);
	}
#ifdef HAVE_GNUTLS
	else {
		assert_int_equal(gnutls_alert_send(l->p.session, GNUTLS_AL_FATAL,
						   GNUTLS_A_BAD_RECORD_MAC),
				 0);
		peer_turn(&l->p);
		wait_end(l);
		assert_int_equal(l->o.why, TRANSPORT_BROKEN);
	}
#endif
}

static void hears_alerts(void **state)
{
	with_all(test_alert_comes);
}

/* The other way round; the client understands our alert. */
static void test_alert_goes(struct line *l)
{
	struct tls *t = container_of(l->o.t, struct tls, t);
	char buf[10];

	t->record->in.iv[3] ^= 1;
	peer_send(&l->p, STR("unreadable"));
	wait_end(l);
	assert_int_equal(l->o.why, TRANSPORT_PROTOCOL);
	assert_int_equal(l->o.in.len, 0);
	ERR_clear_error();
	assert_true(peer_recv(&l->p, buf, sizeof(buf)) < 0);
	if (l->p.kind == PEER_OPENSSL)
		assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
				 SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
#ifdef HAVE_GNUTLS
	else
		assert_int_equal(gnutls_alert_get(l->p.session), GNUTLS_A_BAD_RECORD_MAC);
#endif
}

static void says_alerts(void **state)
{
	with_all(test_alert_goes);
}

/* ---- who keeps OpenSSL's object ---- */

static void keeps_what_it_must(void **state)
{
	int64_t kept = metric_sum(METRIC_TLS_KEPT), hibernated = metric_sum(METRIC_TLS_HIBERNATED);
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;

	tls_fixture_init(&f);
	tls_context_hibernate(f.server);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_2_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	assert_int_equal(tls_state(o.t), TLS_OPENSSL);
	assert_int_equal(metric_sum(METRIC_TLS_KEPT), kept + 1);
	owner_done(&o);
	raw_client_done(&c);
	o = (struct owner){ .t = NULL };
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
	tls_ask_peer(o.t); /* who will be asked for later (tls_peer.h) */
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	assert_int_equal(tls_state(o.t), TLS_OPENSSL);
	owner_done(&o);
	raw_client_done(&c);
	assert_int_equal(metric_sum(METRIC_TLS_KEPT), kept);
	assert_int_equal(metric_sum(METRIC_TLS_HIBERNATED), hibernated);
	tls_fixture_done(&f);
}

/* Finished and the first data may come in one piece. */
static void goes_on_within_a_read(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;

	tls_fixture_init(&f);
	tls_context_hibernate(f.server);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
	assert_int_equal(SSL_do_handshake(c.ssl), -1);
	raw_client_push(&c, &f, 10000);
	for (int i = 0; i < 100 && SSL_do_handshake(c.ssl) != 1; i++)
		(void)raw_client_pull(&c, &f);
	assert_int_equal(SSL_write(c.ssl, "first", 5), 5);
	assert_int_equal(SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(SSL_write(c.ssl, "second", 6), 6);
	raw_client_push(&c, &f, 100000);
	wait_bytes(&f.net, &o, 11);
	assert_true(str_eq(sbuf_str(&o.in), STR("firstsecond")));
	assert_int_equal(tls_state(o.t), TLS_HIBERNATED);
	owner_done(&o);
	raw_client_done(&c);
	tls_fixture_done(&f);
}

static void may_be_freed_anywhere(void **state)
{
	for (int way = 0; way < 4; way++) {
		struct tls_fixture f;
		struct raw_client c;
		struct owner o = { .frees_on_ready = way == 0,
				   .frees_on_data = way == 1,
				   .frees_on_end = way >= 2 };

		tls_fixture_init(&f);
		tls_context_hibernate(f.server);
		raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, ROOMY), TLS1_3_VERSION);
		assert_true(raw_client_shake(&c, &f, 10000));
		assert_int_equal(SSL_write(c.ssl, "x", 1), 1);
		assert_int_equal(SSL_write(c.ssl, "y", 1), 1);
		if (way == 2)
			(void)SSL_shutdown(c.ssl);
		raw_client_push(&c, &f, 10000);
		if (way == 3)
			write_fd(&f.net, c.fd, STR("\x16\x03\x03\0\1x"));
		wait_msec(&f.net, 5);
		(void)shutdown(c.fd, SHUT_WR);
		for (int i = 0; o.t && i < 5000; i++)
			wait_msec(&f.net, 1);
		assert_null(o.t);
		owner_done(&o);
		raw_client_done(&c);
		tls_fixture_done(&f);
	}
}

/* A client that does not read; and one that asks for keys again and again. */
static void bounds_output(void **state)
{
	struct tls_fixture f;
	struct owner o = { .t = NULL };
	struct raw_client c;
	struct bytes *chunk = pattern(100000, 6);

	tls_fixture_init(&f);
	tls_context_hibernate(f.server);
	raw_client_init(&c, &f, tls_server_end(&f, &o, NULL, 1000000), TLS1_3_VERSION);
	assert_true(raw_client_shake(&c, &f, 10000));
	wait_for(&f.net, &o.is_ready);
	for (int i = 0; i < 30; i++) {
		assert_int_equal(SSL_key_update(c.ssl, SSL_KEY_UPDATE_REQUESTED), 1);
		assert_int_equal(SSL_do_handshake(c.ssl), 1);
		raw_client_push(&c, &f, 10000);
	}
	wait_msec(&f.net, 20);
	assert_int_equal(transport_unsent(o.t), 0);
	assert_false(o.is_ended);
	for (int i = 0; i < 9; i++)
		transport_send(o.t, chunk);
	wait_msec(&f.net, 5);
	assert_true(transport_unsent(o.t) > 0 && !o.is_ended);
	for (int i = 0; i < 10; i++)
		transport_send(o.t, chunk);
	wait_for(&f.net, &o.is_ended);
	assert_int_equal(o.why, TRANSPORT_OVERFLOW);
	owner_done(&o);
	assert_int_equal(chunk->refs, 1);
	(void)bytes_unref(chunk);
	raw_client_done(&c);
	tls_fixture_done(&f);
}

UNIT_TESTS(tls_crypt, cmocka_unit_test(binds_channels), cmocka_unit_test(follows_updates),
	   cmocka_unit_test(joins_records), cmocka_unit_test(carries_much),
	   cmocka_unit_test(hears_the_close), cmocka_unit_test(says_the_close),
	   cmocka_unit_test(tells_a_cut), cmocka_unit_test(hears_alerts),
	   cmocka_unit_test(says_alerts), cmocka_unit_test(keeps_what_it_must),
	   cmocka_unit_test(goes_on_within_a_read), cmocka_unit_test(may_be_freed_anywhere),
	   cmocka_unit_test(bounds_output));
