/* SPDX-License-Identifier: Apache-2.0 */
/* Digests (FIPS 180-4) and HMAC (RFC 2104) by OpenSSL. Any thread. */
#pragma once

#include "base/str.h"

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };

#define DIGEST_KINDS 3
#define DIGEST_MAX   64 /* bytes */

/* Bytes of a digest of this kind: 20, 32, 64. */
size_t digest_len(enum digest_kind kind);

/* Writes the digest of s, digest_len(kind) bytes, to ret. */
void digest_of(enum digest_kind kind, struct str s, uint8_t *ret);

/* The same of the parts, one behind the other without anything between. */
void digest_of_parts(enum digest_kind kind, const struct str *parts, size_t count, uint8_t *ret);

/* The digest of what comes in pieces. */
struct digest_stream {
	void *ctx;
	enum digest_kind kind;
};

/* Begun, it must be ended: by digest_end, which writes the digest to ret (NULL: drops it). */
void digest_begin(struct digest_stream *d, enum digest_kind kind);
void digest_add(struct digest_stream *d, struct str piece);
void digest_end(struct digest_stream *d, uint8_t *ret);

/* Writes the HMAC of s with key, digest_len(kind) bytes, to ret. ret may be the memory of key or s.
 */
void digest_hmac(enum digest_kind kind, struct str key, struct str s, uint8_t *ret);

/* The same of the parts, one behind the other without anything between. */
void digest_hmac_parts(enum digest_kind kind, struct str key, const struct str *parts, size_t count,
		       uint8_t *ret);
