/* SPDX-License-Identifier: Apache-2.0 */
/* Why another server could not be spoken to: what senders are told, what a server that asked us to
 * verify somebody is told, and what the log says. Any thread. */
#pragma once

#include "xmpp/condition.h"

enum s2s_trouble {
	S2S_NO_TROUBLE,
	S2S_NOT_FOUND,    /* there is no such domain, or no server for it */
	S2S_UNREACHABLE,  /* nobody answers at its addresses, or it refuses connections */
	S2S_TIMEOUT,      /* it took too long, or hung up in the middle */
	S2S_NO_TLS,       /* it offers no encryption, and we demand it; or TLS failed */
	S2S_CERTIFICATE,  /* its certificate is not good enough for us */
	S2S_BLOCKED,      /* our operator does not want it */
	S2S_BAD_STREAM,   /* it does not keep the rules of streams */
	S2S_UNKNOWN_HOST, /* it says that the domain is not there */
	S2S_REFUSED,      /* it does not want us */
	S2S_INVALID,      /* it says that we are not who we say (dialback) */
	S2S_TOO_MUCH,     /* more waits for it than may */
	S2S_TROUBLES
};

/* The error that a stanza for the server comes back with, and a sentence in it. */
enum condition s2s_trouble_condition(enum s2s_trouble t);
struct str s2s_trouble_text(enum s2s_trouble t);

/* What a dialback error says (XEP-0220 2.4), where the authoritative server was the one that could
 * not be spoken to. */
enum condition s2s_trouble_dialback(enum s2s_trouble t);

/* Whether it may pass by itself soon: what waits may go on waiting. */
bool s2s_trouble_passes(enum s2s_trouble t);
