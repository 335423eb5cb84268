/* SPDX-License-Identifier: Apache-2.0 */
/* Connects to the server of a domain: SRV records of both services (RFC 6120 3.2, RFC 2782,
 * XEP-0368), addresses by happy eyeballs (RFC 8305), and what the DNS says about the certificate
 * (DANE: RFC 7671, RFC 7673). On the loop of the resolver. Closed networks are as good as the
 * Internet here: which addresses are allowed is the caller's affair. */
#pragma once

#include "net/dane.h"
#include "net/net_loop.h"
#include "net/transport.h"
#include "resolve/resolve.h"

struct dial;

enum {
	DIAL_SERVER_PORT = 5269, /* of a domain without SRV records (RFC 6120, 3.2.2) */
	DIAL_REASON_MAX = 320,   /* bytes of a sentence and its NUL */
};
#define DIAL_PATIENCE_USEC (60 * USEC_PER_SEC) /* for all of it */

enum dial_error {
	DIAL_OK,
	DIAL_NO_NAME,     /* no such domain, or none that can be asked for */
	DIAL_NO_SERVICE,  /* the domain says that it has no such server (target ".") */
	DIAL_NO_ADDRESS,  /* none of its servers has an address */
	DIAL_BOGUS,       /* DNSSEC says that the answers are forged */
	DIAL_UNRESOLVED,  /* the DNS does not answer */
	DIAL_REFUSED,     /* a server was reached, and does not listen */
	DIAL_UNREACHABLE, /* nobody answers, or there is no way */
	DIAL_FORBIDDEN,   /* may_dial did not like any address */
};

struct dial_want {
	struct str domain;        /* prepared, as in a JID; may be an IP literal (RFC 6120, 3.2) */
	const struct addr *fixed; /* instead of all questions: here; or NULL */
	size_t output_limit;      /* bytes that may wait unsent in the transport */
	usec_t patience;          /* for each on_done; 0: DIAL_PATIENCE_USEC */
	/* Whether an address may be connected to (one of our own may not); optional. */
	bool (*may_dial)(void *owner, const struct addr *to);
};

/* Valid until the next on_done or dial_end. */
struct dial_result {
	struct transport *transport; /* connected TCP, the caller's; NULL: failed */
	enum dial_error why;
	bool is_direct_tls;      /* TLS begins at once, with ALPN "xmpp-server" (XEP-0368) */
	struct str ascii;        /* the domain in ASCII form: for SNI and certificates */
	struct str target;       /* the host that has answered, in ASCII form */
	bool is_target_secure;   /* the way from the domain to target was proven by DNSSEC */
	const struct dane *dane; /* what can be used of the target's TLSA records, or NULL */
	struct addr peer;        /* where the transport goes */
	struct str reason;       /* a sentence for the log, when it has failed */
};

typedef void (*dial_fn)(void *owner, const struct dial_result *result);

/* Begins; on_done is called later, never from inside. want is copied. r may be NULL when want is
 * fixed. */
struct dial *dial_begin(struct resolver *r, struct net_loop *net, const struct dial_want *want,
			dial_fn on_done, void *owner) __attribute__((returns_nonnull));

/* After a result with a transport that led nowhere (no TLS, no stream): goes on to the next server
 * of the domain; on_done is called again, later. When there is none left, with the reason that it
 * has failed. */
void dial_next(struct dial *d);

/* Gives up or lets go; nothing follows. *dial is NULL then; NULL is fine. May be called in on_done.
 */
void dial_end(struct dial **dial);
