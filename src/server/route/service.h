/* SPDX-License-Identifier: Apache-2.0 */
/* Services: domains beside our own whose addresses are no accounts, but all belong to one program
 * that takes their stanzas: an external component (XEP-0114, server/component). Every home knows
 * all of them by name; what is for one goes to the home of its domain. */
#pragma once

#include "base/arena.h"
#include "base/bytes.h"

struct home;
struct jid;

/* What a service may do beside speaking for its own addresses (XEP-0356). */
enum service_right {
	SERVICE_ROSTER_GET = 1,
	SERVICE_ROSTER_SET = 2,
	SERVICE_ROSTER_PUSH = 4,      /* it hears of changes */
	SERVICE_MESSAGE = 8,          /* sends messages for users and the server */
	SERVICE_PRESENCE = 16,        /* sees the presence of users */
	SERVICE_ROSTER_PRESENCE = 32, /* and that of their contacts */
};

/* A namespace of which it may send requests for users. */
struct service_iq {
	struct str ns;
	bool may_get, may_set;
};

/* A namespace whose requests it answers for the server, where the payload has all these attributes
 * (XEP-0355). */
struct service_delegation {
	struct str ns;
	struct str *attrs;
	size_t attr_count;
};

struct service {
	struct str domain; /* prepared */
	struct str secret; /* of the program that speaks for it */
	unsigned rights;   /* enum service_right */
	struct service_iq *iqs;
	size_t iq_count;
	struct service_delegation *delegations;
	size_t delegation_count;
	struct str terms; /* all its rights as text: equal when they are */
};

/* A table of services, unchanging once it is given away, counted; any thread. */
struct services {
	unsigned refs; /* atomic */
	struct arena arena;
	struct service *items;
	size_t count;
};

enum {
	SERVICES_MAX = 256,                   /* in one table */
	SERVICES_ARENA_MAX = 4 * 1024 * 1024, /* bytes of all that they have */
};

/* A table with room for count services, without domains yet, for the caller to fill; its count. */
struct services *services_new(size_t count) __attribute__((returns_nonnull));
struct services *services_ref(struct services *s);

/* One count less; NULL is fine. Secrets are wiped at the last. Gives NULL. */
struct services *services_unref(struct services *s);

/* The service of a domain, or NULL. s may be NULL. */
const struct service *services_find(const struct services *s, struct str domain);

/* What a home does not know itself: who speaks for the services that live there. */
struct service_ops {
	/* A stanza for an address of the domain, serialised, with from and to; on its home h. It
	 * reaches the service, or its sender gets an error, unless is_quiet. Takes a count of its
	 * own if it keeps stanza. */
	void (*take)(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet);
};

/* Brings the stanza (as above; a count stays the caller's) to the service of this domain, or gives
 * false when h knows none. On h's loop. */
bool service_post(struct home *h, struct str domain, struct bytes *stanza, bool is_quiet);

/* The service that speaks here, if from is its own address (the domain alone), or NULL. */
const struct service *service_of(const struct home *h, struct jid from);
