/* SPDX-License-Identifier: Apache-2.0 */
/* TLS clients of other people, OpenSSL's and GnuTLS's, on the loop's thread: behind a wire whose
 * bytes the test carries, as many at a time as it likes. */
#pragma once

#include "unit/net/tls_fixture.h"

#ifdef HAVE_GNUTLS
#include <gnutls/gnutls.h>
#endif

enum peer_kind {
	PEER_OPENSSL,
#ifdef HAVE_GNUTLS
	PEER_GNUTLS,
#endif
	PEER_KINDS
};

struct peer_suite {
	const char *openssl, *gnutls;
};

static const struct peer_suite peer_suites[] = {
	{ "TLS_AES_128_GCM_SHA256", "+AES-128-GCM" },
	{ "TLS_AES_256_GCM_SHA384", "+AES-256-GCM" },
	{ "TLS_CHACHA20_POLY1305_SHA256", "+CHACHA20-POLY1305" },
};

struct peer {
	struct tls_fixture *f;
	enum peer_kind kind;
	int fd;      /* the client's own */
	int wire;    /* the other end of it */
	int server;  /* the way to the server */
	size_t step; /* bytes that are carried at once to the server */
	SSL *ssl;
#ifdef HAVE_GNUTLS
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
#endif
};

#ifdef HAVE_GNUTLS
static inline void peer_init_gnutls(struct peer *p, const struct peer_suite *suite)
{
	char priority[100];

	(void)snprintf(priority, sizeof(priority), "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:%s",
		       suite->gnutls);
	assert_int_equal(gnutls_certificate_allocate_credentials(&p->credentials), 0);
	assert_int_equal(gnutls_init(&p->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK), 0);
	assert_int_equal(gnutls_priority_set_direct(p->session, priority, NULL), 0);
	assert_int_equal(gnutls_credentials_set(p->session, GNUTLS_CRD_CERTIFICATE, p->credentials),
			 0);
	gnutls_transport_set_int(p->session, p->fd);
}
#endif

static inline void peer_init(struct peer *p, struct tls_fixture *f, int server, enum peer_kind kind,
			     const struct peer_suite *suite)
{
	int fds[2];

	*p = (struct peer){ .f = f, .kind = kind, .server = server, .step = SIZE_MAX };
	socket_pair(fds);
	p->fd = fds[0];
	p->wire = fds[1];
	if (kind == PEER_OPENSSL) {
		p->ssl = SSL_new(f->client->ssl_ctx);
		assert_non_null(p->ssl);
		assert_int_equal(SSL_set_ciphersuites(p->ssl, suite->openssl), 1);
		assert_int_equal(SSL_set_fd(p->ssl, p->fd), 1);
		SSL_set_connect_state(p->ssl);
		return;
	}
#ifdef HAVE_GNUTLS
	peer_init_gnutls(p, suite);
#endif
}

static inline void peer_done(struct peer *p)
{
	SSL_free(p->ssl);
#ifdef HAVE_GNUTLS
	if (p->session)
		gnutls_deinit(p->session);
	if (p->credentials)
		gnutls_certificate_free_credentials(p->credentials);
#endif
	(void)close(p->fd);
	(void)close(p->wire);
	if (p->server >= 0)
		(void)close(p->server);
}

/* As a network does: what one end has closed, the other hears, and is closed, too. */
static inline void peer_cut(struct peer *p)
{
	(void)shutdown(p->wire, SHUT_WR);
	if (p->server >= 0)
		(void)close(p->server);
	p->server = -1;
}

/* Carries what there is, both ways, and runs the loop. */
static inline void peer_turn(struct peer *p)
{
	char buf[16384];
	ssize_t n = p->server < 0 ? 0 : recv(p->wire, buf, sizeof(buf), 0);

	for (size_t at = 0; n > 0 && at < (size_t)n; at += p->step) {
		struct str piece = str_sub(str_make(buf, (size_t)n), at, p->step);

		write_fd(&p->f->net, p->server, piece);
		if (p->step < SIZE_MAX)
			wait_msec(&p->f->net, 1);
		else
			break;
	}
	wait_msec(&p->f->net, 1);
	if (p->server < 0)
		return;
	n = recv(p->server, buf, sizeof(buf), 0);
	if (n > 0)
		write_fd(&p->f->net, p->wire, str_make(buf, (size_t)n));
	if (n == 0)
		peer_cut(p);
}

/* Whether the result of a call asks for a turn; takes it. */
static inline bool peer_waits(struct peer *p, int result, int tries)
{
	bool waits = false;

	if (p->kind == PEER_OPENSSL) {
		int error = SSL_get_error(p->ssl, result);

		waits = error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
	}
#ifdef HAVE_GNUTLS
	else
		waits = result == GNUTLS_E_AGAIN || result == GNUTLS_E_INTERRUPTED;
#endif
	assert_true(tries < 20000);
	if (waits)
		peer_turn(p);
	return waits;
}

static inline void peer_shake(struct peer *p)
{
	int result = 0, tries = 0;

	do {
		if (p->kind == PEER_OPENSSL)
			result = SSL_do_handshake(p->ssl) - 1;
#ifdef HAVE_GNUTLS
		else
			result = gnutls_handshake(p->session);
#endif
	} while (result && peer_waits(p, p->kind == PEER_OPENSSL ? result + 1 : result, tries++));
	assert_int_equal(result, 0);
	peer_turn(p);
}

static inline void peer_send(struct peer *p, struct str data)
{
	for (int tries = 0; data.len; tries++) {
		int n = 0;

		if (p->kind == PEER_OPENSSL)
			n = SSL_write(p->ssl, data.ptr, (int)data.len);
#ifdef HAVE_GNUTLS
		else
			n = (int)gnutls_record_send(p->session, data.ptr, data.len);
#endif
		if (n > 0)
			data = str_from_at(data, (size_t)n);
		else
			assert_true(peer_waits(p, n, tries));
	}
	peer_turn(p);
}

/* Bytes that have come; 0 after a close_notify, below it when the connection is broken. */
static inline int peer_recv(struct peer *p, char *buf, size_t max)
{
	int n = 0, tries = 0;

	do {
		if (p->kind == PEER_OPENSSL)
			n = SSL_read(p->ssl, buf, (int)max);
#ifdef HAVE_GNUTLS
		else
			n = (int)gnutls_record_recv(p->session, buf, max);
#endif
	} while (n <= 0 && peer_waits(p, n, tries++));
	if (p->kind == PEER_OPENSSL && n <= 0)
		return SSL_get_error(p->ssl, n) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
	return n;
}

static inline void peer_update(struct peer *p, bool is_requested)
{
	if (p->kind == PEER_OPENSSL)
		assert_int_equal(SSL_key_update(p->ssl, is_requested
								? SSL_KEY_UPDATE_REQUESTED
								: SSL_KEY_UPDATE_NOT_REQUESTED),
				 1);
#ifdef HAVE_GNUTLS
	else
		assert_int_equal(gnutls_session_key_update(p->session,
							   is_requested ? GNUTLS_KU_PEER : 0),
				 0);
#endif
}

/* Sends close_notify. */
static inline void peer_close(struct peer *p)
{
	if (p->kind == PEER_OPENSSL)
		assert_true(SSL_shutdown(p->ssl) >= 0);
#ifdef HAVE_GNUTLS
	else
		assert_int_equal(gnutls_bye(p->session, GNUTLS_SHUT_WR), 0);
#endif
	peer_turn(p);
}

/* The tls-exporter of RFC 9266. */
static inline void peer_exporter(struct peer *p, uint8_t ret[TLS_EXPORTER_LEN])
{
	static const char label[] = "EXPORTER-Channel-Binding";

	if (p->kind == PEER_OPENSSL)
		assert_int_equal(SSL_export_keying_material(p->ssl, ret, TLS_EXPORTER_LEN, label,
							    sizeof(label) - 1, NULL, 0, 0),
				 1);
#ifdef HAVE_GNUTLS
	else
		assert_int_equal(gnutls_prf_rfc5705(p->session, sizeof(label) - 1, label, 0, "",
						    TLS_EXPORTER_LEN, (char *)ret),
				 0);
#endif
}
