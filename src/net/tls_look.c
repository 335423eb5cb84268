/* SPDX-License-Identifier: Apache-2.0 */
/* What can be seen of a TLS connection, see tls.h and transport.h. */
#include "net/tls-private.h"
#include "net/tls_client_cert.h"
#include "net/tls_context-private.h"

size_t tls_binding(const struct transport *t, enum channel_binding kind, uint8_t *buf)
{
	const struct tls *c = tls_look(t);

	if (c->state == TLS_HANDSHAKE || c->is_ended)
		return 0;
	if (kind == CB_TLS_EXPORTER) {
		if (!c->has_exporter)
			return 0;
		memcpy(buf, c->exporter, sizeof(c->exporter));
		return sizeof(c->exporter);
	}
	if (!c->ctx->is_server)
		return tls_end_point_hash(SSL_get0_peer_certificate(c->ssl), buf);
	memcpy(buf, c->ctx->end_point, c->ctx->end_point_len);
	return c->ctx->end_point_len;
}

size_t tls_addresses(const struct transport *t, struct arena *a, struct str *ret_addresses,
		     size_t max)
{
	const struct tls *c = tls_look(t);

	if (c->state != TLS_OPENSSL || c->is_ended || !c->ctx->trusts_clients)
		return 0;
	return tls_client_addresses(c->ssl, a, ret_addresses, max);
}

enum tls_state tls_state(const struct transport *t)
{
	return (enum tls_state)tls_look(t)->state;
}

struct str tls_version(const struct transport *t)
{
	const struct tls *c = tls_look(t);

	if (c->state == TLS_HIBERNATED)
		return c->record ? STR("TLSv1.3") : STR("");
	return c->ssl ? str_from(SSL_get_version(c->ssl)) : STR("");
}

struct str tls_alpn(const struct transport *t)
{
	const unsigned char *name = NULL;
	unsigned len = 0;
	const struct tls *c = tls_look(t);

	if (c->state != TLS_HIBERNATED && c->ssl)
		SSL_get0_alpn_selected(c->ssl, &name, &len);
	return str_make((const char *)name, len);
}
