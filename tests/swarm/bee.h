/* SPDX-License-Identifier: Apache-2.0 */
/* One client of the load tool: connects, logs in (or registers), answers what every client must
 * answer, and tells its rules about the rest. Knows XMPP (RFC 6120, XEP-0077, XEP-0198, XEP-0199)
 * and the bare relay, no server in particular. One thread. */
#pragma once

#include "cutter.h"
#include "login_key.h"
#include "options.h"
#include "tally.h"
#include "wire.h"

#define BEE_NONCE 24

enum bee_state {
	BEE_IDLE, /* not connected */
	BEE_CONNECTING,
	BEE_TLS_FEATURES, /* waits for features that offer STARTTLS */
	BEE_TLS_ASKED,
	BEE_SHAKING,
	BEE_AUTH_FEATURES,
	BEE_REGISTERING,
	BEE_AUTH_FIRST, /* SCRAM: waits for the server's first message */
	BEE_AUTH_FINAL, /* waits for success */
	BEE_BIND_FEATURES,
	BEE_BINDING,
	BEE_PINGING, /* bound; waits for the answer that proves it */
	BEE_HELLO,   /* relay: waits for "ok" */
	BEE_READY,
	BEE_CLOSING, /* has said good-bye, waits for the other side */
};

struct bee;

/* What all bees of a run share. */
struct bee_rules {
	const struct options *opt;
	int epfd;
	SSL_CTX *ctx;
	struct bee *dirty; /* have something to write; the hive flushes them once a turn */
	void *arg;
	void (*on_ready)(struct bee *b); /* logged in, or registered */
	void (*on_message)(struct bee *b,
			   struct str piece); /* a message stanza, or a line of the relay */
	void (*on_iq)(struct bee *b,
		      struct str piece); /* any iq stanza; requests are answered by the bee */
	void (*on_presence)(struct bee *b, struct str piece);
	void (*on_gone)(struct bee *b, enum bee_state was, enum err why);
};

struct bee {
	struct bee_rules *rules;
	uint64_t number;
	enum bee_state state;
	struct wire wire;
	struct cutter cutter;
	struct login_key *key; /* borrowed from the hive */
	char nonce[BEE_NONCE + 1];
	char want[KEY_BYTES * 2]; /* the server's signature, base64 */
	usec_t started;           /* when the login began */
	bool has_sm;
	bool is_dirty;
	struct bee *next_dirty;
	uint64_t sm_in;     /* stanzas taken, for XEP-0198 */
	uint64_t sent;      /* chat: numbers given to own messages */
	struct order order; /* chat: of the messages of the peer */
};

/* Begins to connect. An error is told to on_gone too. */
void bee_start(struct bee *b);

/* Does what epoll says; failures go to on_gone and leave the bee idle. */
void bee_event(struct bee *b, uint32_t events);

/* Puts the bee on the list of those to be flushed this turn. */
void bee_mark(struct bee *b);

/* Writes what waits. */
void bee_flush(struct bee *b);

/* Says good-bye; on_gone follows with OK once the other side has closed. */
void bee_quit(struct bee *b);

/* Closes at once, without a word and without on_gone. */
void bee_drop(struct bee *b);
