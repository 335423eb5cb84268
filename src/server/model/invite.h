/* SPDX-License-Identifier: Apache-2.0 */
/* An invitation (XEP-0401): what a token is good for, and how it looks in the store. Only a digest
 * of the token is ever kept. Any thread. */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"
#include "xmpp/jid.h"

enum {
	INVITE_TOKEN_LEN = 26, /* characters of [a-z2-7]: 130 bits */
	INVITE_KEY_LEN = 64,   /* its SHA-256 in hex */
	INVITE_ID_LEN = 10,    /* the beginning of the key: what people name an invitation by */
	INVITE_USES_MAX = 10000,
	INVITE_ROW_MAX = 16 * 1024, /* bytes in the store */
};

struct invite {
	struct str key;     /* without pointer: none */
	struct str by;      /* bare JID of the account that made it; empty: the operator */
	struct str contact; /* bare JID of the account that becomes a contact; empty: none does */
	struct str name;    /* localpart that it is for, and that nobody else gets; empty: any */
	usec_t wall_made, wall_end;
	uint32_t uses, left;
	bool may_register; /* it makes an account (XEP-0445), or only a contact (XEP-0379) */
	bool is_trap;      /* and accounts made with it are held (model/held.h) */
};

enum invite_state { INVITE_LIVE, INVITE_USED, INVITE_ENDED };

enum invite_state invite_state(const struct invite *i, usec_t wall_now);

/* The key of a token, INVITE_KEY_LEN bytes, in the arena. */
struct str invite_key(struct arena *a, struct str token);

/* Whether text can be a token at all. */
bool invite_is_token(struct str text);

/* As it is stored, behind its key. */
struct str invite_encode(struct arena *a, const struct invite *i);

/* Views into value. ERR_INVALID for what no version of this program wrote. */
must_check enum err invite_decode(struct str key, struct str value, struct invite *ret_invite);

/* The xmpp: URI that a client takes (XEP-0401 4.1 and 4.4, XEP-0445 2), added to out. */
enum err invite_write_uri(struct sbuf *out, const struct invite *i, struct str domain,
			  struct str token);
