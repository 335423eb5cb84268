/* SPDX-License-Identifier: Apache-2.0 */
/* What the DNS says about the certificates of a domain's servers, for whoever has come from there:
 * SRV records and the TLSA records of their targets, where DNSSEC proves all of it (RFC 7673). On
 * the loop of the resolver. */
#pragma once

#include "net/dane.h"
#include "resolve/resolve.h"
#include "resolve/srv.h"

struct proof_ask;

enum { PROOF_TARGETS_MAX = 6 /* servers of a domain that are asked about, the best first */ };

#define PROOF_USEC (5 * USEC_PER_SEC) /* for all of it */

/* A server, and what may be used of its records. */
struct proof {
	char target[SRV_TARGET_MAX + 1]; /* its host, in ASCII form */
	struct dane dane;
};

/* count may be 0: nothing is known, or nothing was known in time. Valid during the call. */
typedef void (*proof_fn)(void *owner, const struct proof *proofs, size_t count);

/* Asks about a domain in ASCII form; fn is called once, later, never from inside. r is used until
 * then. */
struct proof_ask *proof_begin(struct resolver *r, struct loop *loop, struct str ascii, proof_fn fn,
			      void *owner) __attribute__((returns_nonnull));

/* Gives up: fn is not called. *ask is NULL then; NULL is fine. */
void proof_end(struct proof_ask **ask);
