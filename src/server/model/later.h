/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that an account wants sent later (docs/later.md): what is kept of them, and how. State
 * and rules without sockets or store. On the loop of its entity. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/list.h"

enum {
	LATER_ID_LEN = 16,
	LATER_NICK_MAX = 200,   /* bytes of the name in a room */
	LATER_FAILURE_MAX = 64, /* bytes of a condition's name */
};

struct later_item {
	struct list link; /* of struct later, in the order they came */
	char id[LATER_ID_LEN + 1];
	usec_t wall_at;     /* when it is to be sent */
	struct str failure; /* owned: condition (RFC 6120 8.3.3) why it was not; empty: it waits */
	struct str nick;    /* owned: to enter its room with; empty: none was said */
	struct bytes *stanza; /* one count */
};

struct later {
	struct list items;
	size_t count, bytes; /* bytes: of the stanzas */
};

struct later *later_new(void) __attribute__((returns_nonnull));
void later_free(struct later **l);

/* NULL: there is none. l may be NULL. */
struct later_item *later_find(const struct later *l, struct str id);

/* Takes the place of the item with this id, if there is one; stanza and strings are copied. */
struct later_item *later_put(struct later *l, const struct later_item *item);
void later_remove(struct later *l, struct later_item *item);
void later_fail(struct later_item *item, struct str condition);

/* ---- in the store: a row of the account for each, its key the id ---- */

#define LATER_SPACE STR("later")

struct str later_encode(const struct later_item *item, struct arena *a);

/* Adds what later_encode wrote. ERR_INVALID for what no version of this program wrote. */
must_check enum err later_decode(struct later *l, struct str key, struct str value);

/* ---- and one of the server, its key the time, so that the soonest comes first ---- */

#define LATER_DUE_SPACE STR("later-due")

struct str later_due_key(usec_t wall_at, struct str account, struct str id, struct arena *a);

/* Views. */
must_check enum err later_due_read(struct str key, usec_t *ret_wall_at, struct str *ret_account,
				   struct str *ret_id);
