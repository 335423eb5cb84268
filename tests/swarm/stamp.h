/* SPDX-License-Identifier: Apache-2.0 */
/* The mark in the body of every message that the tool sends: it tells a run's messages from
 * leftovers, and loss, order, doubles and latency from one another. One thread. */
#pragma once

#include "options.h"

#include "base/sbuf.h"

struct stamp {
	uint32_t run;
	uint64_t number; /* of this sender, from 0; 32 bits of it are sent */
	usec_t due;
};

/* Appends a message with the mark, opt->body bytes of body, to account number to; one line for the
 * relay. */
must_check enum err stamp_put(struct sbuf *out, const struct options *opt, uint64_t to,
			      struct stamp stamp);

/* The same to all occupants of room number room (XEP-0045 7.4). */
must_check enum err stamp_put_room(struct sbuf *out, const struct options *opt, uint64_t room,
				   struct stamp stamp);

/* Reads the mark of the first body in piece; false: there is none. */
bool stamp_read(struct str piece, struct stamp *ret_stamp);
