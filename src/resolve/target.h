/* SPDX-License-Identifier: Apache-2.0 */
/* One server of a domain: its addresses, and its TLSA records when DNSSEC proves the way to it
 * (RFC 7673, 3.3 and 3.4). On the loop of the resolver. */
#pragma once

#include "net/dane.h"
#include "resolve/race.h"
#include "resolve/resolve.h"
#include "resolve/srv.h"

/* For addresses of the other family, once there is one (RFC 8305, 3 has people who wait, and takes
 * less). */
#define TARGET_FAMILY_USEC (1 * USEC_PER_SEC)

enum target_end {
	TARGET_KNOWN,   /* there is at least one address */
	TARGET_NO_NAME, /* no such host */
	TARGET_NO_ADDRESS,
	TARGET_BOGUS,     /* addresses or TLSA records are forged */
	TARGET_UNRESOLVED /* no answer about its addresses or, where they count, TLSA records */
};

struct target_ask {
	struct resolver *resolver;
	struct loop *loop;
	struct timer timer;
	struct resolve_ask *v4_ask, *v6_ask, *tlsa_ask;
	void (*fn)(void *owner, enum target_end end);
	void *owner;
	struct addr addrs[RACE_MAX]; /* interleaved once known */
	size_t count;
	struct dane dane; /* count 0: none that can be used */
	enum target_end fault;
	char reason[RESOLVE_REASON_MAX + 1];
	uint16_t port;
	bool is_waiting; /* one family is known, the other one comes late */
};

/* Asks about srv's host, once resolver, loop, fn and owner are set; fn is called once, later, never
 * from inside, but not after target_ask_stop. t is the caller's and may be used again. */
void target_ask_start(struct target_ask *t, const struct srv *srv);

/* Gives up what is open; harmless on one that is all zero. */
void target_ask_stop(struct target_ask *t);
