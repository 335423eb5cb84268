/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a byte stream into the pieces of an XMPP stream (RFC 6120 4): the stream's opening tag,
 * whole first-level elements, the closing tag. It believes well-formed servers and stops at
 * anything odd; no tree is made. One thread. */
#pragma once

#include "base/str.h"

struct cutter {
	bool is_open; /* the opening tag was seen */
};

/* Takes the next piece off the front of *data. The piece is a view into it and *data moves behind
 * it. ERR_AGAIN: only white space or part of a piece is there; ERR_INVALID: not what XMPP allows;
 * ERR_CLOSED: </stream:stream>. */
must_check enum err cutter_next(struct cutter *c, struct str *data, struct str *ret_piece);

/* The name of the piece's first tag, with its prefix. */
struct str piece_name(struct str piece);

/* The raw value (entities not decoded) of an attribute of the first tag, or no pointer. */
struct str piece_attr(struct str piece, struct str name);

/* The raw text between the first <name ...> and the next '<' inside the piece, or no pointer. */
struct str piece_text(struct str piece, struct str name);

/* Whether needle stands anywhere in the piece. */
bool piece_has(struct str piece, struct str needle);
