/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the certificate that another server has shown proves that it is the server of a domain:
 * by an authority (RFC 5280, RFC 9525, RFC 6120 13.7.1), or by the DNS (RFC 6698, RFC 7671, RFC
 * 7673). After the handshake, in either direction: who has connected to us says only then for which
 * domain it speaks, and its TLSA records take a while; so OpenSSL's own DANE, which works during
 * the client's handshake alone, is not used, and digests are compared here. On the loop. */
#pragma once

#include "base/sbuf.h"
#include "net/dane.h"
#include "net/transport.h"

struct tls_trust;

enum {
	TLS_PEER_REASON_MAX = 256, /* bytes of a sentence and its NUL */
	TLS_PEER_CHAIN_MAX = 10,   /* certificates of a chain; with more it is not looked at */
	TLS_PEER_NAMES_MAX = 256,  /* names in each of them; the same */
};

/* The authorities that prove servers: those of a PEM file, or with NULL the system's.
 * ERR_NOT_FOUND, ERR_IO, ERR_INVALID with a sentence added to blame (may be NULL). Blocks on the
 * file. Counted; may be shared by all loops. */
must_check enum err tls_trust_new(const char *ca_path, struct tls_trust **ret_trust,
				  struct sbuf *blame);
struct tls_trust *tls_trust_ref(struct tls_trust *trust);

/* Gives NULL; NULL is fine. */
struct tls_trust *tls_trust_unref(struct tls_trust *trust);

enum tls_peer_proof {
	TLS_PEER_UNKNOWN,  /* no certificate, or one that proves nothing: dialback may (XEP-0220) */
	TLS_PEER_PKIX,     /* an authority that we trust says so */
	TLS_PEER_DANE,     /* the DNS says so */
	TLS_PEER_IMPOSTOR, /* the DNS says which certificate it is, and it is another one: nothing
			      else may prove it (RFC 7673, 3.4) */
};

struct tls_peer_want {
	struct str domain; /* prepared, as in a JID */
	struct str ascii;  /* the same in ASCII form */
	/* The host that DNSSEC has led to from the domain, also in ASCII form: certificates may be
	 * for it (RFC 7673, 4). Empty: there is none. */
	struct str target;
	const struct dane
		*dane; /* what is usable of its TLSA records; NULL or none: PKIX decides */
};

struct tls_peer_report {
	enum tls_peer_proof proof;
	bool has_certificate;
	char reason[TLS_PEER_REASON_MAX]; /* why it proves nothing, for people; else empty */
};

/* Judges the certificate of t, a TLS transport whose handshake is done. */
void tls_peer_check(const struct transport *t, const struct tls_trust *trust,
		    const struct tls_peer_want *want, struct tls_peer_report *ret_report);

/* Whether a name of a certificate (dNSName) means the host: they are equal but for case, or it
 * begins with "*", which stands for one whole label of a host that has at least three (RFC 9525,
 * 6.3). An IP address is no host. */
bool tls_name_matches(struct str presented, struct str host);
