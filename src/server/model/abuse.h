/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse (XEP-0377) in the queue of who runs the server. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"

enum {
	ABUSE_MARKUP_MAX = 8 * 1024, /* bytes of a <report/> that is kept */
	ABUSES_A_DAY = 50,           /* of one account, that go into the queue */
};

struct abuse {
	struct str by, about; /* JIDs: bare; any form of XEP-0191 5 */
	struct str markup;    /* <report/>, standing alone */
};

/* ---- in the store: the rows of ABUSE_SPACE belong to the server's domain, oldest first
 * ----
 */

#define ABUSE_SPACE STR("abuse")

/* A key of its own for a report that comes now. */
struct str abuse_key(struct arena *a, usec_t wall);

/* When it came. ERR_INVALID: no such key. */
must_check enum err abuse_key_read(struct str key, usec_t *ret_wall);

struct str abuse_encode(const struct abuse *r, struct arena *a);

/* Views into value. ERR_INVALID for what no version of this program wrote. */
must_check enum err abuse_decode(struct abuse *r, struct str value);
