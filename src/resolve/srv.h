/* SPDX-License-Identifier: Apache-2.0 */
/* SRV records (RFC 2782): reading them, and the order in which their targets are tried. Plain
 * values; any thread. */
#pragma once

#include "base/str.h"

enum {
	SRV_MAX = 32, /* targets of a domain that are looked at */
	SRV_TARGET_MAX = 253,
};

struct srv {
	uint16_t priority, weight, port;
	bool is_direct_tls;              /* of _xmpps-… (XEP-0368) */
	bool is_secure;                  /* the answer was proven by DNSSEC */
	char target[SRV_TARGET_MAX + 1]; /* small letters, no dot at the end; "": not offered */
};

/* A record in its wire form; the flags stay untouched. ERR_INVALID for what is no record, or a
 * target that is no host name. */
must_check enum err srv_parse(struct str rdata, struct srv *ret_srv);

/* Puts rows into the order of trying: by priority, and at random by weight among those that have
 * the same, records of both services together (XEP-0368, 3). */
void srv_order(struct srv *rows, size_t count);
