/* SPDX-License-Identifier: Apache-2.0 */
/* Server Dialback (XEP-0220): its elements, and its keys (XEP-0185). Any thread. */
#pragma once

#include "base/sbuf.h"
#include "xml/tree.h"
#include "xmpp/condition.h"

enum {
	DIALBACK_KEY_LEN = 64,       /* hexadecimal digits that we make */
	DIALBACK_KEY_MAX = 256,      /* bytes of a key that others make */
	DIALBACK_ID_MAX = 256,       /* bytes of a stream's id */
	DIALBACK_ELEMENT_MAX = 4096, /* bytes of an element as we write it */
};

enum dialback_kind {
	DIALBACK_RESULT, /* between the server that sends and the one that receives */
	DIALBACK_VERIFY, /* between the one that receives and the authoritative one */
};

enum dialback_type {
	DIALBACK_REQUEST, /* no type: key is set */
	DIALBACK_VALID,
	DIALBACK_INVALID,
	DIALBACK_ERROR,
};

struct dialback {
	enum dialback_kind kind;
	enum dialback_type type;
	struct str from, to; /* prepared */
	struct str id;       /* VERIFY only */
	struct str key;      /* REQUEST only */
	struct str error;    /* ERROR only: the name of the condition, empty if there is none */
};

/* Whether el is of dialback at all. */
bool dialback_is(const struct xml *el);

/* Reads an element; views live as long as el and the arena. ERR_INVALID: an address, an id, a type
 * or a key that is missing or cannot be. */
must_check enum err dialback_read(struct arena *a, const struct xml *el, struct dialback *ret_d);

/* Appends d as it stands on the wire, with the prefix db that the stream's opening tag declares;
 * error, of type cancel, is added for DIALBACK_ERROR. out must take DIALBACK_ELEMENT_MAX bytes. */
enum err dialback_write(struct sbuf *out, const struct dialback *d);

/* The key (XEP-0185 2) by which the server of to, being asked, knows that the one of from has begun
 * the stream with this id: DIALBACK_KEY_LEN digits in ret_key, without NUL. */
void dialback_key(struct str secret, struct str to, struct str from, struct str id,
		  char ret_key[DIALBACK_KEY_LEN]);

/* Whether key is that one. */
bool dialback_key_is(struct str secret, struct str to, struct str from, struct str id,
		     struct str key);
