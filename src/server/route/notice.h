/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the server to its users (XEP-0133 4.23 to 4.27): what the features that send them
 * share. */
#pragma once

#include "server/route/adhoc.h"
#include "server/route/dispatch.h"

enum { NOTICE_MAX = 16 * 1024 /* bytes of a text */ };

/* The lines that were filled in for var, joined; or why they cannot be used (notice_check). */
struct str notice_text(const struct adhoc *x, struct str var);
struct str notice_check(const struct adhoc *x, struct str var);

/* A field for such a text with what it is now, a line a value; text may be STR_NONE. */
void notice_ask(struct adhoc *x, struct str var, struct str label, struct str text);

struct notice {
	struct str type; /* of the message: "headline" is kept nowhere */
	struct str subject, text;
};

/* A message of the server to the account to, in a. */
struct xml *notice_new(struct arena *a, const struct home *h, struct str to,
		       const struct notice *n);

/* To everybody who is online, wherever; then done(arg, users that it reached) on the loop that
 * asked. n stays until then. Never from inside a census (route/census.h). */
void notice_to_online(struct home *h, const struct notice *n,
		      void (*done)(void *arg, uint64_t reached), void *arg);

/* To all clients of d's account that take messages; false if there is none. */
bool notice_deliver(struct dispatch *d, const struct notice *n);
