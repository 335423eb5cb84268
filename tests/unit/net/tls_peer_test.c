/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates between servers: XMPP.md 5, rows 37 and 38. Two servers shake hands, and each judges
 * the other one's. */
#include "unit/net/tls_fixture.h"

#include "crypto/digest.h"
#include "net/tls_peer.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DAY = 86400, NAMES_MAX = 300 };

/* What a certificate shall be. */
struct form {
	const char *names[NAMES_MAX]; /* as of OpenSSL: "DNS:a", "otherName:…" */
	const char *usage;            /* extendedKeyUsage, or NULL */
	int from_days, to_days;
	bool is_root;
};

struct made {
	X509 *cert;
	EVP_PKEY *key;
};

static void add_text(X509 *cert, X509 *issuer, int nid, const char *text)
{
	X509V3_CTX v3;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&v3, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_nconf_nid(NULL, &v3, nid, text);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(cert, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static struct made make_cert(const struct made *issuer, const struct form *form, const char *cn)
{
	struct made m = { .cert = X509_new(), .key = EVP_EC_gen("P-256") };
	X509_NAME *subject = X509_get_subject_name(m.cert);
	struct sbuf names scoped(sbuf_done) = SBUF(64 * KIB);
	const struct made *by = issuer ? issuer : &m;

	assert_true(X509_set_version(m.cert, X509_VERSION_3) &&
		    ASN1_INTEGER_set_uint64(X509_get_serialNumber(m.cert), (uint64_t)clock_now()) &&
		    X509_gmtime_adj(X509_getm_notBefore(m.cert), form->from_days * DAY - 60) &&
		    X509_gmtime_adj(X509_getm_notAfter(m.cert),
				    (form->to_days ? form->to_days : 9) * DAY) &&
		    X509_set_pubkey(m.cert, m.key) &&
		    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					       (const unsigned char *)cn, -1, -1, 0) &&
		    X509_set_issuer_name(m.cert, X509_get_subject_name(by->cert)));
	if (form->is_root)
		add_text(m.cert, m.cert, NID_basic_constraints, "critical,CA:TRUE");
	for (size_t i = 0; form->names[i]; i++)
		(void)sbuf_printf(&names, "%s%s", i ? "," : "", form->names[i]);
	if (names.len) {
		(void)sbuf_add_char(&names, '\0');
		add_text(m.cert, by->cert, NID_subject_alt_name, names.ptr);
	}
	if (form->usage)
		add_text(m.cert, by->cert, NID_ext_key_usage, form->usage);
	assert_true(X509_sign(m.cert, by->key, EVP_sha256()) > 0);
	return m;
}

static void made_done(struct made *m)
{
	X509_free(m->cert);
	EVP_PKEY_free(m->key);
}

static void write_pem(const char *path, const struct made *certs, size_t count, EVP_PKEY *key)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (size_t i = 0; i < count; i++)
		assert_true(PEM_write_X509(file, certs[i].cert));
	assert_true(!key || PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL));
	(void)fclose(file);
}

/* Both ends have the same certificate. */
struct bed {
	struct tls_fixture f;
	struct made root, own[2]; /* own[1]: the root, when it comes along */
	struct tls_context *server, *client;
	struct tls_trust *trust;
	struct owner in, out;
};

static void bed_init(struct bed *b)
{
	struct form root = { .is_root = true, .names = { NULL } };

	memset(b, 0, sizeof(*b));
	tls_fixture_init(&b->f);
	b->root = make_cert(NULL, &root, "Test authority");
	write_pem(b->f.cert, &b->root, 1, NULL);
	assert_int_equal(tls_trust_new(b->f.cert, &b->trust, NULL), OK);
}

/* Shows certs (count) with the key of the first one. */
static void bed_show(struct bed *b, const struct made *certs, size_t count)
{
	static const struct str alpn[] = { STR_INIT("xmpp-server"), { .ptr = NULL } };
	struct tls_want want = { .name = STR_INIT("example.com"),
				 .alpn = alpn,
				 .output_limit = ROOMY };
	struct transport *t = NULL;
	int fds[2];

	b->server = tls_context_unref(b->server);
	b->client = tls_context_unref(b->client);
	owner_done(&b->in);
	owner_done(&b->out);
	b->in = b->out = (struct owner){ .t = NULL };
	write_pem(b->f.cert, certs, count, NULL);
	write_pem(b->f.key, NULL, 0, certs[0].key);
	assert_int_equal(tls_context_new_server(b->f.cert, b->f.key, &b->server, NULL), OK);
	assert_int_equal(tls_context_new_peer(b->f.cert, b->f.key, &b->client, NULL), OK);
	socket_pair(fds);
	owner_take(&b->in, transport_tls_accept(b->f.net.net, wrap(&b->f.net, fds[0], ROOMY),
						b->server, alpn, ROOMY));
	tls_ask_peer(b->in.t);
	assert_int_equal(transport_tls_connect(b->f.net.net, wrap(&b->f.net, fds[1], ROOMY),
					       b->client, &want, &t),
			 OK);
	owner_take(&b->out, t);
	wait_for(&b->f.net, &b->in.is_ready);
	wait_for(&b->f.net, &b->out.is_ready);
	assert_true(str_eq(tls_alpn(b->out.t), STR("xmpp-server")));
}

/* Shows a certificate of this form that the root has signed. */
static void bed_make(struct bed *b, const struct form *form)
{
	if (b->own[0].cert)
		made_done(&b->own[0]);
	b->own[0] = make_cert(&b->root, form, "example.com");
	bed_show(b, b->own, 1);
}

static void bed_done(struct bed *b)
{
	owner_done(&b->in);
	owner_done(&b->out);
	b->server = tls_context_unref(b->server);
	b->client = tls_context_unref(b->client);
	b->trust = tls_trust_unref(b->trust);
	if (b->own[0].cert)
		made_done(&b->own[0]);
	made_done(&b->root);
	tls_fixture_done(&b->f);
}

/* What both say about the other one, for domain. */
static void judges(struct bed *b, const struct tls_peer_want *want, enum tls_peer_proof proof,
		   const char *reason)
{
	struct tls_peer_report report;

	tls_peer_check(b->out.t, b->trust, want, &report);
	assert_string_equal(report.reason, reason);
	assert_int_equal(report.proof, proof);
	assert_true(report.has_certificate);
	tls_peer_check(b->in.t, b->trust, want, &report);
	assert_string_equal(report.reason, reason);
	assert_int_equal(report.proof, proof);
}

static void judges_domain(struct bed *b, const char *domain, enum tls_peer_proof proof,
			  const char *reason)
{
	struct tls_peer_want want = { .domain = str_from(domain), .ascii = str_from(domain) };

	judges(b, &want, proof, reason);
}

static void matches(const char *presented, const char *host, bool expected)
{
	assert_int_equal(tls_name_matches(str_from(presented), str_from(host)), expected);
}

static void names_match(void **state)
{
	matches("example.com", "example.com", true);
	matches("EXAMPLE.Com", "example.com", true);
	matches("example.com", "evilexample.com", false);
	matches("evilexample.com", "example.com", false);
	matches("example.com", "a.example.com", false);
	matches("*.example.com", "a.example.com", true);
	matches("*.EXAMPLE.com", "a.example.com", true);
	matches("*.example.com", "example.com", false);
	matches("*.example.com", ".example.com", false);
	matches("*.example.com", "a.b.example.com", false);
	matches("*.example.com", "evilexample.com", false);
	matches("*example.com", "evilexample.com", false);
	matches("*.com", "example.com", false);
	matches("*", "localhost", false);
	matches("*.", "localhost.", false);
	matches("a*.example.com", "ab.example.com", false);
	matches("*a.example.com", "ba.example.com", false);
	matches("a.*.com", "a.example.com", false);
	matches("*.*.com", "a.example.com", false);
	matches("", "", false);
	matches(".", "", false);
	matches("10.0.0.1", "10.0.0.1", false);
	matches("*.0.0.1", "10.0.0.1", false);
	assert_false(tls_name_matches(str_make("example.com\0.evil.org", 21), STR("example.com")));
	assert_false(tls_name_matches(STR("example.com"), str_make("example.com\0", 12)));
}

static void authorities_prove(void **state)
{
	static const struct form dns = { .names = { "DNS:other.org", "DNS:example.com",
						    "DNS:*.wild.example" } },
				 srv = { .names = { "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-server"
						    ".example.com" } },
				 client_srv = { .names = { "otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-"
							   "client.example.com" } },
				 addr = { .names = { "otherName:1.3.6.1.5.5.7.8.5;UTF8:"
						     "example.com" } },
				 user = { .names = { "otherName:1.3.6.1.5.5.7.8.5;UTF8:"
						     "juliet@example.com" } },
				 ip = { .names = { "IP:10.1.2.3", "IP:fd00::1" } };
	struct bed b;

	bed_init(&b);
	bed_make(&b, &dns);
	judges_domain(&b, "example.com", TLS_PEER_PKIX, "");
	judges_domain(&b, "a.wild.example", TLS_PEER_PKIX, "");
	judges_domain(&b, "a.b.wild.example", TLS_PEER_UNKNOWN,
		      "its certificate is for other.org, not for this domain");
	judges_domain(&b, "evilexample.com", TLS_PEER_UNKNOWN,
		      "its certificate is for other.org, not for this domain");
	bed_make(&b, &srv);
	judges_domain(&b, "example.com", TLS_PEER_PKIX, "");
	judges_domain(&b, "other.org", TLS_PEER_UNKNOWN, "its certificate is not for this domain");
	bed_make(&b, &client_srv);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN,
		      "its certificate is not for this domain");
	bed_make(&b, &addr);
	judges_domain(&b, "example.com", TLS_PEER_PKIX, "");
	bed_make(&b, &user);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN,
		      "its certificate is not for this domain");
	bed_make(&b, &ip);
	judges_domain(&b, "10.1.2.3", TLS_PEER_PKIX, "");
	judges_domain(&b, "fd00::1", TLS_PEER_PKIX, "");
	judges_domain(&b, "10.1.2.4", TLS_PEER_UNKNOWN, "its certificate is not for this domain");
	bed_done(&b);
}

static void subjects_say_nothing(void **state)
{
	static const struct form bare = { .names = { NULL } }, odd = { .names = { "DNS:a b\x7f" } };
	struct bed b;

	bed_init(&b);
	bed_make(&b, &bare); /* its CN is example.com */
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN,
		      "its certificate is not for this domain");
	bed_make(&b, &odd);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN,
		      "its certificate is for a?b?, not for this domain");
	bed_done(&b);
}

static void times_and_issuers_count(void **state)
{
	static const struct form expired = { .names = { "DNS:example.com" },
					     .from_days = -20,
					     .to_days = -10 },
				 early = { .names = { "DNS:example.com" }, .from_days = 2 },
				 good = { .names = { "DNS:example.com" } };
	struct made self, other_root, foreign;
	static const struct form root = { .is_root = true, .names = { NULL } };
	struct bed b;

	bed_init(&b);
	bed_make(&b, &expired);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN, "its certificate has expired");
	bed_make(&b, &early);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN, "its certificate is not valid yet");
	self = make_cert(NULL, &good, "example.com");
	bed_show(&b, &self, 1);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN, "its certificate is self-signed");
	/* The same name as ours, another key. */
	other_root = make_cert(NULL, &root, "Other authority");
	foreign = make_cert(&other_root, &good, "example.com");
	bed_show(&b, &foreign, 1);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN,
		      "its certificate comes from nobody whom this server trusts");
	made_done(&self);
	made_done(&other_root);
	made_done(&foreign);
	bed_done(&b);
}

/* Authorities give servers certificates that are no longer for clients. */
static void usage_counts_by_direction(void **state)
{
	static const struct form server = { .names = { "DNS:example.com" }, .usage = "serverAuth" },
				 client = { .names = { "DNS:example.com" }, .usage = "clientAuth" },
				 mail = { .names = { "DNS:example.com" },
					  .usage = "emailProtection" };
	struct tls_peer_want want = { .domain = STR_INIT("example.com"),
				      .ascii = STR_INIT("example.com") };
	struct tls_peer_report report;
	struct bed b;

	bed_init(&b);
	bed_make(&b, &server);
	judges_domain(&b, "example.com", TLS_PEER_PKIX, "");
	bed_make(&b, &client);
	tls_peer_check(b.in.t, b.trust, &want, &report);
	assert_int_equal(report.proof, TLS_PEER_PKIX);
	tls_peer_check(b.out.t, b.trust, &want, &report);
	assert_int_equal(report.proof, TLS_PEER_UNKNOWN);
	bed_make(&b, &mail);
	tls_peer_check(b.in.t, b.trust, &want, &report);
	assert_int_equal(report.proof, TLS_PEER_UNKNOWN);
	bed_done(&b);
}

static void too_many_names(void **state)
{
	struct form form = { .names = { NULL } };
	struct bed b;

	for (size_t i = 0; i <= TLS_PEER_NAMES_MAX; i++)
		form.names[i] = "DNS:example.com";
	bed_init(&b);
	bed_make(&b, &form);
	judges_domain(&b, "example.com", TLS_PEER_UNKNOWN,
		      "its certificate has too many names, or too many above it");
	form.names[TLS_PEER_NAMES_MAX] = NULL;
	bed_make(&b, &form);
	judges_domain(&b, "example.com", TLS_PEER_PKIX, "");
	bed_done(&b);
}

/* ---- DANE ---- */

static void dane_of(struct dane *d, X509 *cert, uint8_t usage, uint8_t selector)
{
	uint8_t row[3 + DIGEST_MAX] = { usage, selector, DANE_SHA256 }, *der = NULL;
	int len = selector == DANE_KEY ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der)
				       : i2d_X509(cert, &der);

	assert_true(len > 0);
	digest_of(DIGEST_SHA256, str_make((char *)der, (size_t)len), row + 3);
	OPENSSL_free(der);
	assert_int_equal(dane_add(d, str_make((char *)row, 35)), OK);
}

static void the_dns_proves(void **state)
{
	static const struct form old = { .names = { "DNS:nobody.example" },
					 .from_days = -20,
					 .to_days = -10 };
	static const struct form good = { .names = { "DNS:host.example.net" } };
	struct tls_peer_want want = { .domain = STR_INIT("example.com"),
				      .ascii = STR_INIT("example.com"),
				      .target = STR_INIT("host.example.net") };
	struct made self = make_cert(NULL, &old, "old"), *own;
	struct dane ee = { .count = 0 }, ta = { .count = 0 }, other = { .count = 0 };
	struct bed b;

	bed_init(&b);
	own = b.own;
	/* DANE-EE: neither name, nor time, nor issuer. */
	dane_of(&ee, self.cert, DANE_EE, DANE_KEY);
	bed_show(&b, &self, 1);
	want.dane = &ee;
	judges(&b, &want, TLS_PEER_DANE, "");
	want.dane = NULL;
	judges(&b, &want, TLS_PEER_UNKNOWN, "its certificate is self-signed");
	/* One of several is enough. */
	dane_of(&other, b.root.cert, DANE_EE, DANE_CERT);
	want.dane = &other;
	judges(&b, &want, TLS_PEER_IMPOSTOR, "its certificate is not the one of its TLSA records");
	dane_of(&other, self.cert, DANE_EE, DANE_CERT);
	judges(&b, &want, TLS_PEER_DANE, "");
	/* DANE-TA: the anchor comes along, and the name is that of the target. */
	own[0] = make_cert(&b.root, &good, "x");
	own[1] = b.root;
	dane_of(&ta, b.root.cert, DANE_TA, DANE_CERT);
	want.dane = &ta;
	bed_show(&b, own, 2);
	judges(&b, &want, TLS_PEER_DANE, "");
	want.target = STR("evilhost.example.net");
	judges(&b, &want, TLS_PEER_IMPOSTOR,
	       "its certificate is for host.example.net, not for this domain");
	want.target = STR("host.example.net");
	bed_show(&b, own, 1);
	judges(&b, &want, TLS_PEER_IMPOSTOR, "its certificate is not the one of its TLSA records");
	made_done(&self);
	bed_done(&b);
}

static void the_dns_narrows_authorities(void **state)
{
	static const struct form good = { .names = { "DNS:example.com" } };
	struct tls_peer_want want = { .domain = STR_INIT("example.com"),
				      .ascii = STR_INIT("example.com") };
	struct dane ee = { .count = 0 }, ta = { .count = 0 }, wrong = { .count = 0 };
	struct made self = make_cert(NULL, &good, "self");
	struct bed b;

	bed_init(&b);
	bed_make(&b, &good);
	dane_of(&ee, b.own[0].cert, DANE_PKIX_EE, DANE_CERT);
	dane_of(&ta, b.root.cert, DANE_PKIX_TA, DANE_KEY);
	dane_of(&wrong, self.cert, DANE_PKIX_TA, DANE_KEY);
	want.dane = &ee;
	judges(&b, &want, TLS_PEER_DANE, "");
	want.dane = &ta;
	judges(&b, &want, TLS_PEER_DANE, "");
	/* An authority that we trust signs for somebody else: jabber.ru. */
	want.dane = &wrong;
	judges(&b, &want, TLS_PEER_IMPOSTOR, "its certificate is not the one of its TLSA records");
	/* Not without an authority. */
	ee.count = 0;
	dane_of(&ee, self.cert, DANE_PKIX_EE, DANE_CERT);
	want.dane = &ee;
	bed_show(&b, &self, 1);
	judges(&b, &want, TLS_PEER_IMPOSTOR, "its certificate is not the one of its TLSA records");
	made_done(&self);
	bed_done(&b);
}

static void without_a_certificate(void **state)
{
	struct tls_peer_want want = { .domain = STR_INIT("example.com"),
				      .ascii = STR_INIT("example.com") };
	struct tls_peer_report report;
	struct owner in = { .t = NULL }, out = { .t = NULL };
	struct tls_want tls = { .name = STR_INIT("localhost"), .output_limit = ROOMY };
	struct transport *t = NULL;
	struct bed b;
	int fds[2];

	bed_init(&b);
	assert_int_equal(tls_make_self_signed(b.f.cert, b.f.key, STR("localhost")), OK);
	socket_pair(fds);
	owner_take(&in, transport_tls_accept(b.f.net.net, wrap(&b.f.net, fds[0], ROOMY), b.f.server,
					     NULL, ROOMY));
	tls_ask_peer(in.t);
	/* An ordinary client, which has none. */
	assert_int_equal(transport_tls_connect(b.f.net.net, wrap(&b.f.net, fds[1], ROOMY),
					       b.f.client, &tls, &t),
			 OK);
	owner_take(&out, t);
	tls_peer_check(in.t, b.trust, &want, &report); /* too early */
	assert_int_equal(report.proof, TLS_PEER_UNKNOWN);
	wait_for(&b.f.net, &in.is_ready);
	tls_peer_check(in.t, b.trust, &want, &report);
	assert_int_equal(report.proof, TLS_PEER_UNKNOWN);
	assert_false(report.has_certificate);
	assert_string_equal(report.reason, "it shows no certificate");
	owner_done(&in);
	owner_done(&out);
	bed_done(&b);
}

/* A server that knows clients by their certificates sees nobody in a server's. */
static void servers_are_no_clients(void **state)
{
	static const struct form user = { .names = { "otherName:1.3.6.1.5.5.7.8.5;UTF8:"
						     "juliet@example.com" } };
	struct tls_want want = { .name = STR_INIT("example.com"), .output_limit = ROOMY };
	struct arena a scoped(arena_done) = { 0 };
	struct tls_context *server = NULL;
	struct transport *t = NULL;
	struct owner in = { .t = NULL }, out = { .t = NULL };
	struct str found[4];
	struct bed b;
	int fds[2];

	bed_init(&b);
	arena_init(&a, 4096);
	bed_make(&b, &user);
	assert_int_equal(tls_context_new_server(b.f.cert, b.f.key, &server, NULL), OK);
	write_pem(b.f.cert, &b.root, 1, NULL);
	assert_int_equal(tls_context_trust_clients(server, b.f.cert, NULL), OK);
	for (int is_peer = 0; is_peer < 2; is_peer++) {
		socket_pair(fds);
		in = out = (struct owner){ .t = NULL };
		owner_take(&in, transport_tls_accept(b.f.net.net, wrap(&b.f.net, fds[0], ROOMY),
						     server, NULL, ROOMY));
		if (is_peer)
			tls_ask_peer(in.t);
		else
			tls_ask_certificate(in.t);
		assert_int_equal(transport_tls_connect(b.f.net.net, wrap(&b.f.net, fds[1], ROOMY),
						       b.client, &want, &t),
				 OK);
		owner_take(&out, t);
		wait_for(&b.f.net, &in.is_ready);
		assert_int_equal(transport_addresses(in.t, &a, found, 4), is_peer ? 0 : 1);
		owner_done(&in);
		owner_done(&out);
	}
	server = tls_context_unref(server);
	bed_done(&b);
}

static void trust_files(void **state)
{
	struct sbuf blame scoped(sbuf_done) = SBUF(1000);
	struct tls_trust *trust = NULL;

	assert_int_equal(tls_trust_new("/nonexistent/ca.pem", &trust, &blame), ERR_NOT_FOUND);
	assert_int_equal(tls_trust_new("/etc/passwd", &trust, NULL), ERR_INVALID);
	assert_true(str_find(sbuf_str(&blame), STR("/nonexistent/ca.pem: no trusted roots")) >= 0);
	assert_int_equal(tls_trust_new(NULL, &trust, NULL), OK);
	assert_null(tls_trust_unref(tls_trust_ref(trust)));
	trust = tls_trust_unref(trust);
	assert_null(trust);
}

UNIT_TESTS(tls_peer, cmocka_unit_test(names_match), cmocka_unit_test(authorities_prove),
	   cmocka_unit_test(subjects_say_nothing), cmocka_unit_test(times_and_issuers_count),
	   cmocka_unit_test(usage_counts_by_direction), cmocka_unit_test(too_many_names),
	   cmocka_unit_test(the_dns_proves), cmocka_unit_test(the_dns_narrows_authorities),
	   cmocka_unit_test(without_a_certificate), cmocka_unit_test(servers_are_no_clients),
	   cmocka_unit_test(trust_files));
