/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of clients, see tls_client_cert.h. */
#include "net/tls_client_cert.h"

#include "net/tls_context-private.h"
#include "net/tls_io.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { CHAIN_DEPTH_MAX = 4 /* certificates between the client's own and the root */ };

/* ---- verification ---- */

bool tls_cert_is_bounded(const X509 *cert, int names_max)
{
	int critical = -1;
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, &critical, NULL);
	/* -1: there is none; otherwise it is broken, or there are two. */
	bool is_bad = names ? sk_GENERAL_NAME_num(names) > names_max : critical != -1;

	GENERAL_NAMES_free(names);
	return !is_bad && X509_NAME_entry_count(X509_get_subject_name(cert)) <= names_max;
}

static bool is_bounded(const STACK_OF(X509) * chain)
{
	int count = sk_X509_num(chain);

	for (int i = 0; i < count; i++) {
		if (!tls_cert_is_bounded(sk_X509_value(chain, i), TLS_CLIENT_NAMES_MAX))
			return false;
	}
	return count <= CHAIN_DEPTH_MAX + 2;
}

static bool is_peer(const X509_STORE_CTX *v)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(v, SSL_get_ex_data_X509_STORE_CTX_idx());

	return tls_io_of_bio(SSL_get_rbio(ssl))->is_peer;
}

/* The handshake goes on in any case: without a good certificate the client has other ways to log
 * in. What was found stands in the connection's verify result. */
static int verify_client(X509_STORE_CTX *v, void *arg)
{
	if (is_peer(v))
		return tls_verify_later(v, arg);
	if (!is_bounded(X509_STORE_CTX_get0_untrusted(v)))
		X509_STORE_CTX_set_error(v, X509_V_ERR_APPLICATION_VERIFICATION);
	else if (X509_verify_cert(v) != 1 && X509_STORE_CTX_get_error(v) == X509_V_OK)
		X509_STORE_CTX_set_error(v, X509_V_ERR_UNSPECIFIED);
	ERR_clear_error();
	return 1;
}

static bool has_revocations(X509_STORE *store)
{
	STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);

	for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
		if (X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i)) == X509_LU_CRL)
			return true;
	}
	return false;
}

enum err tls_context_trust_clients(struct tls_context *ctx, const char *ca_path, struct sbuf *blame)
{
	SSL_CTX *s = ctx->ssl_ctx;
	enum err e = tls_look_at_file(ca_path);
	STACK_OF(X509_NAME) * names;
	X509_STORE *store;

	ERR_clear_error();
	if (!e && SSL_CTX_load_verify_file(s, ca_path) != 1)
		e = ERR_INVALID;
	names = e ? NULL : SSL_load_client_CA_file(ca_path);
	if (!e && !names)
		e = ERR_INVALID;
	if (e)
		return tls_blame_file(blame, e, ca_path, "no trusted roots");
	store = SSL_CTX_get_cert_store(s);
	if (has_revocations(store))
		must(X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK));
	SSL_CTX_set_client_CA_list(s, names);
	SSL_CTX_set_cert_verify_callback(s, verify_client, NULL);
	SSL_CTX_set_verify_depth(s, CHAIN_DEPTH_MAX);
	SSL_CTX_set_max_cert_list(s, TLS_CLIENT_CHAIN_MAX);
	/* These roots are for clients; our own chain is what its file says. */
	(void)SSL_CTX_set_mode(s, SSL_MODE_NO_AUTO_CHAIN);
	ctx->trusts_clients = true;
	return OK;
}

/* ---- addresses ---- */

static size_t add_address(const GENERAL_NAME *name, struct arena *a, struct str *ret_address)
{
	const ASN1_UTF8STRING *text;

	if (name->type != GEN_OTHERNAME ||
	    OBJ_obj2nid(name->d.otherName->type_id) != NID_XmppAddr ||
	    name->d.otherName->value->type != V_ASN1_UTF8STRING)
		return 0;
	text = name->d.otherName->value->value.utf8string;
	*ret_address = arena_dup(a, str_make((const char *)ASN1_STRING_get0_data(text),
					     (size_t)ASN1_STRING_length(text)));
	return 1;
}

size_t tls_client_addresses(const SSL *ssl, struct arena *a, struct str *ret_addresses, size_t max)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);
	GENERAL_NAMES *names;
	size_t count = 0;

	if (!cert || SSL_get_verify_result(ssl) != X509_V_OK ||
	    X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0)
		return 0;
	names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && count < max; i++)
		count += add_address(sk_GENERAL_NAME_value(names, i), a, &ret_addresses[count]);
	GENERAL_NAMES_free(names);
	ERR_clear_error();
	return count;
}
