/* SPDX-License-Identifier: Apache-2.0 */
/* Who may issue certificates for a name, as the DNS says (CAA: RFC 8659, RFC 8657). Plain values;
 * any thread. */
#pragma once

#include "base/str.h"

/* Zero but for the first three, which say whom one would like to be allowed. */
struct caa {
	struct str authority; /* its domain */
	struct str account;   /* URL of one's account with it; empty: not known yet, any will do */
	struct str challenge; /* how one shows that a name is one's own; "any": either way */
	bool is_restricted;   /* some may, and all others may not */
	bool is_allowed;      /* one of those is this one */
	bool is_strange;      /* something that must be understood is not: nobody may */
};

/* Takes a record in its wire form. What cannot be read allows nobody. */
void caa_read(struct caa *c, struct str rdata);

/* After all records of a name: whether the authority may sign. */
bool caa_permits(const struct caa *c);
