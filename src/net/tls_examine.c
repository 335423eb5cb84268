/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates seen from outside, see tls_examine.h. */
#include "net/tls_examine.h"

#include "net/tls_context-private.h"

#include <openssl/err.h>
#include <openssl/x509.h>
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
