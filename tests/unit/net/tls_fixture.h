/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate in a folder of its own, contexts for both sides, and an OpenSSL client whose bytes
 * the test carries. */
#pragma once

#include "unit/net/fixture.h"

#include "net/tls.h"
#include "net/tls_context-private.h"
#include "net/tls_self_signed.h"

#include <stdio.h>
#include <stdlib.h>

struct tls_fixture {
	struct net_fixture net;
	char folder[32], cert[64], key[64];
	struct tls_context *server, *client;
};

static inline void tls_fixture_init(struct tls_fixture *f)
{
	net_fixture_init(&f->net);
	(void)snprintf(f->folder, sizeof(f->folder), "/tmp/parley-tls-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	(void)snprintf(f->cert, sizeof(f->cert), "%s/cert.pem", f->folder);
	(void)snprintf(f->key, sizeof(f->key), "%s/key.pem", f->folder);
	assert_int_equal(tls_make_self_signed(f->cert, f->key, STR("localhost")), OK);
	f->server = f->client = NULL;
	assert_int_equal(tls_context_new_server(f->cert, f->key, &f->server, NULL), OK);
	assert_int_equal(tls_context_new_client(f->cert, &f->client, NULL), OK);
}

static inline void tls_fixture_done(struct tls_fixture *f)
{
	f->server = tls_context_unref(f->server);
	f->client = tls_context_unref(f->client);
	(void)unlink(f->cert);
	(void)unlink(f->key);
	assert_int_equal(rmdir(f->folder), 0); /* nothing else was left behind */
	net_fixture_done(&f->net);
}

/* A server's end over a socket pair; the other descriptor is given back. */
static inline int tls_server_end(struct tls_fixture *f, struct owner *o, const struct str *alpn,
				 size_t limit)
{
	int fds[2];

	socket_pair(fds);
	owner_take(o, transport_tls_accept(f->net.net, wrap(&f->net, fds[0], ROOMY), f->server,
					   alpn, limit));
	return fds[1];
}

/* A client without a socket. */
struct raw_client {
	SSL *ssl;
	BIO *in, *out;
	int fd;
};

static inline void raw_client_init(struct raw_client *c, struct tls_fixture *f, int fd, int version)
{
	c->ssl = SSL_new(f->client->ssl_ctx);
	c->in = BIO_new(BIO_s_mem());
	c->out = BIO_new(BIO_s_mem());
	c->fd = fd;
	assert_non_null(c->ssl);
	SSL_set_bio(c->ssl, c->in, c->out);
	SSL_set_connect_state(c->ssl);
	assert_int_equal(SSL_set_max_proto_version(c->ssl, version), 1);
}

static inline void raw_client_done(struct raw_client *c)
{
	SSL_free(c->ssl);
	if (c->fd >= 0)
		(void)close(c->fd);
}

/* What the client wants to send, in pieces of step bytes, a turn of the loop after each. */
static inline void raw_client_push(struct raw_client *c, struct tls_fixture *f, size_t step)
{
	char *data;
	size_t len = (size_t)BIO_get_mem_data(c->out, &data);
	struct str s = str_make(data, len);

	while (s.len) {
		struct str piece = str_sub(s, 0, step);

		write_fd(&f->net, c->fd, piece);
		s = str_from_at(s, piece.len);
		if (s.len && step < len)
			wait_msec(&f->net, 1);
	}
	assert_int_equal(BIO_reset(c->out), 1);
}

/* Hands the client what has come. False at the end of the stream. */
static inline bool raw_client_pull(struct raw_client *c, struct tls_fixture *f)
{
	char buf[16384];
	ssize_t n;

	wait_msec(&f->net, 1);
	while ((n = recv(c->fd, buf, sizeof(buf), 0)) > 0)
		assert_int_equal(BIO_write(c->in, buf, (int)n), n);
	return n != 0;
}

/* Shakes hands; whether it was done. */
static inline bool raw_client_shake(struct raw_client *c, struct tls_fixture *f, size_t step)
{
	for (int i = 0; i < 100; i++) {
		int result = SSL_do_handshake(c->ssl);

		raw_client_push(c, f, step);
		if (result == 1)
			return true;
		if (SSL_get_error(c->ssl, result) != SSL_ERROR_WANT_READ)
			return false;
		if (!raw_client_pull(c, f) && BIO_pending(c->in) == 0)
			return false;
	}
	return false;
}
