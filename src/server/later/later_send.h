/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that an account wants sent later (docs/later.md): changing them, and sending what is
 * due. Into a room goes who is not there: as a guest of a moment, a ghost, with a resource that no
 * client has. On the entity's loop. */
#pragma once

#include "server/model/later.h"
#include "server/route/dispatch.h"

struct later_box; /* of an account that has, or had, something: entity->later */

/* Rows of LATER_SPACE, when an account was loaded. */
void later_load(struct entity *e, const struct keyval_row *rows);
void later_unload(struct entity *e);

/* NULL: there is nothing. */
struct later *later_of(const struct entity *e);

/* Stores it, in the place of the one with its id, and tells the clients that want to know. */
void later_set(struct dispatch *d, const struct later_item *item);

/* Takes it away, unsent; the same. */
void later_cancel(struct dispatch *d, struct later_item *item);

/* Sends it. */
void later_send(struct dispatch *d, struct later_item *item);

/* The row of the server for this id at wall_at is due: sends it, if it is still as that row says,
 * and takes the row away. */
void later_due(struct dispatch *d, usec_t wall_at, struct str id);

/* A stanza of WAY_IN for a ghost: DONE; for others PASS. */
enum verdict later_hear(struct dispatch *d);

/* The rows of the server go with the account. */
void later_forget(struct dispatch *d);

/* What a client is told of it: <item/>. */
struct xml *later_show(struct arena *a, struct xml *parent, const struct later_item *item);
