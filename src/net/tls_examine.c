/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates seen from outside, see tls_examine.h. */
#include "net/tls_examine.h"

#include "net/tls_context-private.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

static bool has_roots(void)
{
	const char *file = getenv(X509_get_default_cert_file_env());
	const char *folder = getenv(X509_get_default_cert_dir_env());

	return access(file ? file : X509_get_default_cert_file(), R_OK) == 0 ||
	       access(folder ? folder : X509_get_default_cert_dir(), R_OK) == 0;
}

static const char *verify(X509_STORE_CTX *v, X509_STORE *roots, SSL_CTX *server)
{
	STACK_OF(X509) *chain = NULL;

	(void)SSL_CTX_get0_chain_certs(server, &chain); /* none: NULL, which is fine */
	if (!X509_STORE_CTX_init(v, roots, SSL_CTX_get0_certificate(server), chain) ||
	    !X509_STORE_CTX_set_default(v, "ssl_server"))
		return "it cannot be verified";
	return X509_verify_cert(v) == 1
		       ? NULL
		       : X509_verify_cert_error_string(X509_STORE_CTX_get_error(v));
}

const char *tls_examine_chain(const struct tls_context *ctx, bool *ret_has_roots)
{
	X509_STORE *roots = X509_STORE_new();
	X509_STORE_CTX *v = X509_STORE_CTX_new();
	const char *why;

	must(roots && v);
	*ret_has_roots = has_roots() && X509_STORE_set_default_paths(roots) == 1;
	why = verify(v, roots, ctx->ssl_ctx);
	X509_STORE_CTX_free(v);
	X509_STORE_free(roots);
	ERR_clear_error();
	return why;
}

bool tls_examine_same(const struct tls_context *a, const struct tls_context *b)
{
	const X509 *one = SSL_CTX_get0_certificate(a->ssl_ctx);
	const X509 *two = SSL_CTX_get0_certificate(b->ssl_ctx);

	return one && two && X509_cmp(one, two) == 0;
}

static int64_t wall_of(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;

	if (epoch && !ASN1_TIME_diff(&days, &seconds, epoch, t))
		ERR_clear_error();
	ASN1_TIME_free(epoch);
	return ((int64_t)days * 86400 + seconds) * 1000000;
}

void tls_examine_facts(const struct tls_context *ctx, struct tls_facts *ret_facts)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx->ssl_ctx);
	struct tls_facts f = { .wall_from = wall_of(X509_get0_notBefore(cert)),
			       .wall_until = wall_of(X509_get0_notAfter(cert)),
			       .is_self_signed = X509_self_signed(cert, 0) == 1 };
	BIO *text = BIO_new(BIO_s_mem());
	unsigned char *key = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &key);

	must(text && X509_digest(cert, EVP_sha256(), f.fingerprint, NULL));
	must(len > 0 && EVP_Digest(key, (size_t)len, f.key_digest, NULL, EVP_sha256(), NULL) == 1);
	OPENSSL_free(key);
	if (X509_NAME_print_ex(text, X509_get_issuer_name(cert), 0, XN_FLAG_RFC2253) >= 0)
		(void)BIO_read(text, f.issuer, sizeof(f.issuer) - 1); /* cut where it is longer */
	(void)BIO_free(text);                                         /* gives 0 only for NULL */
	ERR_clear_error();
	*ret_facts = f;
}

size_t tls_examine_names(const struct tls_context *ctx, struct arena *a, struct str *ret_names,
			 size_t max)
{
	X509 *cert = SSL_CTX_get0_certificate(ctx->ssl_ctx);
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	size_t count = 0;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && count < max; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		if (name->type != GEN_DNS)
			continue;
		ret_names[count++] =
			arena_dup(a, str_make((const char *)ASN1_STRING_get0_data(name->d.dNSName),
					      (size_t)ASN1_STRING_length(name->d.dNSName)));
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return count;
}

static bool record_means(const struct dane_record *r, X509 *cert)
{
	unsigned char *der = NULL, *key = NULL;
	int der_len = i2d_X509(cert, &der);
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &key);
	bool means = der_len > 0 && key_len > 0 &&
		     dane_matches(r, str_make((char *)der, (size_t)der_len),
				  str_make((char *)key, (size_t)key_len));

	OPENSSL_free(der);
	OPENSSL_free(key);
	return means;
}

bool tls_examine_is_named(const struct tls_context *ctx, const struct dane *dane)
{
	STACK_OF(X509) *chain = NULL;

	(void)SSL_CTX_get0_chain_certs(ctx->ssl_ctx, &chain); /* none: NULL, which is fine */
	for (size_t i = 0; i < dane->count; i++) {
		const struct dane_record *r = &dane->records[i];
		bool is_above = r->usage == DANE_TA || r->usage == DANE_PKIX_TA;

		if (record_means(r, SSL_CTX_get0_certificate(ctx->ssl_ctx)))
			return true;
		for (int at = 0; is_above && at < sk_X509_num(chain); at++) {
			if (record_means(r, sk_X509_value(chain, at)))
				return true;
		}
	}
	return false;
}
