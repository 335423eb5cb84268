/* SPDX-License-Identifier: Apache-2.0 */
/* What both ends of SCRAM share: attributes, keys, signatures (RFC 5802 3, 5.1, 7). */
#pragma once

#include "xmpp/scram.h"

/* Takes "name=value" off *s, up to the next comma; behind the last one *s is unset. False when
 * something else stands there or the value is empty. */
bool scram_take(struct str *s, char name, struct str *ret_value);

/* Takes all attributes up to the end or up to the one named last (0: none), which stays. Those are
 * extensions: ERR_UNSUPPORTED for "m=", ERR_INVALID for what is no attribute. */
must_check enum err scram_skip_extensions(struct str *s, char last);

/* Length, UTF-8, no NUL. */
must_check enum err scram_check_message(struct str s);

/* Whether s can be a nonce: printable ASCII without a comma. */
bool scram_is_nonce(struct str s);

/* in as base64, in the arena. */
struct str scram_base64(struct arena *a, struct str in);

/* Prepares a password in an arena that the caller wipes. */
must_check enum err scram_prep_password(struct arena *a, struct str password, struct str *ret_s);

/* The three strings that both proofs sign. */
struct scram_transcript {
	struct str first_bare, server_first, final_bare;
};

/* HMAC(key, AuthMessage). */
void scram_sign(enum digest_kind hash, const uint8_t *key, const struct scram_transcript *t,
		uint8_t *ret);

/* ClientKey and ServerKey out of SaltedPassword. */
void scram_keys(enum digest_kind hash, const uint8_t *salted, uint8_t *ret_client_key,
		uint8_t *ret_server_key);
