/* SPDX-License-Identifier: Apache-2.0 */
/* TLS contexts, see tls_context.h. */
#include "net/tls_context-private.h"

#include "base/mem.h"
#include "net/addr.h"
#include "net/tls_challenges-private.h"
#include "net/tls_hibernated.h"
#include "net/tls_io.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#define CIPHERS_12                                                                                 \
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"                               \
	"ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"                               \
	"ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384"
#define CIPHERS_13 "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"
#define GROUPS     "X25519:P-256"

enum err tls_blame_file(struct sbuf *blame, enum err e, const char *path, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	if (blame && e == ERR_INVALID)
		(void)sbuf_printf(blame, "%s: %s: %s", path, what, reason ? reason : err_text(e));
	else if (blame)
		(void)sbuf_printf(blame, "%s: %s: %s", path, what, err_text(e));
	ERR_clear_error();
	return e;
}

enum err tls_look_at_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return err_from_errno(errno);
	return S_ISREG(st.st_mode) && st.st_size <= TLS_CERT_FILE_MAX ? OK : ERR_INVALID;
}

/* Like openssl/apps: which protocol of the listener the client asked for (RFC 7301). */
static int choose_alpn(SSL *ssl, const unsigned char **ret_name, unsigned char *ret_len,
		       const unsigned char *offer, unsigned offer_len, void *arg)
{
	const struct str *ours = tls_io_of_bio(SSL_get_rbio(ssl))->alpn;

	(void)arg;
	if (tls_challenges_is_shown(ssl)) { /* it is the only one on offer */
		*ret_name = offer + 1;
		*ret_len = offer[0];
		return SSL_TLSEXT_ERR_OK;
	}
	if (!ours)
		return SSL_TLSEXT_ERR_NOACK;
	for (; str_is_set(*ours); ours++) {
		for (unsigned at = 0; at < offer_len; at += 1u + offer[at]) {
			struct str name = str_make((const char *)offer + at + 1, offer[at]);

			if (name.len <= offer_len - at - 1 && str_eq(name, *ours)) {
				*ret_name = offer + at + 1;
				*ret_len = offer[at];
				return SSL_TLSEXT_ERR_OK;
			}
		}
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static struct tls_context *make(const SSL_METHOD *method, bool is_server)
{
	struct tls_context *ctx = mem_zalloc(1, sizeof(*ctx));
	SSL_CTX *s = SSL_CTX_new(method);
	char groups[] = GROUPS; /* the macro casts const away */

	must(s);
	ctx->refs = 1;
	ctx->ssl_ctx = s;
	ctx->is_server = is_server;
	must(SSL_CTX_set_min_proto_version(s, TLS1_2_VERSION));
	must(SSL_CTX_set_cipher_list(s, CIPHERS_12) && SSL_CTX_set_ciphersuites(s, CIPHERS_13));
	must(SSL_CTX_set1_groups_list(s, groups));
	(void)SSL_CTX_set_options(s, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE |
					     SSL_OP_PRIORITIZE_CHACHA);
	(void)SSL_CTX_set_mode(s, SSL_MODE_RELEASE_BUFFERS);
	(void)SSL_CTX_set_session_cache_mode(s, SSL_SESS_CACHE_OFF);
	must(SSL_CTX_set_num_tickets(s, 0) && SSL_CTX_set_max_early_data(s, 0));
	SSL_CTX_set_max_cert_list(s, TLS_CERT_CHAIN_MAX);
	return ctx;
}

static enum err load(struct tls_context *ctx, const char *cert_path, const char *key_path,
		     struct sbuf *blame)
{
	enum err e = tls_look_at_file(cert_path);

	if (e)
		return tls_blame_file(blame, e, cert_path, "no certificate");
	e = tls_look_at_file(key_path);
	if (e)
		return tls_blame_file(blame, e, key_path, "no private key");
	if (SSL_CTX_use_certificate_chain_file(ctx->ssl_ctx, cert_path) != 1)
		return tls_blame_file(blame, ERR_INVALID, cert_path, "no certificate");
	if (SSL_CTX_use_PrivateKey_file(ctx->ssl_ctx, key_path, SSL_FILETYPE_PEM) != 1) {
		bool is_other = ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509;

		return tls_blame_file(blame, is_other ? ERR_DENIED : ERR_INVALID, key_path,
				      is_other ? "does not belong to the certificate"
					       : "no private key");
	}
	if (SSL_CTX_check_private_key(ctx->ssl_ctx) != 1)
		return tls_blame_file(blame, ERR_DENIED, key_path,
				      "does not belong to the certificate");
	return OK;
}

/* A key behind a pass phrase cannot be used by a daemon: never ask on the terminal. */
static int no_passphrase(char *buf, int size, int is_writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

int tls_verify_later(X509_STORE_CTX *v, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(v, X509_V_ERR_UNSPECIFIED);
	return 1;
}

enum err tls_context_new_server(const char *cert_path, const char *key_path,
				struct tls_context **ret_ctx, struct sbuf *blame)
{
	struct tls_context *ctx = make(TLS_server_method(), true);
	enum err e;

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ctx->ssl_ctx, no_passphrase);
	SSL_CTX_set_alpn_select_cb(ctx->ssl_ctx, choose_alpn, NULL);
	SSL_CTX_set_cert_verify_callback(ctx->ssl_ctx, tls_verify_later, NULL);
	e = load(ctx, cert_path, key_path, blame);
	if (e) {
		(void)tls_context_unref(ctx); /* ours alone */
		return e;
	}
	ctx->end_point_len =
		tls_end_point_hash(SSL_CTX_get0_certificate(ctx->ssl_ctx), ctx->end_point);
	*ret_ctx = ctx;
	return OK;
}

enum err tls_context_new_client(const char *ca_path, struct tls_context **ret_ctx,
				struct sbuf *blame)
{
	struct tls_context *ctx = make(TLS_client_method(), false);
	enum err e = ca_path ? tls_look_at_file(ca_path) : OK;

	ERR_clear_error();
	SSL_CTX_set_verify(ctx->ssl_ctx, SSL_VERIFY_PEER, NULL);
	if (!e && ca_path && SSL_CTX_load_verify_file(ctx->ssl_ctx, ca_path) != 1)
		e = ERR_INVALID;
	if (!e && !ca_path && SSL_CTX_set_default_verify_paths(ctx->ssl_ctx) != 1)
		e = ERR_IO;
	if (e) {
		(void)tls_context_unref(ctx); /* ours alone */
		return tls_blame_file(blame, e, ca_path ? ca_path : "system", "no trusted roots");
	}
	*ret_ctx = ctx;
	return OK;
}

enum err tls_context_new_peer(const char *cert_path, const char *key_path,
			      struct tls_context **ret_ctx, struct sbuf *blame)
{
	struct tls_context *ctx = make(TLS_client_method(), false);
	enum err e;

	ERR_clear_error();
	SSL_CTX_set_default_passwd_cb(ctx->ssl_ctx, no_passphrase);
	SSL_CTX_set_cert_verify_callback(ctx->ssl_ctx, tls_verify_later, NULL);
	/* What our own chain is, its file says. */
	(void)SSL_CTX_set_mode(ctx->ssl_ctx, SSL_MODE_NO_AUTO_CHAIN);
	e = load(ctx, cert_path, key_path, blame);
	if (e) {
		(void)tls_context_unref(ctx); /* ours alone */
		return e;
	}
	*ret_ctx = ctx;
	return OK;
}

void tls_context_show(struct tls_context *ctx, struct tls_challenges *challenges)
{
	SSL_CTX_set_client_hello_cb(ctx->ssl_ctx, tls_challenges_on_hello, challenges);
}

static void note_secret(const SSL *ssl, const char *line)
{
	struct tls_secrets *secrets = tls_io_of_bio(SSL_get_rbio(ssl))->secrets;

	if (secrets)
		tls_secrets_note(secrets, line);
}

void tls_context_hibernate(struct tls_context *ctx)
{
	must(ctx->is_server);
	ctx->hibernates = true;
	SSL_CTX_set_keylog_callback(ctx->ssl_ctx, note_secret);
}

struct tls_context *tls_context_ref(struct tls_context *ctx)
{
	(void)__atomic_add_fetch(&ctx->refs, 1, __ATOMIC_RELAXED);
	return ctx;
}

struct tls_context *tls_context_unref(struct tls_context *ctx)
{
	if (ctx && __atomic_sub_fetch(&ctx->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		SSL_CTX_free(ctx->ssl_ctx);
		mem_free(ctx);
	}
	return NULL;
}

size_t tls_end_point_hash(X509 *cert, uint8_t *buf)
{
	int digest = NID_undef;
	const EVP_MD *md;
	unsigned len = 0;

	if (!cert || !X509_get_signature_info(cert, &digest, NULL, NULL, NULL))
		return 0;
	if (digest == NID_md5 || digest == NID_sha1)
		digest = NID_sha256;
	md = digest == NID_undef ? NULL : EVP_get_digestbynid(digest);
	if (!md || EVP_MD_get_size(md) > CHANNEL_BINDING_MAX || !X509_digest(cert, md, buf, &len)) {
		ERR_clear_error();
		return 0;
	}
	return len;
}

static bool covers(X509 *cert, struct str name)
{
	unsigned flags = X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
	struct addr ip;

	if (!addr_parse_ip(name, &ip)) {
		size_t skip = addr_is_v4(&ip) ? 12 : 0;

		return X509_check_ip(cert, ip.ip + skip, sizeof(ip.ip) - skip, flags) == 1;
	}
	/* Length 0 would mean "up to the NUL" to OpenSSL. */
	return !str_is_empty(name) && X509_check_host(cert, name.ptr, name.len, flags, NULL) == 1;
}

bool tls_context_missing_name(const struct tls_context *ctx, const struct str *names, size_t count,
			      struct str *ret_missing)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx->ssl_ctx);

	for (size_t i = 0; i < count; i++) {
		if (!cert || !covers(cert, names[i])) {
			ERR_clear_error();
			*ret_missing = names[i];
			return true;
		}
	}
	return false;
}

int64_t tls_context_expires(const struct tls_context *ctx)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx->ssl_ctx);
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	if (cert && epoch && !ASN1_TIME_diff(&days, &seconds, epoch, X509_get0_notAfter(cert)))
		ERR_clear_error();
	ASN1_TIME_free(epoch);
	return ((int64_t)days * 86400 + seconds) * 1000000;
}

enum err tls_context_want(SSL *ssl, const struct tls_want *want)
{
	unsigned char offer[TLS_ALPN_MAX];
	unsigned len = 0;
	struct addr ip; /* is not said in an SNI (RFC 6066, 3) */
	char *host;
	bool is_fine;

	for (const struct str *name = want->alpn; name && str_is_set(*name); name++) {
		must(name->len < 256 && len + 1 + name->len <= sizeof(offer));
		offer[len++] = (unsigned char)name->len;
		memcpy(offer + len, name->ptr, name->len);
		len += (unsigned)name->len;
	}
	if (str_is_empty(want->name) || want->name.len > TLS_NAME_MAX ||
	    memchr(want->name.ptr, '\0', want->name.len))
		return ERR_INVALID;
	host = str_dup(want->name);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
				       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (addr_parse_ip(want->name, &ip) == OK)
		is_fine = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	else
		is_fine = SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
	is_fine = is_fine && (len == 0 || SSL_set_alpn_protos(ssl, offer, len) == 0);
	mem_free(host);
	return is_fine ? OK : ERR_INVALID;
}
