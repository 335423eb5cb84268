/* SPDX-License-Identifier: Apache-2.0 */
/* Who encrypts for a TLS connection, OpenSSL or net/tls_hibernated, and the change from one to the
 * other. On the loop. */
#include "base/metric.h"
#include "net/tls-private.h"
#include "net/tls_context-private.h"
#include "net/tls_io.h"

void tls_crypt_stop(struct tls *c)
{
	if (c->state == TLS_HIBERNATED) {
		metric_add(METRIC_TLS_HIBERNATED, -1);
		tls_hibernated_free(&c->record);
		return;
	}
	if (c->state == TLS_OPENSSL)
		metric_add(METRIC_TLS_KEPT, -1);
	else
		metric_inc(METRIC_TLS_FAILED);
	SSL_free(c->ssl);
	c->ssl = NULL;
}

/* Whether nothing asks for OpenSSL's object later. */
static bool may_hibernate(const struct tls *c)
{
	return c->ctx->hibernates && !c->is_peer && SSL_version(c->ssl) == TLS1_3_VERSION &&
	       !SSL_get0_peer_certificate(c->ssl);
}

void tls_crypt_hibernate(struct tls *c, struct tls_io *io)
{
	struct tls_record_state *record;
	uint16_t suite;

	/* Its last record has been used up, and we send no tickets: both sides' next records are
	 * their first with these keys. */
	if (!may_hibernate(c) || io->in.len || SSL_has_pending(c->ssl))
		return;
	if (!io->aead)
		io->aead = tls_aead_new();
	suite = SSL_CIPHER_get_protocol_id(SSL_get_current_cipher(c->ssl));
	if (tls_hibernated_new(io->aead, suite, &c->deadline->secrets, &record))
		return;
	SSL_free(c->ssl);
	c->record = record;
	c->state = TLS_HIBERNATED;
	metric_add(METRIC_TLS_KEPT, -1);
	metric_inc(METRIC_TLS_HIBERNATED);
}

bool tls_crypt_write(struct tls *c, struct tls_io *io, size_t n, size_t *ret_written)
{
	if (c->state != TLS_HIBERNATED)
		return SSL_write_ex(c->ssl, io->collect, n, ret_written) == 1;
	*ret_written = n;
	return tls_hibernated_seal(c->record, io->aead, str_make(io->collect, n), &io->out) == OK;
}

void tls_crypt_alert(struct tls *c, struct tls_io *io, enum tls_alert alert)
{
	enum err e = tls_hibernated_alert(c->record, io->aead, alert, &io->out);

	must(e == OK); /* two bytes find room where batches do */
}

void tls_crypt_close(struct tls *c, struct tls_io *io)
{
	if (c->state == TLS_HIBERNATED)
		tls_crypt_alert(c, io, TLS_ALERT_CLOSE_NOTIFY);
	else
		(void)SSL_shutdown(c->ssl);
}
