/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator should know about an installation: listeners, certificate, DNS, rights,
 * clock, limits, disk, backups, lists of blocked addresses, components, what is open to strangers.
 * Blocks; on a thread of its own. */
#pragma once

#include "net/addr.h"
#include "server/admin/call.h"
#include "server/doctor/zone.h"

struct tls_context;

enum {
	EXAM_FINDINGS_MAX = 64,
	EXAM_DOORS_MAX = 12,
	EXAM_PLACES_MAX = 16,
	EXAM_HOST_MAX = 254, /* bytes, with NUL */
	EXAM_WEB_PORT = 443,
};

enum exam_door_kind {
	EXAM_XMPP,  /* STARTTLS */
	EXAM_XMPPS, /* TLS from the first byte */
	EXAM_HTTP,
	EXAM_HTTPS,
	EXAM_METRICS,
	EXAM_SERVER, /* STARTTLS */
	EXAM_SERVER_TLS,
	EXAM_COMPONENT,
	EXAM_COMPONENT_TLS,
};

/* A listener. */
struct exam_door {
	const char *check; /* the word of its finding */
	enum exam_door_kind kind;
	struct addr addr;
};

/* Where the DNS sends others. */
struct exam_place {
	enum exam_door_kind kind;
	uint16_t port;
	char host[EXAM_HOST_MAX];
};

/* A file of block.lists, and how its last reading went. */
struct exam_list {
	const char *path;
	enum err err;
	unsigned line; /* that is wrong, or 0 */
};

/* How the server gets its certificate (ACME). */
struct exam_renewal {
	bool is_on, is_running;
	unsigned failures;
	usec_t wall_next;
	struct str error; /* of the last failure */
};

/* The facts, which are the caller's until the end, and the findings. */
struct exam {
	const char *data_dir, *cert_path, *key_path;
	struct str domain, ascii;      /* the same, as the DNS and certificates write it */
	const struct tls_context *tls; /* what is used now */
	bool is_self_signed;           /* of the first start */
	struct exam_renewal renewal;
	bool is_registration_open;
	uint64_t connections; /* how many may be; 0: no limit */
	struct exam_door doors[EXAM_DOORS_MAX];
	size_t door_count;
	const struct admin_component *components;
	size_t component_count;
	const struct exam_list *lists;
	size_t list_count;
	bool are_lists_in_force;    /* as they were read last */
	usec_t wall_lists;          /* when what is in force was read; 0: nothing is */
	uint64_t blocked_addresses; /* in force, without those of commands */
	struct zone_facts zone;     /* what the DNS should say */
	struct addr resolver;       /* off: the system's */
	struct exam_place places[EXAM_PLACES_MAX]; /* found on the way */
	size_t place_count;
	struct str websocket_url; /* of host-meta (XEP-0156); empty: there is none */
	uint16_t web_port;        /* where others ask for it: EXAM_WEB_PORT */
	bool is_federating;
	const char *trust_anchor; /* what proves answers about other servers, or NULL */
	usec_t wall_started, ran; /* the start by the clock; how long ago it really was */
	usec_t wall_newest;       /* of the newest records; 0: none */
	usec_t patience;          /* for a listener */
	const bool *is_stopped;   /* atomic: end soon, whatever has been found */
	struct admin_finding findings[EXAM_FINDINGS_MAX];
	size_t count;
};

void exam_run(struct exam *x);
