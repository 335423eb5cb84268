/* SPDX-License-Identifier: Apache-2.0 */
/* The records that the DNS should have about the server (RFC 1035 5, RFC 2782, XEP-0368, RFC 6698,
 * RFC 8657). Pure; any thread. */
#pragma once

#include "base/arena.h"

enum {
	ZONE_NAMES_MAX = 8,    /* of services */
	ZONE_RECORDS_MAX = 64, /* records, and lines between them */
};

enum zone_kind { ZONE_COMMENT, ZONE_ADDRESS, ZONE_SRV, ZONE_TLSA, ZONE_CAA };

struct zone_facts {
	struct str domain;                /* in ASCII */
	struct str names[ZONE_NAMES_MAX]; /* of rooms and other services, in ASCII */
	size_t name_count;
	struct str address;            /* of this machine, or empty */
	uint16_t xmpp, xmpps, https;   /* ports; 0: off */
	uint16_t server, server_tls;   /* the same, for other servers */
	struct str key_digest;         /* of the certificate's key, hexadecimal; empty: no TLSA */
	struct str authority, account; /* of CAA: its domain, and our account's URL; or empty */
	struct str challenge;          /* how names are shown to it: acme.challenge */
};

/* A line of the zone: text is all of it; the rest is for who compares. */
struct zone_record {
	enum zone_kind kind;
	struct str text;
	struct str name; /* without the dot at its end */
	uint16_t port;   /* of ZONE_SRV */
};

/* The records, in the arena; their number. */
size_t zone_make(struct arena *a, const struct zone_facts *facts,
		 struct zone_record ret_records[ZONE_RECORDS_MAX]);
