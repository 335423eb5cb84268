/* SPDX-License-Identifier: Apache-2.0 */
/* Encrypting small secrets for keeping: AES-256-GCM (NIST SP 800-38D) by OpenSSL, with a random
 * nonce each. One key may seal 2^32 times. Any thread. */
#pragma once

#include "base/str.h"

enum {
	SEAL_KEY = 32,   /* bytes */
	SEAL_NONCE = 12, /* stands in front of the ciphertext */
	SEAL_TAG = 16,   /* behind it */
	SEAL_EXTRA = SEAL_NONCE + SEAL_TAG,
};

/* Writes plain.len + SEAL_EXTRA bytes to ret. context is not kept, but bound to: it must be the
 * same for opening. */
void seal_close(const uint8_t key[SEAL_KEY], struct str context, struct str plain, uint8_t *ret);

/* Writes sealed.len - SEAL_EXTRA bytes to ret, which the caller wipes. ERR_INVALID: not sealed with
 * this key and context, or changed; ret is then zeroed. */
must_check enum err seal_open(const uint8_t key[SEAL_KEY], struct str context, struct str sealed,
			      uint8_t *ret);

/* AES-128-GCM with a key that is used once (RFC 8188 2): writes plain.len + SEAL_TAG bytes to ret.
 */
void seal_once(const uint8_t key[16], const uint8_t nonce[SEAL_NONCE], struct str plain,
	       uint8_t *ret);
