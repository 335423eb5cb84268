/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an account's notifications, for the user and for administrators: for each
 * registration the last push and the last answer. */
#pragma once

#include "server/push/push.h"

enum {
	PUSH_SHOWN_NODE = 12 /* bytes of a node's name that are shown: some are as good as a key */
};

/* One registration; strings live during the call that shows it. */
struct push_view {
	struct str
		service; /* the app server's address, or the origin of a push service of the web */
	struct str node; /* its beginning */
	struct str room; /* that it was enabled at; empty: at the account */
	struct str device;                               /* the resource that has enabled it */
	usec_t wall_enabled, wall_pushed, wall_answered; /* 0: never */
	struct str answer;                               /* the last one; empty: none */
	unsigned failures;                               /* in a row */
	unsigned waiting; /* conversations it has still to be told of */
	bool is_web, is_disabled;
};

typedef void push_list_fn(void *arg, enum err err, const struct push_view *views, size_t count);

/* Those of the account e, at once; at most PUSH_LINES_MAX are written. On the entity's loop. */
size_t push_views(const struct entity *e, struct push_view ret_views[PUSH_LINES_MAX]);

/* Those of the account owner: fn is called once, later, on the loop that asks. ERR_NOT_FOUND: there
 * is no such account. From any loop; never from inside the call. */
void push_list(struct home *h, struct str owner, push_list_fn *fn, void *arg);

/* The client with this id (model/client.h) was signed out: its registrations go. From any loop. */
void push_sign_out(struct home *h, struct str owner, struct str client);
