/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of other servers, see tls_peer.h. */
#include "net/tls_peer.h"

#include "base/mem.h"
#include "net/addr.h"
#include "net/tls-private.h"
#include "net/tls_client_cert.h"
#include "net/tls_context-private.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>

enum { SECURITY_LEVEL = 2 /* of signatures and keys, see SSL_CTX_set_security_level(3) */ };

struct tls_trust {
	unsigned refs; /* atomic */
	X509_STORE *store;
};

/* What is judged. */
struct peer {
	const struct tls_peer_want *want;
	X509 *cert;
	STACK_OF(X509) * chain; /* with cert or without, as it came */
	bool is_inbound;
	STACK_OF(X509) * built; /* from cert to a root, when an authority has proven it */
	char *reason;
};

/* ---- authorities ---- */

enum err tls_trust_new(const char *ca_path, struct tls_trust **ret_trust, struct sbuf *blame)
{
	enum err e = ca_path ? tls_look_at_file(ca_path) : OK;
	X509_STORE *store = X509_STORE_new();
	struct tls_trust *trust;

	must(store);
	ERR_clear_error();
	if (!e && ca_path && X509_STORE_load_file(store, ca_path) != 1)
		e = ERR_INVALID;
	if (!e && !ca_path && X509_STORE_set_default_paths(store) != 1)
		e = ERR_IO;
	if (e) {
		X509_STORE_free(store);
		return tls_blame_file(blame, e, ca_path ? ca_path : "system", "no trusted roots");
	}
	trust = mem_zalloc(1, sizeof(*trust));
	trust->refs = 1;
	trust->store = store;
	*ret_trust = trust;
	return OK;
}

struct tls_trust *tls_trust_ref(struct tls_trust *trust)
{
	(void)__atomic_add_fetch(&trust->refs, 1, __ATOMIC_RELAXED);
	return trust;
}

struct tls_trust *tls_trust_unref(struct tls_trust *trust)
{
	if (trust && __atomic_sub_fetch(&trust->refs, 1, __ATOMIC_ACQ_REL) == 0) {
		X509_STORE_free(trust->store);
		mem_free(trust);
	}
	return NULL;
}

/* ---- names ---- */

bool tls_name_matches(struct str presented, struct str host)
{
	ptrdiff_t dot = str_index(host, '.');
	struct str rest;
	struct addr ip;

	if (str_is_empty(host) || addr_parse_ip(host, &ip) == OK)
		return false;
	if (str_eq_nocase(presented, host))
		return true;
	if (!str_starts(presented, STR("*.")) || dot <= 0)
		return false;
	rest = str_from_at(host, (size_t)dot);
	return str_eq_nocase(str_from_at(presented, 1), rest) &&
	       str_index(str_from_at(rest, 1), '.') > 0;
}

static struct str asn1_str(const ASN1_STRING *s)
{
	return str_make((const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

static bool other_name_is(const OTHERNAME *other, const struct tls_peer_want *want)
{
	static const struct str service = STR_INIT("_xmpp-server.");
	int kind = OBJ_obj2nid(other->type_id), type = other->value->type;
	struct str text;

	/* id-on-dnsSRV (RFC 4985): a service of the domain. */
	if (kind == NID_SRVName && type == V_ASN1_IA5STRING) {
		text = asn1_str(other->value->value.ia5string);
		return str_eq_nocase(str_sub(text, 0, service.len), service) &&
		       tls_name_matches(str_from_at(text, service.len), want->ascii);
	}
	/* id-on-xmppAddr (RFC 6120, 13.7.1.4): a server's is the domain alone. */
	if (kind == NID_XmppAddr && type == V_ASN1_UTF8STRING) {
		text = asn1_str(other->value->value.utf8string);
		return str_eq_nocase(text, want->domain) || str_eq_nocase(text, want->ascii);
	}
	return false;
}

static bool ip_is(const ASN1_OCTET_STRING *value, struct str ascii)
{
	struct addr ip;
	size_t skip;

	if (addr_parse_ip(ascii, &ip))
		return false;
	skip = addr_is_v4(&ip) ? 12 : 0;
	return str_eq(asn1_str(value), str_make((const char *)ip.ip + skip, sizeof(ip.ip) - skip));
}

static bool name_is(const GENERAL_NAME *name, const struct tls_peer_want *want)
{
	if (name->type == GEN_DNS)
		return tls_name_matches(asn1_str(name->d.dNSName), want->ascii) ||
		       tls_name_matches(asn1_str(name->d.dNSName), want->target);
	if (name->type == GEN_OTHERNAME)
		return other_name_is(name->d.otherName, want);
	return name->type == GEN_IPADD && ip_is(name->d.iPAddress, want->ascii);
}

/* What a stranger calls itself, for a log: only what can be a host name. */
static size_t copy_name(const GENERAL_NAME *name, char *buf, size_t size)
{
	struct str text = name->type == GEN_DNS ? asn1_str(name->d.dNSName) : STR_NONE;
	size_t len = 0;

	for (size_t i = 0; i < text.len && len + 1 < size; i++) {
		char c = text.ptr[i];

		buf[len++] = c > ' ' && c < 0x7f && c != '"' && c != '\\' ? c : '?';
	}
	buf[len] = '\0';
	return len;
}

/* Whether the certificate is for the domain; subjects (CN) are never looked at. */
static bool is_named(struct peer *p)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(p->cert, NID_subject_alt_name, NULL, NULL);
	char first[TLS_NAME_MAX / 2] = "";
	bool is_found = false;

	for (int i = 0; i < sk_GENERAL_NAME_num(names) && !is_found; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

		is_found = name_is(name, p->want);
		if (*first == '\0')
			(void)copy_name(name, first, sizeof(first));
	}
	GENERAL_NAMES_free(names);
	if (!is_found && *first)
		(void)snprintf(p->reason, TLS_PEER_REASON_MAX,
			       "its certificate is for %s, not for this domain", first);
	else if (!is_found)
		(void)snprintf(p->reason, TLS_PEER_REASON_MAX,
			       "its certificate is not for this domain");
	return is_found;
}

/* ---- chains ---- */

static void blame_chain(struct peer *p, int error, int depth)
{
	const char *whose = depth > 0 ? "a certificate above its own" : "its certificate";
	const char *what = X509_verify_cert_error_string(error);

	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		what = "has expired";
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		what = "is not valid yet";
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		what = "is self-signed";
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		whose = "its certificate";
		what = "comes from nobody whom this server trusts";
		break;
	default:
		(void)snprintf(p->reason, TLS_PEER_REASON_MAX, "%s: %s", whose, what);
		return;
	}
	(void)snprintf(p->reason, TLS_PEER_REASON_MAX, "%s %s", whose, what);
}

/* One try for one purpose; gives the error, X509_V_OK when the chain is good. */
static int verify(struct peer *p, X509_STORE *store, const char *purpose, unsigned long flags)
{
	X509_STORE_CTX *v = X509_STORE_CTX_new();
	X509_VERIFY_PARAM *param;
	int error = X509_V_ERR_UNSPECIFIED;

	must(v && X509_STORE_CTX_init(v, store, p->cert, p->chain));
	must(X509_STORE_CTX_set_default(v, purpose));
	param = X509_STORE_CTX_get0_param(v);
	X509_VERIFY_PARAM_set_depth(param, TLS_PEER_CHAIN_MAX);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	must(X509_VERIFY_PARAM_set_flags(param, flags));
	if (X509_verify_cert(v) == 1) {
		error = X509_V_OK;
		if (!p->built)
			p->built = X509_STORE_CTX_get1_chain(v);
	} else if (X509_STORE_CTX_get_error(v) != X509_V_OK) {
		error = X509_STORE_CTX_get_error(v);
		blame_chain(p, error, X509_STORE_CTX_get_error_depth(v));
	}
	X509_STORE_CTX_free(v);
	ERR_clear_error();
	return error;
}

/* Authorities have stopped to say of servers that they may be clients: who connects to us with a
 * server's certificate is as good as one that has both. */
static bool has_chain(struct peer *p, X509_STORE *store, unsigned long flags)
{
	int error = verify(p, store, "ssl_server", flags);

	if (error == X509_V_ERR_INVALID_PURPOSE && p->is_inbound)
		error = verify(p, store, "ssl_client", flags);
	return error == X509_V_OK;
}

/* ---- DANE ---- */

static bool record_is(const struct dane_record *r, X509 *cert)
{
	uint8_t *der = NULL, *key = NULL;
	int der_len = i2d_X509(cert, &der);
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &key);
	bool is_match = der_len > 0 && key_len > 0 &&
			dane_matches(r, str_make((char *)der, (size_t)der_len),
				     str_make((char *)key, (size_t)key_len));

	OPENSSL_free(der);
	OPENSSL_free(key);
	ERR_clear_error();
	return is_match;
}

/* An authority that the DNS names: it must have come along (RFC 7671, 5.2.2), and everything below
 * it must be right. */
static bool anchor_proves(struct peer *p, X509 *anchor)
{
	X509_STORE *store = X509_STORE_new();
	bool is_good;

	must(store && X509_STORE_add_cert(store, anchor));
	is_good = has_chain(p, store, X509_V_FLAG_PARTIAL_CHAIN) && is_named(p);
	X509_STORE_free(store);
	return is_good;
}

static bool any_above(struct peer *p, const struct dane_record *r)
{
	for (int i = 0; i < sk_X509_num(p->chain); i++) {
		X509 *cert = sk_X509_value(p->chain, i);

		if (X509_cmp(cert, p->cert) != 0 && record_is(r, cert) && anchor_proves(p, cert))
			return true;
	}
	return false;
}

static bool built_has(const struct peer *p, const struct dane_record *r)
{
	for (int i = 1; i < sk_X509_num(p->built); i++) {
		if (record_is(r, sk_X509_value(p->built, i)))
			return true;
	}
	return false;
}

static bool record_proves(struct peer *p, const struct dane_record *r, bool is_pkix)
{
	switch (r->usage) {
	case DANE_EE: /* neither names nor times count (RFC 7671, 5.1) */
		return record_is(r, p->cert);
	case DANE_TA:
		return any_above(p, r);
	case DANE_PKIX_EE:
		return is_pkix && record_is(r, p->cert);
	default:
		return is_pkix && built_has(p, r);
	}
}

static bool dane_proves(struct peer *p, bool is_pkix)
{
	const struct dane *dane = p->want->dane;

	*p->reason = '\0';
	for (size_t i = 0; i < dane->count; i++) {
		if (record_proves(p, &dane->records[i], is_pkix))
			return true;
	}
	if (*p->reason == '\0')
		(void)snprintf(p->reason, TLS_PEER_REASON_MAX,
			       "its certificate is not the one of its TLSA records");
	return false;
}

/* ---- judgement ---- */

static bool is_bounded(const struct peer *p)
{
	int count = sk_X509_num(p->chain);
	bool is_fine = tls_cert_is_bounded(p->cert, TLS_PEER_NAMES_MAX);

	for (int i = 0; i < count && is_fine; i++)
		is_fine = tls_cert_is_bounded(sk_X509_value(p->chain, i), TLS_PEER_NAMES_MAX);
	return is_fine && count <= TLS_PEER_CHAIN_MAX;
}

static enum tls_peer_proof judge(struct peer *p, const struct tls_trust *trust)
{
	bool is_pkix;

	if (!is_bounded(p)) {
		(void)snprintf(p->reason, TLS_PEER_REASON_MAX,
			       "its certificate has too many names, or too many above it");
		return TLS_PEER_UNKNOWN;
	}
	is_pkix = has_chain(p, trust->store, 0) && is_named(p);
	if (p->want->dane && p->want->dane->count)
		return dane_proves(p, is_pkix) ? TLS_PEER_DANE : TLS_PEER_IMPOSTOR;
	return is_pkix ? TLS_PEER_PKIX : TLS_PEER_UNKNOWN;
}

void tls_peer_check(const struct transport *t, const struct tls_trust *trust,
		    const struct tls_peer_want *want, struct tls_peer_report *ret_report)
{
	const struct tls *c = tls_look(t);
	struct peer p = { .want = want, .reason = ret_report->reason };

	*ret_report = (struct tls_peer_report){ .proof = TLS_PEER_UNKNOWN };
	if (c->state == TLS_OPENSSL && !c->is_ended && c->ssl) {
		p.cert = SSL_get0_peer_certificate(c->ssl);
		p.chain = SSL_get_peer_cert_chain(c->ssl);
		p.is_inbound = SSL_is_server(c->ssl);
	}
	if (!p.cert) {
		(void)snprintf(p.reason, TLS_PEER_REASON_MAX, "it shows no certificate");
		if (want->dane && want->dane->count && !p.is_inbound)
			ret_report->proof = TLS_PEER_IMPOSTOR;
		return;
	}
	ret_report->has_certificate = true;
	ret_report->proof = judge(&p, trust);
	if (ret_report->proof == TLS_PEER_PKIX || ret_report->proof == TLS_PEER_DANE)
		*p.reason = '\0';
	sk_X509_pop_free(p.built, X509_free);
}
