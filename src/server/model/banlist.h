/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses that this server has nothing to do with: what the administrators have blocked for
 * everybody, out of files and by command. A list never changes once it is given away, and is
 * counted; any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "xmpp/jid.h"

enum {
	BANLIST_ADDRESSES_MAX = 500000,       /* of one list */
	BANLIST_BYTES_MAX = 64 * 1024 * 1024, /* of them */
	BANLIST_FILE_MAX = 32 * 1024 * 1024,  /* bytes of one file */
};

struct banlist {
	unsigned refs; /* atomic */
	struct arena arena;
	struct map items; /* an address, a domain, ".domain": all below it, or "#" and a SHA-256 in
			     hex of an address or a domain -> itself */
	size_t hashes;    /* how many of the last kind */
};

/* Empty; the caller's count. */
struct banlist *banlist_new(void) __attribute__((returns_nonnull));
struct banlist *banlist_ref(struct banlist *l);

/* One count less; NULL is fine. Gives NULL. */
struct banlist *banlist_unref(struct banlist *l);

/* Prepares what people write: user@domain, domain, or *.domain for all that is below it; in the
 * arena. ERR_INVALID: none of these. */
must_check enum err banlist_prepare(struct arena *a, struct str text, struct str *ret_key);

/* Adds a prepared address, only before the list is given away. ERR_TOO_BIG: it is full. */
must_check enum err banlist_add(struct banlist *l, struct str key);

/* The same of all lines of a file: an address each; blanks around it, empty lines, and what stands
 * behind a # do not count. ERR_INVALID, ERR_TOO_BIG: *ret_line is the number of the line; those in
 * front of it were added. */
must_check enum err banlist_read(struct banlist *l, struct str text, unsigned *ret_line);

/* Prepares the id of an item of a list that others publish (docs/moderation.md): the SHA-256 of an
 * address or a domain in hex, or one of them as it is; in the arena. ERR_INVALID: neither. */
must_check enum err banlist_prepare_item(struct arena *a, struct str id, struct str *ret_key);

/* Which entry covers who (a view into l), or STR_NONE: his bare address, his domain, or a domain
 * above it. l may be NULL. As many look-ups as the domain has labels, and two; with hashes two
 * digests more. */
struct str banlist_covers(const struct banlist *l, struct jid who);

/* ---- in the store: what was added by command; rows of the server's domain ---- */

#define BAN_SPACE STR("banned") /* key: prepared; value: when, a space, why */

struct str ban_encode(usec_t wall, struct str why, struct arena *a);

/* A view. ERR_INVALID for what no version of this program wrote. */
must_check enum err ban_decode(struct str value, usec_t *ret_wall, struct str *ret_why);
