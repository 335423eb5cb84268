/* SPDX-License-Identifier: Apache-2.0 */
/* The table of challenges, see tls_challenges.h. Any thread. */
#include "net/tls_challenges-private.h"

#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <pthread.h>

/* Of RFC 8737 3: id-pe-acmeIdentifier. */
static const char identifier_oid[] = "1.3.6.1.5.5.7.1.31";

enum {
	GOOD_SECONDS = 7 * 86400, /* nobody looks at it */
	BACK_SECONDS = 86400,     /* for clocks that lag */
	HEAD_LEN = 2,             /* bytes of a list's length */
};

struct row {
	char *key; /* token or name; NULL: free */
	char *text;
	X509 *cert;
	EVP_PKEY *pkey;
};

struct tls_challenges {
	pthread_mutex_t lock;
	struct row rows[TLS_CHALLENGES_MAX];
	size_t next; /* to be taken */
};

/* ---- the certificate ---- */

static bool add_identifier(X509 *cert, const uint8_t *digest)
{
	ASN1_OCTET_STRING *inner = ASN1_OCTET_STRING_new(), *outer = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj(identifier_oid, 1);
	X509_EXTENSION *ext = NULL;
	unsigned char *der = NULL;
	bool is_fine = false;
	int len;

	if (inner && outer && oid &&
	    ASN1_OCTET_STRING_set(inner, digest, TLS_CHALLENGES_DIGEST_LEN)) {
		len = i2d_ASN1_OCTET_STRING(inner, &der);
		if (len > 0 && ASN1_OCTET_STRING_set(outer, der, len))
			ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, outer);
		is_fine = ext && X509_add_ext(cert, ext, -1);
	}
	X509_EXTENSION_free(ext);
	OPENSSL_free(der);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(outer);
	ASN1_OCTET_STRING_free(inner);
	return is_fine;
}

static bool add_name(X509 *cert, struct str value)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	bool is_fine = false;

	if (names && name && text && ASN1_STRING_set(text, value.ptr, (int)value.len) &&
	    sk_GENERAL_NAME_push(names, name) > 0) {
		GENERAL_NAME_set0_value(name, GEN_DNS, text);
		is_fine = X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0) == 1;
	} else {
		ASN1_IA5STRING_free(text);
		GENERAL_NAME_free(name);
	}
	GENERAL_NAMES_free(names);
	return is_fine;
}

static bool fill(X509 *cert, EVP_PKEY *key, struct str name, const uint8_t *digest)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	return X509_set_version(cert, X509_VERSION_3) &&
	       ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -BACK_SECONDS) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), GOOD_SECONDS) &&
	       X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_ASC,
					  (const unsigned char *)"ACME challenge", -1, -1, 0) &&
	       X509_set_issuer_name(cert, subject) && X509_set_pubkey(cert, key) &&
	       add_name(cert, name) && add_identifier(cert, digest) &&
	       X509_sign(cert, key, EVP_sha256()) > 0;
}

/* ---- the table ---- */

static void clear(struct row *r)
{
	mem_free(r->key);
	mem_free(r->text);
	X509_free(r->cert);
	EVP_PKEY_free(r->pkey);
	*r = (struct row){ .key = NULL };
}

/* Puts row in, in the place of one with the same key, or of the oldest. */
static void put(struct tls_challenges *c, const struct row *row)
{
	size_t at = c->next;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < TLS_CHALLENGES_MAX; i++) {
		if (c->rows[i].key && !strcmp(c->rows[i].key, row->key) &&
		    !c->rows[i].text == !row->text)
			at = i;
	}
	if (at == c->next)
		c->next = (c->next + 1) % TLS_CHALLENGES_MAX;
	clear(&c->rows[at]);
	c->rows[at] = *row;
	pthread_mutex_unlock(&c->lock);
}

enum err tls_challenges_add_text(struct tls_challenges *c, struct str token, struct str text)
{
	struct row row = { .key = NULL };

	if (token.len > TLS_CHALLENGES_TEXT_MAX || text.len > TLS_CHALLENGES_TEXT_MAX)
		return ERR_TOO_BIG;
	row.key = str_dup(token);
	row.text = str_dup(text);
	put(c, &row);
	return OK;
}

enum err tls_challenges_add_certificate(struct tls_challenges *c, struct str name,
					const uint8_t digest[TLS_CHALLENGES_DIGEST_LEN])
{
	struct row row = { .cert = X509_new(), .pkey = EVP_EC_gen("P-256") };

	row.key = str_dup(name);
	if (!row.cert || !row.pkey || !fill(row.cert, row.pkey, name, digest)) {
		clear(&row);
		ERR_clear_error();
		return ERR_CRYPTO;
	}
	put(c, &row);
	return OK;
}

void tls_challenges_clear(struct tls_challenges *c)
{
	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < TLS_CHALLENGES_MAX; i++)
		clear(&c->rows[i]);
	c->next = 0;
	pthread_mutex_unlock(&c->lock);
}

/* Under the lock. Names have no case, tokens do. */
static const struct row *find(const struct tls_challenges *c, struct str key, bool is_text)
{
	for (size_t i = 0; i < TLS_CHALLENGES_MAX; i++) {
		const struct row *r = &c->rows[i];
		struct str there = str_from(r->key);

		if (r->key && !!r->text == is_text &&
		    (is_text ? str_eq(there, key) : str_eq_nocase(there, key)))
			return r;
	}
	return NULL;
}

bool tls_challenges_find_text(struct tls_challenges *c, struct str token, struct sbuf *out)
{
	const struct row *r;

	pthread_mutex_lock(&c->lock);
	r = find(c, token, true);
	if (r)
		sbuf_add(out, str_from(r->text));
	pthread_mutex_unlock(&c->lock);
	return r && !out->err;
}

struct tls_challenges *tls_challenges_new(void)
{
	struct tls_challenges *c = mem_zalloc(1, sizeof(*c));

	must(pthread_mutex_init(&c->lock, NULL) == 0);
	return c;
}

void tls_challenges_free(struct tls_challenges **c)
{
	if (!*c)
		return;
	tls_challenges_clear(*c);
	pthread_mutex_destroy(&(*c)->lock);
	mem_free(*c);
	*c = NULL;
}

/* ---- TLS ---- */

/* The part of an extension behind its own length, when that is all there is; else nothing. */
static struct str extension(SSL *ssl, unsigned type)
{
	const unsigned char *data;
	size_t len;

	if (!SSL_client_hello_get0_ext(ssl, type, &data, &len) || len < HEAD_LEN ||
	    ((size_t)data[0] << 8 | data[1]) != len - HEAD_LEN)
		return STR_NONE;
	return str_make((const char *)data + HEAD_LEN, len - HEAD_LEN);
}

/* RFC 6066 3: one name, of the type "host name". */
static struct str asked_name(SSL *ssl)
{
	struct str list = extension(ssl, TLSEXT_TYPE_server_name);
	const unsigned char *p = (const unsigned char *)list.ptr;

	if (list.len < 3 || p[0] != TLSEXT_NAMETYPE_host_name ||
	    ((size_t)p[1] << 8 | p[2]) != list.len - 3)
		return STR_NONE;
	return str_from_at(list, 3);
}

/* Nobody else notes anything on a connection. */
static bool use(SSL *ssl, const struct row *r, struct tls_challenges *c)
{
	return SSL_use_cert_and_key(ssl, r->cert, r->pkey, NULL, 1) == 1 &&
	       SSL_set_app_data(ssl, c) == 1;
}

int tls_challenges_on_hello(SSL *ssl, int *alert, void *challenges)
{
	struct tls_challenges *c = challenges;
	const struct row *r;
	bool is_fine = true;

	if (!str_eq(extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation),
		    STR("\x0a" TLS_CHALLENGES_ALPN)))
		return SSL_CLIENT_HELLO_SUCCESS;
	pthread_mutex_lock(&c->lock);
	r = find(c, asked_name(ssl), false);
	if (r)
		is_fine = use(ssl, r, c);
	pthread_mutex_unlock(&c->lock);
	*alert = SSL_AD_INTERNAL_ERROR;
	return is_fine ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

bool tls_challenges_is_shown(const SSL *ssl)
{
	return SSL_get_app_data(ssl) != NULL;
}
