/* SPDX-License-Identifier: Apache-2.0 */
/* Entity capabilities (XEP-0115 1.6.0 5): the verification string of a disco#info answer. A hash
 * that a client says is its own is worth nothing until the answer was checked against it: others
 * would take poisoned answers for those of honest clients. Any thread. */
#pragma once

#include "crypto/digest.h"
#include "xml/tree.h"

enum {
	CAPS_ITEMS_MAX = 2000,      /* identities, features, fields and values of an answer */
	CAPS_TEXT_MAX = 256 * 1024, /* bytes that are hashed */
};

/* The ver of a disco#info <query/>, base64, in the arena. ERR_INVALID: the answer is ill-formed in
 * the sense of 5.4 (an identity, feature or FORM_TYPE that stands twice, a FORM_TYPE with two
 * values), or no such query. ERR_TOO_BIG: CAPS_ITEMS_MAX, CAPS_TEXT_MAX. */
must_check enum err caps_ver(struct arena *a, const struct xml *query, enum digest_kind kind,
			     struct str *ret_ver);

/* Whether query has exactly this ver by this hash ("sha-1", "sha-256", "sha-512"; any other:
 * false).
 */
bool caps_verify(const struct xml *query, struct str hash, struct str ver);

/* <c/>, standing alone: node and ver are borrowed. */
struct xml *caps_new(struct arena *a, struct str node, struct str ver);
