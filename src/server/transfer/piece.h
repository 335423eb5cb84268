/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of foreign data hand over: accounts in pieces, each of them an element as
 * XEP-0227 1.1 has it below <user/>. Readers know no store; who takes the pieces knows no files. */
#pragma once

#include "server/transfer/report.h"
#include "xml/tree.h"

#define NS_PIE       STR("urn:xmpp:pie:0")
#define NS_PIE_SCRAM STR("urn:xmpp:pie:0#scram")
#define NS_PIE_MAM   STR("urn:xmpp:pie:0#mam")

/* XEP-0227 has no place for these: <account created= disabled= keep=/>, and the rest of what an
 * account of ours has. */
#define NS_PARLEY_ACCOUNT STR("urn:parley:account:0")

struct piece {
	enum piece_kind kind;
	struct str node; /* of PIECE_ITEM: the node that it is in */
	const struct xml *el;
};

/* Takes pieces. What one gives but OK ends the reading with that. */
struct piece_sink {
	struct report *report; /* the reader says there where it is */
	/* An account by the node of its JID, not yet prepared; with its password, or STR_NONE. */
	enum err (*begin)(struct piece_sink *s, struct str name, struct str password);
	/* p and its tree live until take returns; it may change them. */
	enum err (*take)(struct piece_sink *s, struct piece *p);
	enum err (*end)(struct piece_sink *s);
};
