/* SPDX-License-Identifier: Apache-2.0 */
/* A login under way, for auth.c (the exchange) and login.c (what XEP-0388 puts around it). */
#pragma once

#include "server/model/client.h"
#include "server/session/auth.h"
#include "server/session/fast.h"
#include "server/session/offer.h"
#include "server/session/upgrade.h"

struct auth {
	struct conn *conn;
	struct arena arena; /* for as long as the exchange */
	struct sasl_offer offer;
	struct sasl *sasl;
	bool is_two; /* XEP-0388 */
	enum client_way way;
	struct str name;         /* localpart that tries to log in, once known */
	bool is_disabled;        /* its account: said only to who has proved to be its owner */
	struct str success_data; /* base64; unset: none */
	struct sasl_check *check;
	struct job job;
	struct timer delay;
	enum sasl_condition condition; /* of a failure that waits */
	struct str text;               /* of it, for people; unset: none */

	/* XEP-0388 */
	struct bytes *inline_el; /* <authenticate/>, serialised: what the home looks at */
	struct str agent_id, software, device; /* <user-agent/>; empty: none */
	struct fast_request fast;
	enum ht_kind token_kind;   /* of a login by token */
	char token[TOKEN_LEN + 1]; /* new one for the client; empty: none */
	usec_t wall_expiry;        /* of it */
	struct str mechanism;      /* of the exchange that is over */
	struct upgrade upgrade;
};

/* Frees c's login, now or when what it waits for is back. */
void auth_free(struct conn *c);

/* The login failed: answers, late where somebody guesses. False as in stream_events; x may be gone.
 */
bool auth_fail(struct auth *x, enum sasl_condition why);

/* The same at once, and without counting: for what was no guess. */
bool auth_fail_now(struct auth *x, enum sasl_condition why);

/* Whether name may try at all; otherwise the login has failed, with the same result in *ret_go_on
 * as auth_fail. */
bool auth_is_throttled(struct auth *x, bool *ret_go_on);

/* The account name@domain has proved itself. data: what the mechanism sends with success, or unset.
 */
bool auth_succeed(struct auth *x, struct str data, struct str mechanism);

/* The same when all tasks are done, too. */
bool auth_proved(struct auth *x);

struct jid auth_bare(struct auth *x, struct str name);
struct str auth_encode(struct auth *x, struct str data);

/* ---- tasks.c: XEP-0388 2.7 ---- */

/* After the exchange: sends the next task. False: there is none (any more). */
bool tasks_next(struct auth *x);

/* <next/> or <task-data/> while a task is under way. False as in stream_events. */
bool tasks_element(struct auth *x, const struct xml *el);

/* ---- login.c: XEP-0388 ---- */

/* Reads what is in <authenticate/> beside the exchange itself. False: it is malformed, x->text may
 * say why. */
bool login_read(struct auth *x, const struct xml *authenticate);

/* A login by token (XEP-0484): is it one, and its whole exchange. */
bool login_is_by_token(const struct auth *x, struct str mechanism, enum ht_kind *ret_kind);
bool login_by_token(struct auth *x, enum ht_kind kind, struct str message);

/* After success: notes the client, binds, and sends <success/>. */
bool login_finish(struct auth *x, struct str mechanism);
