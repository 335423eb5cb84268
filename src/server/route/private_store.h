/* SPDX-License-Identifier: Apache-2.0 */
/* An account's private storage (XEP-0049) for the features that read or write in it: bounded, one
 * text a name. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

enum { PRIVATE_PUT_MAX = 64 /* elements that are written at once */ };

/* Keeps el for d's account, in the place of what stands under its name. An element with nothing in
 * it takes that away. ERR_TOO_BIG: past limits.private_bytes or limits.private_elements; nothing is
 * changed. */
must_check enum err private_put(struct dispatch *d, const struct xml *el);

/* The same for all children of list, together or not at all: those of one name are kept side by
 * side. ERR_TOO_BIG also past PRIVATE_PUT_MAX names. */
must_check enum err private_put_all(struct dispatch *d, const struct xml *list);

/* Takes away what stands under {ns}name. */
void private_remove(struct dispatch *d, struct str ns, struct str name);

/* Whether there is something under {ns}name: known without asking the store. */
bool private_has(const struct dispatch *d, struct str ns, struct str name);

/* Looks {ns}name up behind all that was handled before (settle_in_turn): fn(d, err, found) answers
 * the stanza, and may not write. found is an element, in the arena, whose children are what was
 * kept: one, several, or none. ERR_BUSY, ERR_IO: it could not be read. WAIT. */
enum verdict private_get(struct dispatch *d, struct str ns, struct str name,
			 void (*fn)(struct dispatch *d, enum err err, struct xml *found));

/* The same alone (settle_alone): fn may write. */
enum verdict private_get_alone(struct dispatch *d, struct str ns, struct str name,
			       void (*fn)(struct dispatch *d, enum err err, struct xml *found));
