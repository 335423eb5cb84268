/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of ejabberd's tables as pieces. Any thread. */
#pragma once

#include "server/transfer/erlang_term.h"
#include "server/transfer/foreign.h"

/* In the order in which an account is read. */
enum ejabberd_table {
	EJABBERD_PASSWD,
	EJABBERD_ROSTER,
	EJABBERD_VCARD,
	EJABBERD_PRIVATE,
	EJABBERD_PRIVACY,
	EJABBERD_PREFS,
	EJABBERD_NODE,
	EJABBERD_ITEM,
	EJABBERD_OFFLINE,
	EJABBERD_ARCHIVE,
	EJABBERD_TABLES
};

/* What the index wants of a row. */
struct ejabberd_row {
	enum ejabberd_table table;
	struct str user, host; /* ITEM: empty */
	usec_t wall;           /* of messages and items, 0 for others */
	int64_t node;          /* NODE, ITEM: its number */
	struct str node_name;  /* NODE */
};

/* Whether the text of a row is of a table that may matter: others hold what is no data (processes,
 * functions). */
bool ejabberd_is_wanted(struct str text);

/* False for what no account needs. Views of t. */
bool ejabberd_look(const struct term *t, struct ejabberd_row *ret_row);

/* Hands a row to the sink. node: the name of the node that an ITEM is in. */
must_check enum err ejabberd_take(struct foreign *f, const struct term *t,
				  enum ejabberd_table table, struct str node);

/* The password in the clear that a row of PASSWD holds, or STR_NONE. */
struct str ejabberd_password(const struct term *t);

/* Adds the list name with the addresses ({User,Host,Resource}) that a term lists, for <prefs/>. */
void ejabberd_add_jids(struct arena *a, struct xml *el, struct str name, const struct term *jids);

/* A value of a node's option. */
struct str ejabberd_option_text(struct arena *a, const struct term *t);
