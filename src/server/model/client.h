/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of an account, known by the id of their user-agent (XEP-0388): what they are, when
 * and how they logged in (XEP-0494), and their tokens (XEP-0484). Any loop; every call answers on
 * the loop that asked, once, never from inside the call. */
#pragma once

#include "server/model/account.h"
#include "server/model/token.h"
#include "server/store/store.h"

enum {
	CLIENT_ID_LEN = 32,    /* characters: 128 bits in hex */
	CLIENT_TEXT_MAX = 100, /* bytes of each text that a client tells of itself; longer is cut */
	CLIENTS_MAX = 50,      /* of an account: the one that was away longest makes room */
	CLIENT_ROW_MAX = 4 * CLIENT_TEXT_MAX,
};

/* In the store: a row for each client, by its id, in ACCOUNT_CLIENT_SPACE; its tokens stand in
 * ACCOUNT_TOKEN_SPACE. */

/* How it has logged in, ever. Stored by number. */
enum client_way {
	CLIENT_BY_PASSWORD = 1,
	CLIENT_BY_TOKEN = 2,
	CLIENT_BY_CERTIFICATE = 4,
};

struct client {
	usec_t wall_first, wall_last; /* logins */
	usec_t wall_password;         /* last one by password; 0: never */
	unsigned ways;                /* enum client_way */
	struct str mechanism;         /* of the last login */
	struct str software, device;  /* as told; may be empty */
};

/* What stands for a client outside: its user-agent id is not shown or stored. Writes CLIENT_ID_LEN
 * characters and a NUL. */
void client_id(const struct accounts *accounts, struct str owner, struct str agent_id,
	       char ret_id[CLIENT_ID_LEN + 1]);

/* Reads a row; the texts are views into it. ERR_INVALID: nothing that this program has written. */
must_check enum err client_read(struct str row, struct client *ret_client);

/* Appends the row; texts are cut, and what would break a line is left out. */
void client_write(const struct client *client, struct sbuf *out);

/* What there is of a client. */
struct client_row {
	struct str id;
	struct client client;
	bool knows_password; /* it has logged in by the password that the account has now */
	bool has_token;      /* that it may still use */
};

enum { CLIENT_ROWS_MAX = 2 * CLIENTS_MAX };

/* The clients in an answer to READ_OWNER with the spaces of client_spaces, oldest first; how many.
 * Views into the answer. */
extern const struct str client_spaces[];
#define CLIENT_SPACE_COUNT 2
size_t client_rows(const struct accounts *accounts, const struct store_answer *answer,
		   struct client_row ret_rows[CLIENT_ROWS_MAX]);

/* ---- logging in ---- */

struct client_login {
	struct str owner;    /* bare JID; need not exist */
	struct str agent_id; /* not empty */
	struct str software, device;
	struct str mechanism;
	enum client_way way;
	bool is_by_token; /* then proof decides; else somebody else has decided */
	struct token_proof proof;
	bool is_invalidating; /* the token goes, and with it the one that waits */
	bool wants_token;
	enum ht_kind wanted;
	usec_t token_life; /* of a new token, usec */
};

struct client_answer {
	/* OK: logged in. is_by_token: ERR_DENIED (wrong token, no such account, or a disabled one:
	 * nobody can tell which) and ERR_CLOSED (it has expired). ERR_BUSY, ERR_IO, ERR_NO_SPACE:
	 * could not be looked at, or not be invalidated. */
	enum err err;
	uint8_t mac[HT_PROOF]; /* is_by_token, OK */
	bool has_token;        /* there is a new one for the client */
	char token[TOKEN_LEN + 1];
	usec_t wall_expiry;
};

/* Notes a login and looks after its tokens; a login by token is decided here, in the account's
 * turn, so that of two uses of one count one is refused. A new token in the answer is durable, an
 * invalidation too; a login is not refused because nothing can be written. All of login is copied.
 * answer is wiped after fn. */
typedef void client_login_fn(void *arg, const struct client_answer *answer);
void client_log_in(struct accounts *accounts, const struct client_login *login, client_login_fn *fn,
		   void *arg);

/* ---- signing out ---- */

/* Takes a client's tokens away, and its row (id as in client_id). ERR_DENIED: the tokens are gone,
 * but it knows the password, or has a certificate: it stays in the list. ERR_NOT_FOUND: the account
 * has no such client. Sessions are the caller's. */
void client_remove(struct accounts *accounts, struct str owner, struct str id, account_fn *fn,
		   void *arg);
