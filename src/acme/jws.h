/* SPDX-License-Identifier: Apache-2.0 */
/* Signed requests of ACME: JWS (RFC 7515) in its flattened JSON form, with ES256, and the key as
 * JWK (RFC 7517, RFC 7518 6.2). Any thread. */
#pragma once

#include "base/sbuf.h"
#include "crypto/p256.h"

enum { JWS_THUMBPRINT = 43 /* bytes */ };

/* The public key as JSON: the required members only, in the order of RFC 7638 3. ERR_TOO_BIG. */
enum err jws_add_key(struct sbuf *out, const uint8_t pub[P256_PUBLIC]);

/* The key's thumbprint (RFC 7638), with a NUL. */
void jws_thumbprint(const uint8_t pub[P256_PUBLIC], char ret_text[JWS_THUMBPRINT + 1]);

/* What stands in the protected head (RFC 8555 6.2). */
struct jws_head {
	struct str account; /* "kid"; empty: the key itself ("jwk") */
	struct str nonce, url;
};

/* Appends payload (empty: POST-as-GET), signed. ERR_TOO_BIG: the limit of out. */
must_check enum err jws_sign(struct sbuf *out, const struct p256_key *key,
			     const struct jws_head *head, struct str payload);

/* Appends the external account binding (RFC 8555 7.3.4): the public key, authenticated by HS256
 * with the key hmac that the authority has given out under the name id. ERR_TOO_BIG. */
must_check enum err jws_bind(struct sbuf *out, const uint8_t pub[P256_PUBLIC], struct str url,
			     struct str id, struct str hmac);
