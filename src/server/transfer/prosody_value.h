/* SPDX-License-Identifier: Apache-2.0 */
/* What Prosody stores of an account, value by value, wherever the values stood: in files, or in a
 * database. Any thread. */
#pragma once

#include "server/transfer/foreign.h"
#include "server/transfer/lua_data.h"

#define PROSODY_NODE_STORE STR("pep_") /* how the stores of items begin; then comes the node */

struct prosody_taker {
	struct foreign foreign;
	bool has_card; /* of this account; the caller resets it */
};

struct prosody_store {
	const char *name;
	enum piece_kind kind;
	bool is_list; /* a row of values; otherwise one table */
	/* Hands a value on. What the sink gives. */
	enum err (*take)(struct prosody_taker *t, const struct lua *value);
};

/* In the order in which an account is read; ended by one without a name. The password in the clear
 * that "accounts" may have goes to begin of the sink. */
extern const struct prosody_store prosody_stores[];

/* kind: PIECE_ARCHIVED or PIECE_OFFLINE; el NULL: it could not be read; wall 0: not known. */
must_check enum err prosody_take_message(struct prosody_taker *t, enum piece_kind kind,
					 struct xml *el, usec_t wall);

/* An item of a node; payload NULL: none. */
must_check enum err prosody_take_item(struct prosody_taker *t, struct str node, struct str id,
				      struct xml *payload);
