/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the DNS, asked on a loop, by libunbound: it keeps a cache and validates DNSSEC (RFC
 * 4035) in a thread of its own. One resolver a loop; all calls and answers happen there. Names are
 * in ASCII form (codec/idn.h). */
#pragma once

#include "base/sbuf.h"
#include "loop/loop.h"
#include "net/addr.h"

struct resolver;
struct resolve_ask;

enum {
	RESOLVE_SERVERS_MAX = 8,
	RESOLVE_ASKS_MAX = 2000,  /* open questions of one loop, given up ones too */
	RESOLVE_ROWS_MAX = 64,    /* records of an answer that are looked at */
	RESOLVE_NAME_MAX = 253,   /* bytes of a name */
	RESOLVE_REASON_MAX = 160, /* bytes of a sentence */
};
#define RESOLVE_USEC (10 * USEC_PER_SEC) /* for an answer to come */

/* Where Debian keeps the keys of the root zone. */
#define RESOLVE_ROOT_KEY "/usr/share/dns/root.key"

struct resolver_config {
	const struct addr *servers; /* whom to ask; port 0: 53 */
	size_t server_count;        /* 0: those of /etc/resolv.conf */
	const char *trust_anchor;   /* a file of DS or DNSKEY records; NULL: nothing is validated,
				       no answer is ever secure */
};

/* Names of /etc/hosts are known, too. ERR_NOT_FOUND or ERR_DENIED when the trust anchor cannot be
 * read, ERR_INVALID when libunbound does not take it, ERR_BUSY without descriptors. A sentence is
 * added to blame (may be NULL). Blocks on the files. */
must_check enum err resolver_new(struct loop *loop, const struct resolver_config *config,
				 struct resolver **ret_resolver, struct sbuf *blame);

/* Open questions end without an answer. Not from inside of an answer. */
void resolver_free(struct resolver **resolver);

/* Whether answers can be secure at all. */
bool resolver_validates(const struct resolver *r);

enum resolve_type {
	RESOLVE_A = 1,
	RESOLVE_AAAA = 28,
	RESOLVE_SRV = 33,
	RESOLVE_TLSA = 52,
};

enum resolve_outcome {
	RESOLVE_FOUND,
	RESOLVE_NO_DATA, /* the name has no such records */
	RESOLVE_NO_NAME, /* there is no such name */
	RESOLVE_BOGUS,   /* DNSSEC says that the answer is not to be trusted: nothing may be built
			    on it */
	RESOLVE_FAILED,  /* no answer that means anything; another time, perhaps */
};

struct resolve_answer {
	enum resolve_outcome outcome;
	bool is_secure;         /* found, or its absence proven, by DNSSEC */
	const struct str *rows; /* rdata in wire form; valid during the call */
	size_t count;           /* at most RESOLVE_ROWS_MAX */
	struct str reason;      /* of BOGUS and FAILED: for people; valid during the call */
};

typedef void (*resolve_fn)(void *owner, const struct resolve_answer *answer);

/* Asks; fn gets the answer, always, later, once. The ask is gone then. What is wrong with the name
 * or the limits is an answer, too (RESOLVE_NO_NAME, RESOLVE_FAILED). */
struct resolve_ask *resolve_begin(struct resolver *r, struct str name, enum resolve_type type,
				  resolve_fn fn, void *owner) __attribute__((returns_nonnull));

/* Gives up: fn is not called. *ask is NULL then; NULL is fine. */
void resolve_end(struct resolve_ask **ask);
