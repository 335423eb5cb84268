/* SPDX-License-Identifier: Apache-2.0 */
/* What an account wants to have archived (XEP-0441 0.2.0), as <prefs/> says it. Any thread. */
#pragma once

#include "xmpp/condition.h"
#include "xmpp/jid.h"

enum { MAM_PREFS_JIDS_MAX = 500 /* addresses of both lists together */ };

enum mam_default { MAM_ALWAYS, MAM_NEVER, MAM_ROSTER };

/* Addresses as prepared text, bare or full, in an array that the holder of the struct names. */
struct mam_prefs {
	enum mam_default by_default;
	const struct str *always, *never;
	size_t always_count, never_count;
};

/* "always", "never" or "roster"; and the opposite: ERR_INVALID. */
struct str mam_default_name(enum mam_default d);
must_check enum err mam_default_parse(struct str name, enum mam_default *ret_default);

/* Reads <prefs/> of an iq set; everything in the arena. False: *ret_why is the answer. */
must_check bool mam_prefs_read(const struct xml *el, struct arena *a, struct mam_prefs *ret_prefs,
			       enum condition *ret_why);

/* <prefs/>, standing alone; strings are borrowed. */
struct xml *mam_prefs_new(struct arena *a, const struct mam_prefs *prefs);
