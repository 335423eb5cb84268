/* SPDX-License-Identifier: Apache-2.0 */
/* All items of a node of the account with their payloads, for features that show or change them in
 * another form. On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

enum {
	PEP_READ_ITEMS_MAX = 2000,
	PEP_READ_BYTES_MAX = 1024 * 1024, /* of payloads */
};

struct pep_stored {
	struct str id;
	struct xml *payload; /* NULL: none */
};

/* What was read; in the arena. */
struct pep_found {
	enum err err; /* ERR_TOO_BIG: there is more than can be read; ERR_BUSY, ERR_IO */
	struct pep_stored *items; /* oldest first */
	size_t count;
};

/* Reads behind all that was handled before (settle_in_turn; with is_alone settle_alone, so that fn
 * may write), then fn(d, found). The node need not be there. WAIT. */
enum verdict pep_read_all(struct dispatch *d, struct str node, bool is_alone,
			  void (*fn)(struct dispatch *d, const struct pep_found *found));
