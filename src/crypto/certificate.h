/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, requests and chains (RFC 2986, RFC 5280, RFC 8555 9.1), by OpenSSL. Keys are P-256, as PEM:
 * whoever holds the text wipes it. Any thread; none of it blocks. */
#pragma once

#include "base/sbuf.h"

enum {
	CERTIFICATE_KEY_MAX = 4 * 1024, /* bytes of a key's PEM */
	CERTIFICATE_REQUEST_MAX = 32 * 1024,
	CERTIFICATE_CHAIN_COUNT = 10, /* certificates of a chain */
};

/* Appends a fresh key. ERR_CRYPTO, ERR_TOO_BIG. */
must_check enum err certificate_key_new(struct sbuf *out);

/* The key in pem, which may hold more (a chain), appended alone. ERR_NOT_FOUND: none that could be
 * read; ERR_UNSUPPORTED: another than P-256. */
must_check enum err certificate_key_of(struct str pem, struct sbuf *out);

/* Appends a signed request for names (DER): all of them in subjectAltName, the first one the
 * subject where it is short enough. ERR_CRYPTO, ERR_TOO_BIG. */
must_check enum err certificate_request(struct sbuf *out, struct str key_pem,
					const struct str *names, size_t count);

/* Looks at a chain before it is used: it holds certificates and nothing else, is for this key,
 * names all names, and is good at wall (microseconds since 1970). ERR_INVALID: a sentence is added
 * to why.
 */
must_check enum err certificate_check(struct str chain_pem, struct str key_pem,
				      const struct str *names, size_t count, int64_t wall,
				      struct sbuf *why);
