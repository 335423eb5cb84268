/* SPDX-License-Identifier: Apache-2.0 */
/* crypto/certificate: requests as OpenSSL reads them (RFC 2986), and chains that are not taken. */
#include "crypto/certificate.h"

#include "base/clock.h"

#include "support/unit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static void a_request_names_all(void **state)
{
	const struct str names[] = { STR("chat.example"), STR("conference.chat.example") };
	struct sbuf key scoped(sbuf_done) = SBUF(CERTIFICATE_KEY_MAX),
			der scoped(sbuf_done) = SBUF(CERTIFICATE_REQUEST_MAX);
	STACK_OF(X509_EXTENSION) * list;
	const unsigned char *p;
	X509_REQ *request;
	GENERAL_NAMES *there;

	(void)state;
	assert_int_equal(certificate_key_new(&key), OK);
	assert_int_equal(certificate_request(&der, sbuf_str(&key), names, array_len(names)), OK);
	p = (const unsigned char *)der.ptr;
	request = d2i_X509_REQ(NULL, &p, (long)der.len);
	assert_non_null(request);
	assert_ptr_equal(p, der.ptr + der.len);
	assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
	list = X509_REQ_get_extensions(request);
	there = X509V3_get_d2i(list, NID_subject_alt_name, NULL, NULL);
	assert_int_equal(sk_GENERAL_NAME_num(there), array_len(names));
	for (int i = 0; i < sk_GENERAL_NAME_num(there); i++) {
		const ASN1_IA5STRING *text = sk_GENERAL_NAME_value(there, i)->d.dNSName;

		assert_true(str_eq(names[i], str_make((const char *)ASN1_STRING_get0_data(text),
						      (size_t)ASN1_STRING_length(text))));
	}
	GENERAL_NAMES_free(there);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	X509_REQ_free(request);
}

/* A self-signed certificate for the key, from yesterday for so many seconds from now, as PEM. */
static struct str sign(struct sbuf *out, struct str key_pem, const char *name, long seconds)
{
	BIO *in = BIO_new_mem_buf(key_pem.ptr, (int)key_pem.len), *text = BIO_new(BIO_s_mem());
	EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
	X509 *cert = X509_new();
	X509_EXTENSION *names;
	char *ptr = NULL, san[100];
	long len;

	(void)snprintf(san, sizeof(san), "DNS:%s", name);
	names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, san);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), seconds);
	assert_true(X509_set_version(cert, X509_VERSION_3));
	assert_true(X509_set_pubkey(cert, key) && X509_add_ext(cert, names, -1));
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	assert_int_equal(PEM_write_bio_X509(text, cert), 1);
	len = BIO_get_mem_data(text, &ptr);
	sbuf_reset(out);
	sbuf_add(out, str_make(ptr, (size_t)len));
	X509_EXTENSION_free(names);
	X509_free(cert);
	EVP_PKEY_free(key);
	BIO_free(text);
	BIO_free(in);
	return sbuf_str(out);
}

static void wrong(struct str chain, const struct sbuf *key, const char *word)
{
	const struct str names[] = { STR("chat.example") };
	struct sbuf why scoped(sbuf_done) = SBUF(KIB);

	assert_int_equal(certificate_check(chain, sbuf_str(key), names, 1, wall_now(), &why),
			 ERR_INVALID);
	assert_true(str_find(sbuf_str(&why), str_from(word)) >= 0);
}

static void only_the_right_chain_is_taken(void **state)
{
	const struct str names[] = { STR("chat.example"), STR("b.chat.example") };
	struct sbuf key scoped(sbuf_done) = SBUF(CERTIFICATE_KEY_MAX),
			other scoped(sbuf_done) = SBUF(CERTIFICATE_KEY_MAX),
			pem scoped(sbuf_done) = SBUF(64 * KIB),
			more scoped(sbuf_done) = SBUF(64 * KIB), why scoped(sbuf_done) = SBUF(KIB);
	struct str chain;

	(void)state;
	assert_int_equal(certificate_key_new(&key), OK);
	assert_int_equal(certificate_key_new(&other), OK);
	chain = sign(&pem, sbuf_str(&key), "chat.example", 86400);
	assert_int_equal(certificate_check(chain, sbuf_str(&key), names, 1, wall_now(), &why), OK);
	assert_int_equal(certificate_check(chain, sbuf_str(&key), names, 2, wall_now(), &why),
			 ERR_INVALID);
	wrong(chain, &other, "another key");
	wrong(STR(""), &key, "none");
	wrong(STR("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), &key, "none");
	sbuf_add(&more, chain);
	sbuf_add(&more, sbuf_str(&key));
	wrong(sbuf_str(&more), &key, "none"); /* a key in it */
	sbuf_reset(&more);
	for (int i = 0; i <= CERTIFICATE_CHAIN_COUNT; i++)
		sbuf_add(&more, chain);
	wrong(sbuf_str(&more), &key, "none"); /* too many */
	wrong(sign(&pem, sbuf_str(&key), "chat.example", -10), &key, "expired");
	wrong(sign(&pem, sbuf_str(&key), "other.example", 100), &key, "name");
}

static void keys_are_found_in_files(void **state)
{
	struct sbuf key scoped(sbuf_done) = SBUF(CERTIFICATE_KEY_MAX),
			pem scoped(sbuf_done) = SBUF(64 * KIB),
			found scoped(sbuf_done) = SBUF(CERTIFICATE_KEY_MAX);
	EVP_PKEY *rsa = EVP_RSA_gen(2048);
	BIO *text = BIO_new(BIO_s_mem());
	char *ptr = NULL;
	long len;

	(void)state;
	assert_int_equal(certificate_key_new(&key), OK);
	sign(&pem, sbuf_str(&key), "chat.example", 100);
	assert_int_equal(certificate_key_of(sbuf_str(&pem), &found), ERR_NOT_FOUND);
	sbuf_add(&pem, sbuf_str(&key));
	assert_int_equal(certificate_key_of(sbuf_str(&pem), &found), OK);
	assert_true(str_eq(sbuf_str(&found), sbuf_str(&key)));
	assert_int_equal(PEM_write_bio_PrivateKey(text, rsa, NULL, NULL, 0, NULL, NULL), 1);
	len = BIO_get_mem_data(text, &ptr);
	assert_int_equal(certificate_key_of(str_make(ptr, (size_t)len), &found), ERR_UNSUPPORTED);
	BIO_free(text);
	EVP_PKEY_free(rsa);
}

UNIT_TESTS(crypto_certificate, cmocka_unit_test(a_request_names_all),
	   cmocka_unit_test(only_the_right_chain_is_taken),
	   cmocka_unit_test(keys_are_found_in_files));
