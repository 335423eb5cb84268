/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of abuse (XEP-0377) in the queue of who runs the server. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"

enum {
	ABUSE_MARKUP_MAX = 8 * 1024, /* bytes of a <report/> that is kept */
	ABUSES_A_DAY = 50,           /* of one account, that go into the queue */
	ABUSE_COPIES_MAX = 20,       /* messages that one report names, and that are copied */
	ABUSE_COPIES_BYTES_MAX = 64 * 1024, /* of all copies of one report */
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

/* ---- copies of messages that a report names ---- */

#define ABUSE_COPY_SPACE STR("abuse-copy") /* key: abuse_copy_key; value: abuse_copy_encode */

/* n < ABUSE_COPIES_MAX. All of one report sort behind its key, in their order. */
struct str abuse_copy_key(struct arena *a, struct str key, unsigned n);

/* The message, standing alone, and when it came. */
struct str abuse_copy_encode(usec_t wall, struct str stanza, struct arena *a);

/* A view. ERR_INVALID as above. */
must_check enum err abuse_copy_decode(struct str value, usec_t *ret_wall, struct str *ret_stanza);
