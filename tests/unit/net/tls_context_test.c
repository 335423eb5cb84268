/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: names (RFC 9525), channel bindings (RFC 5929), our own, and huge ones. */
#include "unit/net/tls_fixture.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

/* Writes a certificate with these subjectAltNames (an OpenSSL list, or NULL) and its key; md NULL:
 * Ed25519. */
static void write_cert(const struct tls_fixture *f, GENERAL_NAMES *names, const char *cn,
		       const EVP_MD *md)
{
	EVP_PKEY *key = md ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	FILE *cert_file = fopen(f->cert, "w"), *key_file = fopen(f->key, "w");
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	assert_true(cert_file && key_file);
	assert_true(X509_set_version(cert, X509_VERSION_3) &&
		    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7) &&
		    X509_gmtime_adj(X509_getm_notBefore(cert), -60) &&
		    X509_gmtime_adj(X509_getm_notAfter(cert), 86400) && X509_set_pubkey(cert, key));
	assert_true(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					       (const unsigned char *)cn, -1, -1, 0) &&
		    X509_set_issuer_name(cert, subject));
	if (names)
		assert_int_equal(X509_add1_ext_i2d(cert, NID_subject_alt_name, names, 0, 0), 1);
	assert_true(X509_sign(cert, key, md) > 0);
	assert_true(PEM_write_X509(cert_file, cert));
	assert_true(PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL));
	(void)fclose(cert_file);
	(void)fclose(key_file);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static void reload(struct tls_fixture *f)
{
	f->server = tls_context_unref(f->server);
	f->client = tls_context_unref(f->client);
	assert_int_equal(tls_context_new_server(f->cert, f->key, &f->server, NULL), OK);
	assert_int_equal(tls_context_new_client(f->cert, &f->client, NULL), OK);
}

static bool covers(const struct tls_fixture *f, const char *name)
{
	struct str names[] = { str_from(name) }, missing = STR_NONE;
	bool is_missing = tls_context_missing_name(f->server, names, 1, &missing);

	assert_int_equal(is_missing, str_eq(missing, names[0]));
	return !is_missing;
}

static GENERAL_NAMES *dns_names(const char *const *texts, size_t count)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (size_t i = 0; i < count; i++) {
		GENERAL_NAME *name = a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, texts[i], 0);

		assert_non_null(name);
		assert_true(sk_GENERAL_NAME_push(names, name) > 0);
	}
	return names;
}

static void makes_its_own(void **state)
{
	struct str all[] = { STR("localhost"),        STR("conference.localhost"),
			     STR("upload.localhost"), STR("pubsub.localhost"),
			     STR("127.0.0.1"),        STR("::1") };
	struct str missing = STR_NONE;
	struct tls_fixture f;
	struct stat st;

	tls_fixture_init(&f);
	assert_false(tls_context_missing_name(f.server, all, array_len(all), &missing));
	assert_false(covers(&f, "example.org"));
	assert_false(covers(&f, "127.0.0.2"));
	assert_false(covers(&f, ""));
	assert_int_equal(stat(f.key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(tls_context_expires(f.server) > wall_now() + 3000 * USEC_PER_DAY);
	assert_true(tls_context_expires(f.server) < wall_now() + 4000 * USEC_PER_DAY);
	assert_int_equal(tls_make_self_signed(f.cert, f.key, STR("chat.example.org")), OK);
	reload(&f);
	assert_true(covers(&f, "chat.example.org"));
	assert_false(covers(&f, "127.0.0.1"));
	assert_int_equal(tls_make_self_signed(f.cert, f.key, STR("")), ERR_INVALID);
	assert_int_equal(tls_make_self_signed(f.cert, f.key, STR("a\nb")), ERR_INVALID);
	assert_int_equal(tls_make_self_signed(f.cert, "/nowhere/key.pem", STR("a")), ERR_NOT_FOUND);
	tls_fixture_done(&f);
}

static void names_follow_rfc_9525(void **state)
{
	static const char *const texts[] = { "example.org", "*.wild.org", "part*.org",
					     "*.*.deep.org" };
	GENERAL_NAMES *names = dns_names(texts, array_len(texts));
	struct tls_fixture f;

	tls_fixture_init(&f);
	write_cert(&f, names, "cn.example.net", EVP_sha256());
	reload(&f);
	assert_true(covers(&f, "example.org"));
	assert_true(covers(&f, "EXAMPLE.org"));
	assert_false(covers(&f, "evilexample.org"));
	assert_false(covers(&f, "a.example.org"));
	assert_true(covers(&f, "a.wild.org"));
	assert_false(covers(&f, "a.b.wild.org"));
	assert_false(covers(&f, "wild.org"));
	assert_false(covers(&f, "evilwild.org"));
	assert_false(covers(&f, "partial.org"));
	assert_false(covers(&f, "a.b.deep.org"));
	assert_false(covers(&f, "cn.example.net")); /* the subject is not looked at */
	write_cert(&f, NULL, "only.example.net", EVP_sha256());
	reload(&f);
	assert_false(covers(&f, "only.example.net"));
	GENERAL_NAMES_free(names);
	tls_fixture_done(&f);
}

static void end_point_follows_the_signature(void **state)
{
	struct tls_fixture f;

	tls_fixture_init(&f);
	write_cert(&f, NULL, "a", EVP_sha384());
	reload(&f);
	assert_int_equal(f.server->end_point_len, 48);
	write_cert(&f, NULL, "a", EVP_sha512());
	reload(&f);
	assert_int_equal(f.server->end_point_len, 64);
	write_cert(&f, NULL, "a", NULL); /* Ed25519 names no hash */
	reload(&f);
	assert_int_equal(f.server->end_point_len, 0);
	tls_fixture_done(&f);
}

static void says_what_is_wrong(void **state)
{
	struct tls_context *ctx = NULL;
	struct sbuf blame = SBUF(KIB);
	struct tls_fixture f;
	char other[80];

	tls_fixture_init(&f);
	(void)snprintf(other, sizeof(other), "%s/other.pem", f.folder);
	assert_int_equal(tls_context_new_server("/nowhere.pem", f.key, &ctx, &blame),
			 ERR_NOT_FOUND);
	assert_true(str_starts(sbuf_str(&blame), STR("/nowhere.pem: ")));
	assert_int_equal(tls_context_new_server(f.key, f.key, &ctx, NULL), ERR_INVALID);
	assert_int_equal(tls_context_new_server(f.cert, f.cert, &ctx, NULL), ERR_INVALID);
	assert_int_equal(tls_context_new_server(f.folder, f.key, &ctx, NULL), ERR_INVALID);
	assert_int_equal(rename(f.key, other), 0);
	assert_int_equal(tls_make_self_signed(f.cert, f.key, STR("localhost")), OK);
	sbuf_reset(&blame);
	assert_int_equal(tls_context_new_server(f.cert, other, &ctx, &blame), ERR_DENIED);
	assert_true(str_find(sbuf_str(&blame), STR("does not belong")) > 0);
	assert_int_equal(tls_context_new_client(f.key, &ctx, NULL), ERR_INVALID);
	assert_null(ctx);
	sbuf_done(&blame);
	(void)unlink(other);
	tls_fixture_done(&f);
}

/* Ten thousand names: looking one up is quick, and no peer may make us read such a thing. */
static void huge_certificates_are_bounded(void **state)
{
	enum { MANY = 10000 };
	struct tls_want want = { .name = STR("n0.example.org"), .output_limit = ROOMY };
	struct owner server = { .t = NULL }, client = { .t = NULL };
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	struct transport *t = NULL;
	struct tls_fixture f;
	char text[64];
	usec_t cpu;
	int fd;

	tls_fixture_init(&f);
	for (int i = 0; i < MANY; i++) {
		(void)snprintf(text, sizeof(text), "n%d.example.org", i);
		(void)sk_GENERAL_NAME_push(names,
					   a2i_GENERAL_NAME(NULL, NULL, NULL, GEN_DNS, text, 0));
	}
	write_cert(&f, names, "a", EVP_sha256());
	GENERAL_NAMES_free(names);
	reload(&f);
	cpu = clock_thread_cpu();
	assert_true(covers(&f, "n9999.example.org"));
	assert_false(covers(&f, "n10000.example.org"));
	assert_true(clock_thread_cpu() - cpu < 2 * USEC_PER_SEC);
	fd = tls_server_end(&f, &server, NULL, ROOMY);
	assert_int_equal(
		transport_tls_connect(f.net.net, wrap(&f.net, fd, ROOMY), f.client, &want, &t), OK);
	owner_take(&client, t);
	cpu = clock_thread_cpu();
	wait_for(&f.net, &client.is_ended);
	assert_true(clock_thread_cpu() - cpu < 2 * USEC_PER_SEC);
	assert_int_equal(client.ready, 0);
	assert_int_equal(client.why, TRANSPORT_PROTOCOL);
	owner_done(&client);
	owner_done(&server);
	tls_fixture_done(&f);
}

UNIT_TESTS(tls_context, cmocka_unit_test(makes_its_own), cmocka_unit_test(names_follow_rfc_9525),
	   cmocka_unit_test(end_point_follows_the_signature), cmocka_unit_test(says_what_is_wrong),
	   cmocka_unit_test(huge_certificates_are_bounded));
