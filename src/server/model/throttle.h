/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong passwords, counted by address, by account, and by the pair: a table of fixed size, so that
 * nobody can make it grow. When it is full the names with the fewest failures are forgotten: a
 * flood of names makes it forget, and never counts against somebody else. The hash is keyed. Any
 * thread (a lock, held for nanoseconds). docs/security.md says what the limits mean. */
#pragma once

#include "base/clock.h"
#include "base/str.h"

struct throttle;

struct throttle *throttle_new(void) __attribute__((returns_nonnull));
void throttle_free(struct throttle **t);

enum throttle_verdict {
	THROTTLE_GO,     /* check the password */
	THROTTLE_REFUSE, /* too many failures from this address, or for this account from this
			    address */
};

/* Before a password is checked. An account that is attacked from many addresses is never locked:
 * see throttle_delay. */
enum throttle_verdict throttle_check(struct throttle *t, struct str address, struct str account);

/* A password was wrong. */
void throttle_failed(struct throttle *t, struct str address, struct str account);

/* How long to wait before a failure is answered: 0, or THROTTLE_DELAY_USEC when the account sees
 * many failures from anywhere. */
usec_t throttle_delay(struct throttle *t, struct str account);

/* Before an account is made for a stranger (XEP-0077): counts it and says whether it may be made.
 */
enum throttle_verdict throttle_register(struct throttle *t, struct str address);

enum {
	THROTTLE_REGISTER_MAX = 5, /* accounts from one address in THROTTLE_REGISTER_USEC */
	THROTTLE_PAIR_MAX =
		10, /* failures of an account from one address in THROTTLE_WINDOW_USEC */
	THROTTLE_ADDRESS_MAX = 50,  /* failures from one address */
	THROTTLE_ACCOUNT_MAX = 100, /* failures of an account, after which answers are slow */
};
#define THROTTLE_WINDOW_USEC   (10 * USEC_PER_MIN)
#define THROTTLE_REGISTER_USEC USEC_PER_HOUR
#define THROTTLE_DELAY_USEC    (2 * USEC_PER_SEC)
