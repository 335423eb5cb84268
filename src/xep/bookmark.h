/* SPDX-License-Identifier: Apache-2.0 */
/* Bookmarks of rooms in both their forms: an item each (XEP-0402), and all of them in one
 * <storage/> (XEP-0048). Any thread. */
#pragma once

#include "xml/tree.h"

#define NS_BOOKMARKS STR("urn:xmpp:bookmarks:1")
#define NS_STORAGE   STR("storage:bookmarks")

enum { BOOKMARKS_MAX = 1000 /* in one <storage/> */ };

/* One bookmark; all in the arena it was read into, or views. */
struct bookmark {
	struct str jid;  /* of the room: the id of its item */
	struct str name; /* without pointer: none; the next two, too */
	struct str nick, password;
	bool is_autojoin;
	struct xml *extensions; /* {NS_BOOKMARKS}extensions, standing alone; never NULL */
};

/* Reads the payload of the item jid; false: it is no bookmark. */
bool bookmark_read(struct arena *a, struct str jid, const struct xml *conference,
		   struct bookmark *ret_b);

/* Reads <storage/> into *ret_list, in the arena; elements that XEP-0048 does not know become
 * extensions. ERR_TOO_BIG: BOOKMARKS_MAX. ERR_INVALID: what an item for each room cannot say: no
 * address, the same one twice, something else than rooms. With is_lax that is passed over instead,
 * and *ret_is_whole says whether there was nothing of it. */
must_check enum err bookmarks_read(struct arena *a, const struct xml *storage, bool is_lax,
				   struct bookmark **ret_list, size_t *ret_count,
				   bool *ret_is_whole);

/* Adds the extensions of old that b does not have: who writes XEP-0048 may not have kept them. */
void bookmark_keep_extensions(struct arena *a, struct bookmark *b, const struct bookmark *old);

/* <conference/> of an item, standing alone: the same for bookmarks that say the same. */
struct xml *bookmark_write(struct arena *a, const struct bookmark *b);

/* Adds <conference/> to <storage/>. */
void bookmark_write_storage(struct arena *a, struct xml *storage, const struct bookmark *b);
