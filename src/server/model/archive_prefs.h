/* SPDX-License-Identifier: Apache-2.0 */
/* Which messages an account wants to have in its archive: the rules of XEP-0441 2.3, and how they
 * look in the store. On the loop of the account's entity. */
#pragma once

#include "xep/mam_prefs.h"

/* Owned; what it points to is inside of the same piece of memory. */
struct archive_prefs {
	struct mam_prefs prefs;
};

/* In the store: space ARCHIVE_PREFS_SPACE, the empty key. */
#define ARCHIVE_PREFS_SPACE STR("archive_prefs")

struct str archive_prefs_encode(const struct mam_prefs *prefs, struct arena *a);

/* ERR_INVALID for what no version of this program wrote. */
must_check enum err archive_prefs_decode(struct str value, struct archive_prefs **ret_prefs);
void archive_prefs_free(struct archive_prefs **p);

/* Whether a message to or from who is archived. A listed address with a resource stands for that
 * resource alone, and counts before one without; of the same kind, "never" counts before "always".
 * is_contact: whether the bare address of who is in the roster. */
bool archive_prefs_keep(const struct mam_prefs *prefs, struct jid who, bool is_contact);
