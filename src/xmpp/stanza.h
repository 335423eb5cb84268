/* SPDX-License-Identifier: Apache-2.0 */
/* A typed view on a stanza's tree (RFC 6120 8). */
#pragma once

#include "xml/tree.h"
#include "xmpp/jid.h"

enum stanza_kind { STANZA_MESSAGE, STANZA_PRESENCE, STANZA_IQ };

enum stanza_type {
	/* message (RFC 6121 5.2.2); an absent or unknown type is NORMAL */
	MESSAGE_NORMAL,
	MESSAGE_CHAT,
	MESSAGE_GROUPCHAT,
	MESSAGE_HEADLINE,
	MESSAGE_ERROR,
	/* presence (RFC 6121 4.7.1) */
	PRESENCE_AVAILABLE,
	PRESENCE_UNAVAILABLE,
	PRESENCE_SUBSCRIBE,
	PRESENCE_SUBSCRIBED,
	PRESENCE_UNSUBSCRIBE,
	PRESENCE_UNSUBSCRIBED,
	PRESENCE_PROBE,
	PRESENCE_ERROR,
	/* iq (RFC 6120 8.2.3) */
	IQ_GET,
	IQ_SET,
	IQ_RESULT,
	IQ_ERROR,
};

struct stanza {
	struct xml *el;
	enum stanza_kind kind;
	enum stanza_type type;
	struct jid from, to; /* domain empty: absent */
	struct str id;       /* without pointer: absent */
};

enum stanza_fault {
	STANZA_OK,
	STANZA_NOT_A_STANZA, /* another element: stream error unsupported-stanza-type */
	STANZA_BAD_TO,       /* stanza error jid-malformed */
	STANZA_BAD_FROM,     /* stream error invalid-from */
	STANZA_BAD_TYPE,     /* iq or presence with an unknown type, iq without id: stanza error
				bad-request */
};

/* Reads kind, type, addresses and id of el. kind, type and id are set as far as they could be read
 * whenever the result is not NOT_A_STANZA, so that an error can be answered. */
must_check enum stanza_fault stanza_read(struct arena *a, struct xml *el, struct stanza *ret_s);

/* The one child element of an iq, or NULL. */
struct xml *stanza_payload(const struct stanza *s);

/* Sets the attribute and the view. */
void stanza_set_from(struct arena *a, struct stanza *s, struct jid from);
void stanza_set_to(struct arena *a, struct stanza *s, struct jid to);
