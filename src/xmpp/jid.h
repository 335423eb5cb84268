/* SPDX-License-Identifier: Apache-2.0 */
/* JIDs (RFC 7622): prepared parts, compared by bytes. */
#pragma once

#include "base/arena.h"

/* All parts are prepared; node and resource may be empty. full is the whole address as text; parts
 * are views into it. */
struct jid {
	struct str full;
	struct str node, domain, resource;
};

enum { JID_PART_MAX = 1023 /* bytes, each part */ };

/* Parses and prepares (PRECIS UsernameCaseMapped, IDNA2008, OpaqueString). The text is copied only
 * when preparing changes it: s must outlive the jid. ERR_INVALID / ERR_TOO_BIG. */
must_check enum err jid_parse(struct arena *a, struct str s, struct jid *ret_jid);

/* From parts that are prepared already (only lengths are checked with must). */
struct jid jid_make(struct arena *a, struct str node, struct str domain, struct str resource);

/* Prepare one part alone. */
must_check enum err jid_prep_node(struct arena *a, struct str s, struct str *ret_s);
must_check enum err jid_prep_domain(struct arena *a, struct str s, struct str *ret_s);
must_check enum err jid_prep_resource(struct arena *a, struct str s, struct str *ret_s);

/* A copy whose text lives in the arena. */
struct jid jid_copy(struct arena *a, struct jid j);

/* The part without the resource: a view into full. */
struct str jid_bare_str(struct jid j);
struct jid jid_bare(struct jid j);

static inline bool jid_is_set(struct jid j)
{
	return j.domain.len > 0;
}

static inline bool jid_is_full(struct jid j)
{
	return j.resource.len > 0;
}

bool jid_eq(struct jid a, struct jid b);
bool jid_bare_eq(struct jid a, struct jid b);
