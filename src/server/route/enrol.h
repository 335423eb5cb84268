/* SPDX-License-Identifier: Apache-2.0 */
/* A stranger makes an account: the rules that in-band registration (XEP-0077, XEP-0445) and the web
 * pages share. */
#pragma once

#include "server/model/invite.h"
#include "server/route/home.h"

/* An invitation that was looked up and found good: its own copy. */
struct enrol_pass {
	struct str key, contact, name; /* owned */
	bool is_trap;
};

/* Keeps what is needed of i. */
struct enrol_pass *enrol_pass_new(const struct invite *i) __attribute__((returns_nonnull));
void enrol_pass_free(struct enrol_pass **pass);

struct enrolment {
	struct str name, password;     /* as they were typed */
	struct str address;            /* of the stranger, as it is counted and logged */
	bool is_trusted;               /* it is not counted */
	const struct enrol_pass *pass; /* NULL: registration is open */
};

/* Makes the account, and with an invitation its contact. Everything is copied, the password wiped.
 * fn(arg, err) on the loop that asked, never from inside the call: ERR_INVALID, ERR_TOO_BIG: no
 * such name or password can be; ERR_EXISTS: the name is taken, promised, or an administrator's;
 * ERR_DENIED: the invitation is for another name, or used up; ERR_BUSY: too many accounts from this
 * address; ERR_IO, ERR_NO_SPACE. From the home's loop. */
void enrol(struct home *h, const struct enrolment *e, void (*fn)(void *arg, enum err err),
	   void *arg);
