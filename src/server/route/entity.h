/* SPDX-License-Identifier: Apache-2.0 */
/* An entity: an actor with a bare JID (a user; the server itself, whose JID is the domain; rooms
 * later). It lives on exactly one loop, handles one stanza at a time, and keeps its state in memory
 * while it is in use. */
#pragma once

#include "base/log.h"
#include "server/route/home.h"
#include "server/route/outbox.h"
#include "server/route/resource.h"
#include "xmpp/stanza.h"

struct archive_prefs;
struct inbox;
struct avatar;
struct blocklist;
struct dispatch;
struct displayed;
struct pep;
struct pep_remotes;
struct private_index;
struct push;
struct receipt;
struct later_box;
struct quiet;
struct roster;

enum entity_state {
	ENTITY_LOADING, /* stanzas wait in the inbox */
	ENTITY_READY,
	ENTITY_ABSENT, /* there is no such account */
};

struct entity {
	struct home *home;
	const struct realm *realm;
	struct jid jid; /* bare, owned */
	enum entity_state state;
	bool is_reloading; /* a commit failed: state is read again, when no txn of its own is under
			      way */
	bool is_reading;   /* the store has been asked for it */
	bool is_deleted;   /* the account goes: nothing new is accepted */
	bool is_held;      /* it is quietly held (route/held.h): kept by feature/held */
	bool is_draining;  /* the inbox is being worked off */
	unsigned busy;     /* dispatches that wait for something */
	unsigned held;     /* a dispatch waits for its turn alone (settle_alone) */
	unsigned pins;     /* callbacks under way that will touch it */
	unsigned alarms;   /* timers of features with work that must not be forgotten: entity_touch
			      when it changes */
	struct resource_list resources;
	struct list inbox;               /* of struct parcel */
	size_t inbox_count, inbox_bytes; /* parcels, and what their stanzas take */
	struct list waiters;             /* for entity_when_ready */
	struct outbox outbox;
	struct list idle_link;
	usec_t idle_since;
	int64_t last_seq;            /* newest place given in its archive */
	struct roster *roster;       /* model/roster.h, of a user: kept by feature/roster, see
					roster_view.h; NULL while loading */
	struct blocklist *blocklist; /* model/blocklist.h: kept by feature/blocking, see blocking.h;
					NULL: empty */
	struct archive_prefs *archive_prefs; /* model/archive_prefs.h: kept by
						feature/archive_prefs; NULL: none of its own */
	struct private_index *private_index; /* model/private_index.h: kept by feature/private_data;
						as above */
	struct pep *pep;                 /* model/pep.h: kept by feature/pep; NULL while loading */
	struct pep_remotes *pep_remotes; /* server/pep/pep_remote.h: kept by feature/pep; NULL:
					    none */
	struct avatar *avatar; /* model/avatar.h: kept by feature/avatar; NULL while loading */
	struct displayed *displayed; /* model/displayed.h: kept by feature/displayed; NULL while
					loading */
	struct push *push;           /* server/push/push.h: kept by feature/push; NULL: none */
	struct inbox *conversations; /* server/inbox/inbox.h: kept by feature/inbox; NULL while
					loading */
	struct account account;      /* flags and times; verifiers are not kept */
	struct quiet *quiet; /* model/quiet.h: kept by feature/quiet; NULL: as the server has
				it, and nothing waits */
	struct entity_reports {
		usec_t since; /* monotonic; 0: never */
		unsigned count;
	} reports;       /* of abuse, that it made on one day: route/block_change.h */
	bool has_ghosts; /* some of its resources are no clients: feature/later hears for them */
	struct later_box *later; /* server/later: kept by feature/later; NULL: nothing */
	void *state_slots;       /* of the features */
	void *kept; /* what on_unload of a feature leaves for its on_load while the state is read
		       again (is_reloading); NULL otherwise */
	struct log_ctx log;
};

/* Of one entity; what comes past it is refused with resource-constraint. */
enum { INBOX_PARCELS_MAX = 1000, INBOX_BYTES_MAX = 16 * 1024 * 1024 };

/* A stanza on its way to an entity that is on another loop, or cannot take it now. */
struct parcel {
	struct letter letter;
	struct list link;
	struct home *to_home;
	struct bytes *stanza; /* serialised, with from and to */
	struct str bare;      /* the entity; view into name */
	enum way way;
	uint64_t resource; /* WAY_OUT */
	usec_t received;
	struct proposal *proposal; /* WAY_IN: a message whose sender waits for the answer */
	struct receipt *receipt;   /* WAY_IN: a count of who waits for it to be durable, or NULL */
	void (*act)(struct dispatch *d, void *arg); /* instead of a stanza: router_act_in_order */
	void *arg;
	char name[];
};

struct parcel *parcel_new(struct home *to, struct str bare, enum way way, struct bytes *stanza);
void parcel_free(struct parcel *p);

/* Posts p to its home, or puts it in the entity's inbox when that is here. */
void parcel_post(struct parcel *p);

/* The same, but never before the next turn. */
void parcel_post_later(struct parcel *p);

/* The entity of a bare JID of this home, if it is in memory. */
struct entity *entity_find(struct home *h, struct str bare);

/* The same, loaded if need be: its state may be LOADING. */
struct entity *entity_get(struct home *h, struct str bare);

/* Whether a stanza can be handled right now. */
bool entity_is_free(const struct entity *e);

/* Puts p in the inbox (refused when that is full). */
void entity_queue(struct entity *e, struct parcel *p);

/* Something ended that the entity waited for: goes on with the inbox. */
void entity_wake(struct entity *e);

/* Calls fn(arg, e) once e is ready or absent: now, or later. Order with the inbox is not kept: for
 * binding. */
void entity_when_ready(struct entity *e, void (*fn)(void *arg, struct entity *e), void *arg);

/* Reads the state again from the store: after a failed commit, and behind what is with the store or
 * on its way there. Until then it only answers those who wait for it with a proposal. */
void entity_reload(struct entity *e);

/* Looks whether e is still needed; if not it may be forgotten a while later. */
void entity_touch(struct entity *e);

/* Frees e at once: the sweep, and the end of the process. */
void entity_forget(struct entity *e);

/* Keeps e in memory until entity_unpin. */
void entity_pin(struct entity *e);
void entity_unpin(struct entity *e);

/* The next place in its archive: the wall clock in usec, made unique and rising. */
int64_t entity_next_seq(struct entity *e);

/* A feature's state of an entity or a resource; the slot number comes from the registry. */
void *entity_slot(const struct entity *e, size_t offset);
