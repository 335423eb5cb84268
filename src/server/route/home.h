/* SPDX-License-Identifier: Apache-2.0 */
/* What the entities of one loop share. Users, rooms and services live on the loop that their name's
 * hash chooses (docs/threads.md); everything in a home belongs to its loop's thread, but for the
 * fields marked as constant. */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "base/sbuf.h"
#include "loop/pool.h"
#include "server/conf/conf.h"
#include "server/route/realm.h"
#include "server/store/store.h"

struct dispatch;
struct fetcher;
struct effect;
struct entity;
struct p256_key;
struct parcel;
struct proposal;
struct registry;
struct remote_ops;
struct service_ops;
struct services;
struct abuse_book;
struct abuse_contact_asks;
struct accounts;
struct banlist;
struct block_feed;
struct caps_waits;
struct client_caps_store;
struct invites;
struct later_clock;
struct pace;
struct throttle;
struct uploads;

/* What the router does for the floors below it. */
struct home_ops {
	/* Handles a parcel for a ready entity that is not busy; takes it. */
	void (*handle)(struct entity *e, struct parcel *p);
	/* Answers a parcel whose entity does not exist or cannot be loaded; takes it. */
	void (*refuse)(struct entity *e, struct parcel *p, enum err why);
	/* Carries out one effect of e. */
	void (*perform)(struct entity *e, struct effect *effect);
	/* The txn of a proposal ended: its receiver is told. */
	void (*committed)(struct proposal **p, enum err err);
	/* The features take their rows of e; and give up what they hold of it. */
	void (*loaded)(struct entity *e, const struct keyval_row *rows);
	void (*unload)(struct entity *e);
	/* Runs a dispatch of WAY_IN whose stanza is set, to its end. */
	void (*run_in)(struct dispatch *d);
};

/* Who ends the server (server/ending.h). Any thread. */
struct home_ending {
	void (*ask)(void *owner, usec_t delay, bool wants_restart);
	void *owner;
};

/* Which messages of the server wait for those who log in: kept by feature/notices. */
struct home_notices {
	bool is_known;
	int64_t motd, welcome; /* when they were set, wall clock; 0: there is none */
};

struct home {
	/* constant after start */
	struct loop *loop;
	unsigned index, count;
	struct home *const *all; /* count of them */
	usec_t started;          /* set by home_start */
	struct store *store;
	struct pool *pool;               /* for what blocks and is not the store's */
	const struct registry *registry; /* of the users */
	struct realm realms[REALMS_MAX]; /* the users' is the first */
	unsigned realm_count;
	size_t resource_bytes; /* of the features' state; set by home_start */
	const struct home_ops *ops;
	const struct service_ops *service_ops;
	void *service_owner; /* theirs, of this loop */
	/* NULL: other servers are not spoken to */
	const struct remote_ops *remote_ops;
	void *remote_owner;                    /* theirs, of this loop */
	struct home_ending ending;             /* ask NULL: nobody does */
	struct accounts *accounts;             /* all changes of accounts */
	struct invites *invites;               /* model/invites.h */
	struct later_clock *later_clock;       /* server/later/later_clock.h */
	struct throttle *throttle;             /* model/throttle.h */
	struct pace *pace;                     /* model/pace.h */
	struct abuse_book *abuse_book;         /* route/abuse_book.h */
	struct abuse_contact_asks *abuse_asks; /* route/abuse_contact.h; NULL: none can be asked */
	struct uploads *uploads;               /* model/uploads.h; NULL: there are none */
	struct fetcher *fetcher;               /* fetch/fetch.h; NULL: nothing goes to the web */
	const struct p256_key *push_key;       /* VAPID (RFC 8292); NULL: the same */
	struct str domain;
	struct siphash_key place_key; /* the same in all homes */
	uint64_t id_key[4];           /* makes archive ids opaque, the same for ever */

	/* the loop's own */
	struct conf *conf;
	struct str web_url;    /* "https://chat.example": how links begin; empty: there is no web
				  side */
	struct banlist *bans;  /* model/banlist.h; a count; NULL: nobody is blocked */
	struct banlist *heard; /* of what others publish (route/block_feed.h); the same */
	struct block_feed *block_feed; /* of the home of the server's domain; NULL: another one */
	struct services *services;     /* a count; NULL: none */
	struct map nests;              /* key -> struct nest: route/nest.h */
	struct map entities;           /* bare JID -> struct entity */
	struct list idle;              /* entities that nothing needs, oldest first */
	size_t idle_count;
	struct map push_asked; /* token -> account: notifications in the name of rooms of this
				  home; the same */
	struct map push_none;  /* accounts that are known to have no registration for pushes, each a
				  string of the heap: kept by server/push */
	struct timer sweep;
	uint64_t last_resource_id;
	struct list dispatches; /* spare ones */
	size_t dispatch_count;
	struct client_caps_store *client_caps;
	struct caps_waits *caps_waits; /* route/caps_wait.h */
	struct home_notices notices;
	unsigned depth;      /* dispatches inside one another */
	struct sbuf scratch; /* for serialising */
};

enum {
	HOME_SCRATCH_MAX =
		64 * 1024 *
		1024 /* bytes of one stanza when it is written: a whole roster is the largest */
};

/* The home of a bare JID. Any thread. */
struct home *home_of(const struct home *h, struct str bare);

/* The realm of a domain; NULL: it is none of ours. Any thread. */
const struct realm *home_realm(const struct home *h, struct str domain);
