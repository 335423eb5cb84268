/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of an account as a person sees them (XEP-0494): what is stored of them together with
 * who is connected; and signing one out. For the account itself and for administrators. From any
 * loop; answers come on the loop that asked, once, never from inside the call. */
#pragma once

#include "server/model/client.h"
#include "server/route/home.h"

enum { CLIENTS_LISTED_MAX = CLIENT_ROWS_MAX + 100 };

struct client_view {
	struct str id;
	struct client client; /* of one without user-agent id: only times */
	bool is_connected;    /* has a session, perhaps one that waits to be resumed */
	bool is_known;        /* has said who it is; else it is a session, and no more */
	bool knows_password;  /* logged in by the password that the account has now; of who has not
				 said who he is that is taken for granted */
	bool has_token;
};

/* Valid during the call. ERR_NOT_FOUND: no such account; ERR_BUSY, ERR_IO. */
typedef void clients_fn(void *arg, enum err err, const struct client_view *clients, size_t count);
void clients_list(struct home *h, struct str owner, clients_fn *fn, void *arg);

/* Ends the sessions of a client and takes its tokens away. ERR_DENIED: that is done, but it can
 * come back: it knows the password. ERR_NOT_FOUND: there is no such client. */
void clients_sign_out(struct home *h, struct str owner, struct str id,
		      void (*fn)(void *arg, enum err err), void *arg);
