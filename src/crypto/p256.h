/* SPDX-License-Identifier: Apache-2.0 */
/* The curve P-256 (FIPS 186-4 D.1.2.3) by OpenSSL: agreeing on a secret (ECDH) and signing (ES256,
 * RFC 7518 3.4). Keys are plain bytes. Any thread; a call takes some 50 us. */
#pragma once

#include "base/str.h"

enum {
	P256_PRIVATE = 32, /* bytes: the number, big-endian */
	P256_PUBLIC = 65,  /* an uncompressed point: 4, x, y */
	P256_SECRET = 32,
	P256_SIGNATURE = 64, /* r, s */
};

struct p256_key {
	uint8_t priv[P256_PRIVATE];
	uint8_t pub[P256_PUBLIC];
};

/* The key that belongs to a seed of P256_PRIVATE random bytes, always the same: the seed itself,
 * or, where that is no private key (one in 2^32), what its digest gives. */
void p256_from_seed(const uint8_t seed[P256_PRIVATE], struct p256_key *ret_key);

/* A fresh key; the caller wipes it. */
void p256_generate(struct p256_key *ret_key);

/* What both sides find out. ERR_INVALID: peer is no point of the curve. */
must_check enum err p256_agree(const struct p256_key *key, const uint8_t peer[P256_PUBLIC],
			       uint8_t ret_secret[P256_SECRET]);

/* Whether these are the bytes of a point of the curve. */
bool p256_is_point(const uint8_t pub[P256_PUBLIC]);

/* Signs the SHA-256 of s. */
void p256_sign(const struct p256_key *key, struct str s, uint8_t ret_signature[P256_SIGNATURE]);
