/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, requests and chains, see certificate.h. Any thread. */
#include "crypto/certificate.h"

#include "crypto/secret.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { SUBJECT_MAX = 64 /* bytes (RFC 5280 A.1, ub-common-name) */ };

/* A key behind a pass phrase is none that we have made: never ask on the terminal. */
static int no_passphrase(unused_arg char *buf, unused_arg int size, unused_arg int is_writing,
			 unused_arg void *arg)
{
	return -1;
}

static BIO *reader(struct str pem)
{
	BIO *in = BIO_new_mem_buf(pem.ptr ? pem.ptr : "", (int)pem.len);

	must(in != NULL);
	return in;
}

/* ---- keys ---- */

static EVP_PKEY *read_key(struct str pem)
{
	BIO *in = reader(pem);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, no_passphrase, NULL);

	(void)BIO_free(in); /* gives 0 only for NULL */
	ERR_clear_error();
	return key;
}

static enum err write_key(struct sbuf *out, EVP_PKEY *key)
{
	BIO *pem = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
	enum err e = ERR_CRYPTO;
	char *text = NULL;

	if (pem && PEM_write_bio_PrivateKey(pem, key, NULL, NULL, 0, NULL, NULL)) {
		long len = BIO_get_mem_data(pem, &text);

		e = sbuf_add(out, str_make(text, len > 0 ? (size_t)len : 0));
	}
	(void)BIO_free(pem); /* as above */
	ERR_clear_error();
	return e;
}

enum err certificate_key_new(struct sbuf *out)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	enum err e = key ? write_key(out, key) : ERR_CRYPTO;

	EVP_PKEY_free(key);
	return e;
}

enum err certificate_key_of(struct str pem, struct sbuf *out)
{
	EVP_PKEY *key = read_key(pem);
	char group[32] = "";
	enum err e = ERR_NOT_FOUND;

	if (key) {
		bool is_ours = EVP_PKEY_is_a(key, "EC") &&
			       EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
			       !strcmp(group, "prime256v1");

		e = is_ours ? write_key(out, key) : ERR_UNSUPPORTED;
	}
	EVP_PKEY_free(key);
	ERR_clear_error();
	return e;
}

/* ---- request ---- */

static bool add_name(GENERAL_NAMES *names, struct str value)
{
	ASN1_IA5STRING *text = ASN1_IA5STRING_new();
	GENERAL_NAME *name = GENERAL_NAME_new();

	if (!text || !name || !ASN1_STRING_set(text, value.ptr, (int)value.len)) {
		ASN1_STRING_free(text);
		GENERAL_NAME_free(name);
		return false;
	}
	GENERAL_NAME_set0_value(name, GEN_DNS, text);
	if (sk_GENERAL_NAME_push(names, name) > 0)
		return true;
	GENERAL_NAME_free(name);
	return false;
}

static void free_extensions(STACK_OF(X509_EXTENSION) * list)
{
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
}

static bool set_names(X509_REQ *request, const struct str *list, size_t count)
{
	STACK_OF(X509_EXTENSION) *extensions = NULL;
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	bool is_fine = names && count > 0;

	for (size_t i = 0; is_fine && i < count; i++)
		is_fine = add_name(names, list[i]);
	is_fine = is_fine && X509V3_add1_i2d(&extensions, NID_subject_alt_name, names, 0, 0) == 1 &&
		  X509_REQ_add_extensions(request, extensions) == 1;
	if (is_fine && list[0].len <= SUBJECT_MAX)
		is_fine = X509_NAME_add_entry_by_NID(X509_REQ_get_subject_name(request),
						     NID_commonName, MBSTRING_ASC,
						     (const unsigned char *)list[0].ptr,
						     (int)list[0].len, -1, 0) == 1;
	free_extensions(extensions);
	GENERAL_NAMES_free(names);
	return is_fine;
}

enum err certificate_request(struct sbuf *out, struct str key_pem, const struct str *names,
			     size_t count)
{
	EVP_PKEY *key = read_key(key_pem);
	X509_REQ *request = X509_REQ_new();
	unsigned char *der = NULL;
	enum err e = ERR_CRYPTO;

	if (key && request && X509_REQ_set_version(request, X509_REQ_VERSION_1) &&
	    X509_REQ_set_pubkey(request, key) && set_names(request, names, count) &&
	    X509_REQ_sign(request, key, EVP_sha256())) {
		int len = i2d_X509_REQ(request, &der);

		if (len > 0)
			e = sbuf_add(out, str_make((const char *)der, (size_t)len));
	}
	OPENSSL_free(der);
	X509_REQ_free(request);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return e;
}

/* ---- chain ---- */

static enum err wrong(struct sbuf *why, const char *what)
{
	(void)sbuf_printf(why, "the certificate that came %s", what);
	ERR_clear_error();
	return ERR_INVALID;
}

static int64_t seconds_of(const ASN1_TIME *t)
{
	ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
	int days = 0, seconds = 0;
	int done = epoch && ASN1_TIME_diff(&days, &seconds, epoch, t);

	ASN1_TIME_free(epoch);
	return done ? (int64_t)days * 86400 + seconds : 0;
}

static enum err check_leaf(X509 *leaf, EVP_PKEY *key, int64_t wall, struct sbuf *why)
{
	if (!key || X509_check_private_key(leaf, key) != 1)
		return wrong(why, "is for another key");
	if (seconds_of(X509_get0_notAfter(leaf)) <= wall / 1000000)
		return wrong(why, "has expired already");
	return OK;
}

static enum err check_names(X509 *leaf, const struct str *names, size_t count, struct sbuf *why)
{
	for (size_t i = 0; i < count; i++) {
		if (!names[i].len || X509_check_host(leaf, names[i].ptr, names[i].len,
						     X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
							     X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
						     NULL) != 1) {
			(void)sbuf_printf(why, "the certificate that came does not name %.*s",
					  STR_ARG(names[i]));
			ERR_clear_error();
			return ERR_INVALID;
		}
	}
	return OK;
}

/* RFC 8555 9.1: certificates only; a private key in it would be put into our file, too. */
static bool is_chain(struct str pem)
{
	BIO *in = reader(pem);
	unsigned count = 0;
	bool is_fine = true;
	char *name, *head;
	unsigned char *data;
	long len;

	while (is_fine && PEM_read_bio(in, &name, &head, &data, &len)) {
		is_fine = !strcmp(name, PEM_STRING_X509) && ++count <= CERTIFICATE_CHAIN_COUNT;
		OPENSSL_free(name);
		OPENSSL_free(head);
		secret_wipe(data, (size_t)len);
		OPENSSL_free(data);
	}
	(void)BIO_free(in); /* gives 0 only for NULL */
	ERR_clear_error();
	return is_fine && count > 0;
}

enum err certificate_check(struct str chain_pem, struct str key_pem, const struct str *names,
			   size_t count, int64_t wall, struct sbuf *why)
{
	EVP_PKEY *key;
	X509 *leaf;
	BIO *in;
	enum err e;

	if (!is_chain(chain_pem))
		return wrong(why, "is none");
	key = read_key(key_pem);
	in = reader(chain_pem);
	leaf = PEM_read_bio_X509(in, NULL, no_passphrase, NULL);
	e = leaf ? check_leaf(leaf, key, wall, why) : wrong(why, "is none");
	if (!e)
		e = check_names(leaf, names, count, why);
	X509_free(leaf);
	EVP_PKEY_free(key);
	(void)BIO_free(in); /* as above */
	ERR_clear_error();
	return e;
}
