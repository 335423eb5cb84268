/* SPDX-License-Identifier: Apache-2.0 */
/* TLSA records (RFC 6698, RFC 7671): what the DNS says about the certificate of a server. Plain
 * values; any thread. */
#pragma once

#include "base/str.h"

enum {
	DANE_MAX = 16,        /* records of one server that are looked at */
	DANE_DIGEST_MAX = 64, /* bytes */
};

enum dane_usage { DANE_PKIX_TA, DANE_PKIX_EE, DANE_TA, DANE_EE };
enum dane_selector { DANE_CERT, DANE_KEY };
enum dane_matching { DANE_FULL, DANE_SHA256, DANE_SHA512 };

/* Full data is kept as its SHA-256: it is only ever compared. */
struct dane_record {
	uint8_t usage, selector, matching;
	uint8_t digest[DANE_DIGEST_MAX];
};

struct dane {
	struct dane_record records[DANE_MAX];
	size_t count;
};

/* Adds a record in its wire form. ERR_UNSUPPORTED: it says nothing that can be used (RFC 7671, 4);
 * ERR_TOO_BIG: there are DANE_MAX already. */
must_check enum err dane_add(struct dane *d, struct str rdata);

/* Whether the certificate (DER; key: its SubjectPublicKeyInfo, DER) is the one that r means. */
bool dane_matches(const struct dane_record *r, struct str cert, struct str key);
