/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of other servers' stores share: pieces put together by hand, in the form that
 * XEP-0227 has. Trees that do not come out of XML are made sure of before anybody takes them. */
#pragma once

#include "base/clock.h"
#include "base/sbuf.h"
#include "crypto/digest.h"
#include "server/transfer/piece.h"

struct foreign {
	struct piece_sink *sink;
	struct arena arena; /* of the piece that is made */
	struct arena check;
	struct sbuf text;
};

void foreign_init(struct foreign *f, struct piece_sink *sink);
void foreign_done(struct foreign *f);

/* Empties the arena, in front of each piece. */
void foreign_begin(struct foreign *f);

/* Hands el over. One that XML cannot carry is left out. What the sink gives. */
must_check enum err foreign_take(struct foreign *f, enum piece_kind kind, struct str node,
				 const struct xml *el);

/* The element that a text is, in the piece's arena, without a namespace of its own in ns; NULL if
 * it is none. */
struct xml *foreign_parse(struct foreign *f, struct str text, struct str ns);

/* A piece that cannot be read. */
void foreign_leave_out(struct foreign *f, enum piece_kind kind, const char *why);

/* Keys as bytes; which hash it is their length says. */
struct foreign_scram {
	struct str salt, stored_key, server_key;
	double iterations;
};
must_check enum err foreign_take_scram(struct foreign *f, const struct foreign_scram *scram);

must_check enum err foreign_take_settings(struct foreign *f, usec_t wall_created, bool is_disabled);

/* <item/> of a roster; an attribute that is empty is left out. */
struct xml *foreign_contact(struct foreign *f, struct str jid, struct str name,
			    struct str subscription, bool is_asking);
must_check enum err foreign_take_request(struct foreign *f, struct str from);
must_check enum err foreign_take_blocked(struct foreign *f, struct str jid);

/* message stands alone; when it was archived. */
must_check enum err foreign_take_archived(struct foreign *f, struct xml *message, usec_t wall);

/* The same with <delay/> for one that waits; wall 0: it has one. */
must_check enum err foreign_take_offline(struct foreign *f, struct xml *message, usec_t wall);
