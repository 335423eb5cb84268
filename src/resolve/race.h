/* SPDX-License-Identifier: Apache-2.0 */
/* Connects to one of several addresses of a server: the first one that answers wins (happy
 * eyeballs, RFC 8305, 5). On the loop. */
#pragma once

#include "loop/loop.h"
#include "net/addr.h"

enum { RACE_MAX = 16 /* addresses that are tried */ };
#define RACE_STAGGER_USEC                                                                          \
	(250 * USEC_PER_MSEC)                /* before the next one begins, too (RFC 8305, 5)      \
					      */
#define RACE_ANSWER_USEC (10 * USEC_PER_SEC) /* for the last one to answer */

struct race;

/* fd: a connected non-blocking socket, the callee's, and to: where it goes. -1: nobody has
 * answered; error (of errno) says why: ETIMEDOUT before all else, or what came last. */
typedef void (*race_fn)(void *owner, int fd, const struct addr *to, int error);

/* Begins; fn is called once, later, never from inside. At most RACE_MAX addresses (at least one),
 * in the order in which they stand: race_interleave. */
struct race *race_new(struct loop *loop, const struct addr *addrs, size_t count, race_fn fn,
		      void *owner) __attribute__((returns_nonnull));

/* Ends all attempts; NULL is fine. May be called by fn. */
void race_free(struct race **race);

/* Both families in turn, IPv6 first (RFC 8305, 4). */
void race_interleave(struct addr *addrs, size_t count);
