/* SPDX-License-Identifier: Apache-2.0 */
/* The server's end of SASL (RFC 4422, RFC 6120 6), one state machine for SASL 1 and SASL 2
 * (XEP-0388): it sees messages without base64 and XML. One exchange belongs to one loop; only
 * sasl_check_run() runs elsewhere. */
#pragma once

#include "xmpp/scram.h"

/* In the order in which they are announced, the strongest first. */
enum sasl_mechanism {
	SASL_EXTERNAL,
	SASL_SCRAM_SHA_512_PLUS,
	SASL_SCRAM_SHA_256_PLUS,
	SASL_SCRAM_SHA_1_PLUS,
	SASL_SCRAM_SHA_512,
	SASL_SCRAM_SHA_256,
	SASL_SCRAM_SHA_1,
	SASL_PLAIN,
};

#define SASL_MECHANISMS   8
#define SASL_BIT(m)       (1u << (m))
#define SASL_BINDINGS_MAX 4

/* The name as in IANA's registry. */
struct str sasl_mechanism_name(enum sasl_mechanism m);

/* RFC 6120 6.5 */
enum sasl_condition {
	SASL_ABORTED,
	SASL_ACCOUNT_DISABLED,
	SASL_CREDENTIALS_EXPIRED,
	SASL_ENCRYPTION_REQUIRED,
	SASL_INCORRECT_ENCODING,
	SASL_INVALID_AUTHZID,
	SASL_INVALID_MECHANISM,
	SASL_MALFORMED_REQUEST,
	SASL_MECHANISM_TOO_WEAK,
	SASL_NOT_AUTHORIZED,
	SASL_TEMPORARY_AUTH_FAILURE,
};

/* The element's name. */
struct str sasl_condition_name(enum sasl_condition c);

/* What was announced on a connection. All strings are borrowed: they live as long as the exchanges
 * that use the offer. */
struct sasl_offer {
	uint32_t mechanisms;      /* SASL_BIT of each, see sasl_offer_mechanisms() */
	struct str domain;        /* of the accounts, prepared */
	struct str server_secret; /* see scram_fake_verifier(); not empty */
	struct scram_binding
		bindings[SASL_BINDINGS_MAX]; /* of this connection; what XEP-0440 announces */
	size_t binding_count;
	const struct str *certified; /* localparts that TLS has proved, prepared, each once */
	size_t certified_count;
};

/* The mechanisms that fit a connection: EXTERNAL where a certificate names accounts
 * (certified_count), those with -PLUS where there are bindings, PLAIN only where it is secure (TLS)
 * or explicitly allowed (loopback without TLS). SCRAM is always among them; whether anything is
 * announced without TLS is the caller's choice. */
uint32_t sasl_offer_mechanisms(bool is_secure, bool is_plain_allowed, size_t binding_count,
			       size_t certified_count);

/* The localpart that a client logs in as, in the arena. A name that can be no localpart
 * (*ret_is_possible is false) has no account, which nobody is to see: it goes on under a name of
 * the same kind that stands for it. */
struct str sasl_prep_name(struct arena *a, struct str username, bool *ret_is_possible);

enum sasl_step {
	SASL_NEED_ACCOUNT,  /* look the account up that name says (a prepared localpart), then call
			       sasl_account(), or sasl_certified() where that is the
			       mechanism */
	SASL_CHALLENGE,     /* send data, pass the answer to sasl_respond() */
	SASL_NEED_PASSWORD, /* run the check that sasl_check_take() gives in a pool, then call
			       sasl_checked() */
	SASL_SUCCESS,       /* send data (if it is set), name is the account */
	SASL_FAILURE,       /* send condition; the exchange is over */
};

struct sasl_result {
	enum sasl_step step;
	enum sasl_condition condition;
	struct str data; /* without pointer: none; with a pointer and no bytes: an empty challenge.
			    Lives in the exchange. */
	struct str name; /* lives in the exchange */
};

struct sasl;

/* An exchange; the caller frees it. offer is borrowed. */
struct sasl *sasl_new(const struct sasl_offer *offer) __attribute__((returns_nonnull));

/* Wipes and frees; may be called at any step. *x becomes NULL; x and *x may be NULL. */
void sasl_free(struct sasl **x);

/* Begins with the mechanism that the client asks for. initial without pointer: the client sent no
 * initial response, and gets an empty challenge; with a pointer and no bytes: it sent an empty one.
 */
struct sasl_result sasl_start(struct sasl *x, struct str mechanism, struct str initial);

/* The client's answer to a challenge. An answer at any other step ends the exchange
 * (malformed-request). */
struct sasl_result sasl_respond(struct sasl *x, struct str response);

/* After SASL_NEED_ACCOUNT: the verifiers of the account; they are copied. count 0: no such account,
 * or none that may log in with a password. The client cannot tell this from a wrong password. */
struct sasl_result sasl_account(struct sasl *x, const struct scram_verifier *verifiers,
				size_t count);

/* The same for EXTERNAL: whether there is the account, and whether it is disabled; who holds its
 * certificate may know. SASL_SUCCESS or SASL_FAILURE. */
struct sasl_result sasl_certified(struct sasl *x, bool is_known, bool is_disabled);

/* A password that waits for its check. It holds all that it needs: the exchange may be freed while
 * it runs. */
struct sasl_check;

/* After SASL_NEED_PASSWORD, once: the check, which the caller frees. */
struct sasl_check *sasl_check_take(struct sasl *x) __attribute__((returns_nonnull));

/* Blocking: on a pool thread. */
void sasl_check_run(struct sasl_check *c);

/* After sasl_check_run, on the same thread: a fresh verifier of the password, if it was right, for
 * an account that has none of this hash. Blocking. ERR_DENIED: it was wrong. */
must_check enum err sasl_check_verifier(const struct sasl_check *c, enum digest_kind hash,
					struct scram_verifier *ret_v);

/* Wipes and frees; *c becomes NULL; c and *c may be NULL. */
void sasl_check_free(struct sasl_check **c);

/* The end of the exchange by a check that has run: SASL_SUCCESS or SASL_FAILURE. */
struct sasl_result sasl_checked(struct sasl *x, const struct sasl_check *c);

/* The mechanism in use, after sasl_start() has accepted one; for logs and for XEP-0480. */
enum sasl_mechanism sasl_current(const struct sasl *x);
