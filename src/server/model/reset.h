/* SPDX-License-Identifier: Apache-2.0 */
/* Links that set a new password without the old one, made by an administrator for somebody who has
 * forgotten it. A link is a token: who has it may use it once, before its end. An account has one
 * at most: a new one takes the place of the old one. Any loop; every call answers on the loop that
 * asked, once, never from inside the call. */
#pragma once

#include "server/model/account.h"
#include "xmpp/jid.h"

/* How long a link may live. */
#define RESET_LIFETIME_DEFAULT USEC_PER_DAY
#define RESET_LIFETIME_MAX     (30 * USEC_PER_DAY)

enum {
	RESET_RANDOM = 26, /* characters of [a-z2-7]: 130 bits */
	RESET_TOKEN_MAX = 2 * JID_PART_MAX + 1 + RESET_RANDOM, /* bytes */
};

/* token: letters, digits and "-", fit for a URL's path; valid during the call; unset with an error.
 * ERR_NOT_FOUND: there is no such account. */
typedef void reset_made_fn(void *arg, enum err err, struct str token);

/* owner: the account's bare JID, valid during the call; unset with an error. ERR_DENIED: the token
 * is not valid (any more), for whatever reason. */
typedef void reset_fn(void *arg, enum err err, struct str owner);

/* Makes a link for the account owner (a bare JID, see account.h); lifetime in usec. Only a hash of
 * it is stored. */
void reset_make(struct accounts *accounts, struct str owner, usec_t lifetime, reset_made_fn *fn,
		void *arg);

/* Whether the token could be used now; domain as in account_owner. For showing a form. */
void reset_check(struct accounts *accounts, struct str domain, struct str token, reset_fn *fn,
		 void *arg);

/* Sets the password and uses the token up, in one commit: of two uses at the same instant one is
 * denied. Further errors as in accounts_set_password: the token stays valid then. What else logs in
 * (tokens of clients) is revoked; sessions go on. The caller bounds how often it may be tried: a
 * valid token costs the hashing of a password. */
void reset_use(struct accounts *accounts, struct str domain, struct str token, struct str password,
	       reset_fn *fn, void *arg);
