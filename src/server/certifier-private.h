/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of the certifier, for certifier*.c. */
#pragma once

#include "crypto/secret.h"
#include "net/tls_examine.h"
#include "server/certifier.h"

struct certifier {
	struct certifier_config config;
	struct certifier_settings settings;
	struct certifier_state state;
	char account_url[URL_MAX + 1]; /* of settings.directory; empty: none is known */
	struct tls_context *tls;       /* in use */
	struct tls_facts facts;        /* about it */
	enum certificate_source source;
	usec_t wall_warned; /* of the certificate's end */
	struct timer timer;
	struct attempt *attempt;                               /* that runs */
	void (*on_end)(void *arg, enum err e, struct str why); /* of the attempt, or NULL */
	void *on_end_arg;
};

/* Begins an attempt: there is none. It tells how it went, and then that it has ended. */
void certifier_attempt(struct certifier *c);
void certifier_attempt_free(struct attempt **attempt);

/* retry_after: what the authority said, or 0. */
void certifier_succeeded(struct certifier *c);
void certifier_failed(struct certifier *c, struct str why, usec_t retry_after);

/* Frees it. */
void certifier_ended(struct certifier *c);
