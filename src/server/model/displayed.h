/* SPDX-License-Identifier: Apache-2.0 */
/* How far an account has read (XEP-0490): a marker for each conversation, which never goes back.
 * What was published stays an item of the account (model/pep.h); this is the index of it that rules
 * need at once. State and rules without sockets or store. On the loop of its entity. */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "xml/tree.h"
#include "xmpp/jid.h"

enum {
	DISPLAYED_MAX = 4000, /* conversations; the longest untouched is forgotten */
	DISPLAYED_BYTES_MAX = 2 * 1024 * 1024, /* of all their texts; the same */
	DISPLAYED_ID_MAX = 255,                /* bytes of a stanza-id */
};

struct marker {
	struct list link;        /* of struct displayed */
	struct str conversation; /* a bare JID, of a room's occupant the full one; prepared */
	struct str by, id;       /* of the newest message that was read: XEP-0359 */
	int64_t seq;             /* its place in the archive of by; 0: that is none of ours */
};

struct displayed {
	struct map markers;  /* conversation -> struct marker */
	struct list in_time; /* of struct marker, longest untouched first */
	size_t bytes;        /* of all texts */
};

struct displayed *displayed_new(void) __attribute__((returns_nonnull));
void displayed_free(struct displayed **x);

/* The marker of a conversation, good until the next change; NULL: nothing was marked. */
const struct marker *displayed_find(const struct displayed *x, struct str conversation);

/* Whether m, of an archive whose places are known, is in front of the marker that there is. */
bool displayed_is_behind(const struct displayed *x, const struct marker *m);

/* Sets the marker, copied. Not one that is behind (false), or too long to be kept. */
bool displayed_put(struct displayed *x, const struct marker *m);

/* Forgets one. */
void displayed_remove(struct displayed *x, struct str conversation);

/* Reads the payload of an item; without seq. Views, or in the arena. ERR_INVALID: not <displayed/>
 * with one <stanza-id/>; id or by is no conversation or archive that could be kept here. */
must_check enum err displayed_read(struct arena *a, struct str item_id, const struct xml *payload,
				   struct marker *ret_m);

/* ---- in the store: a row for each, its key the conversation ---- */

#define DISPLAYED_SPACE STR("displayed")

struct str displayed_encode(const struct marker *m, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. Views. */
must_check enum err displayed_decode(struct str key, struct str value, struct marker *ret_m);
