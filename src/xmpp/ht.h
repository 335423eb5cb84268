/* SPDX-License-Identifier: Apache-2.0 */
/* The SASL mechanisms HT-SHA-256-* (draft-schmaus-kitten-sasl-ht-09), as far as they are names,
 * messages and MACs: a token proves itself in one message each way. Any thread. */
#pragma once

#include "base/str.h"
#include "crypto/digest.h"

/* By channel binding; in the order in which they are announced. Stored by number: never renumber.
 */
enum ht_kind {
	HT_EXPR, /* tls-exporter */
	HT_ENDP, /* tls-server-end-point */
	HT_NONE, /* without */
};

#define HT_KINDS 3

enum { HT_PROOF = 32 /* bytes */, HT_MESSAGE_MAX = 2048 };

/* The mechanism's name, and the name of its channel binding (empty: none). */
struct str ht_name(enum ht_kind kind);
struct str ht_binding(enum ht_kind kind);

/* False: no such mechanism. */
bool ht_kind_of(struct str name, enum ht_kind *ret_kind);

/* What the client sends. Views into the message. */
struct ht_message {
	struct str authcid; /* not empty, UTF-8, not prepared */
	struct str proof;   /* HT_PROOF bytes */
};

/* ERR_INVALID: no such message; ERR_TOO_BIG: longer than HT_MESSAGE_MAX. */
must_check enum err ht_parse(struct str message, struct ht_message *ret_m);

/* The MACs of both sides, HT_PROOF bytes each. binding: the data of the channel binding, empty for
 * HT_NONE. */
void ht_initiator(struct str token, struct str binding, uint8_t ret[HT_PROOF]);
void ht_responder(struct str token, struct str binding, uint8_t ret[HT_PROOF]);
