/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of ACME (RFC 8555) as a machine without input and output: it says what to do
 * next, and is told what came of it. One struct acme is one attempt to get one certificate.
 * Bounded: requests, polls, bytes. Any thread, one at a time. */
#pragma once

#include "acme/answer.h"
#include "base/clock.h"
#include "crypto/p256.h"

enum {
	ACME_REQUESTS_MAX = 1000,
	ACME_POLLS_MAX = 60,          /* looks at one thing that is not decided yet */
	ACME_BAD_NONCES_MAX = 3,      /* one behind the other */
	ACME_REQUEST_MAX = 64 * 1024, /* bytes of a request */
	ACME_ARENA_MAX = 8 * 1024 * 1024,
};
#define ACME_POLL_WAIT_MAX (5 * USEC_PER_MIN) /* however long the authority says */

/* All strings live longer than the attempt. */
struct acme_config {
	struct str directory;           /* URL */
	const struct p256_key *account; /* the account's key */
	struct str account_url;         /* empty: there is no account yet; we agree to its terms */
	const struct str *contacts;     /* "mailto:…" */
	size_t contact_count;
	const struct str *names; /* at most ACME_NAMES_MAX */
	size_t name_count;
	struct str binding_id, binding_key; /* external account (bytes of the key); empty: none */
	enum acme_way way;                  /* tried first */
	bool has_other_way;                 /* the other one will do where this is not offered */
	struct str key_pem;                 /* of the certificate: see crypto/certificate.h */
};

enum acme_want {
	ACME_ASK,          /* send the request, then acme_take */
	ACME_WAIT,         /* for so long, then acme_go_on */
	ACME_SHOW,         /* put the proof up for the name, then acme_go_on */
	ACME_KEEP_ACCOUNT, /* note the account's URL, then acme_go_on */
	ACME_DONE,         /* chain is the certificate; it was checked */
	ACME_FAILED,       /* why: a sentence */
};

enum acme_verb { ACME_GET, ACME_HEAD, ACME_POST };

/* What is to be done. Strings live as long as the attempt, body until the next step. */
struct acme_task {
	enum acme_want want;
	enum acme_verb verb;
	struct str url, body;
	usec_t wait;
	enum acme_way way;
	struct str name, token, proof; /* proof: the key authorization (RFC 8555 8.1) */
	struct str account_url;
	struct str chain; /* PEM */
	struct str why;
	usec_t retry_after; /* of a failure; 0: not said */
};

/* What came of a request. status 0: nothing; why says why. */
struct acme_answer {
	unsigned status;
	struct str body, location, nonce;
	usec_t retry_after; /* 0: not said */
	struct str why;
};

struct acme;

/* config is copied, what it points to is borrowed. The first task is in *ret_task. */
struct acme *acme_new(const struct acme_config *config, const struct acme_task **ret_task)
	__attribute__((returns_nonnull));
void acme_free(struct acme **a);

/* After ACME_ASK; and after ACME_WAIT, ACME_SHOW, ACME_KEEP_ACCOUNT. The next task. */
const struct acme_task *acme_take(struct acme *a, const struct acme_answer *answer);
const struct acme_task *acme_go_on(struct acme *a);
