/* SPDX-License-Identifier: Apache-2.0 */
/* What an account has published (XEP-0163, XEP-0060): its nodes, who may what at them, and a list
 * of their items without the payloads, which stay in the store. State and rules without sockets or
 * store; how it looks in the store is here, too. On the loop of its entity. */
#pragma once

#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "xep/pubsub_config.h"
#include "xmpp/jid.h"

enum {
	PEP_NAME_MAX = 1023,         /* bytes of a node's name */
	PEP_ID_MAX = 3071,           /* bytes of an item's id: it may be an address */
	PEP_PEOPLE_MAX = 500,        /* affiliations and subscriptions of a node of an account */
	PEP_INDEX_MAX = 1024 * 1024, /* bytes of all names, ids and addresses of an account */
};

/* Those of XEP-0060 4.1. An account is the owner of all its nodes and stands in no list; at a
 * service each node has owners of its own, who do. */
enum pep_affiliation {
	PEP_NONE,
	PEP_MEMBER,
	PEP_PUBLISHER,
	PEP_OUTCAST,
	PEP_PUBLISH_ONLY,
	PEP_OWNER,
	PEP_AFFILIATIONS
};

enum pep_subscription { PEP_UNSUBSCRIBED, PEP_PENDING, PEP_SUBSCRIBED, PEP_SUBSCRIPTIONS };

/* What a subscriber wants (XEP-0060 6.3); all zero as long as he has said nothing. */
struct pep_options {
	bool is_silent;     /* pubsub#deliver is off */
	usec_t wall_expire; /* when the subscription ends; 0: never */
};

/* Somebody's standing at a node. */
struct pep_person {
	struct str
		jid; /* owned; an affiliation is a bare JID's, a subscription may be a full one's */
	enum pep_affiliation affiliation;
	enum pep_subscription subscription;
	struct pep_options options; /* of the subscription, and gone with it */
};

struct pep_node {
	struct str name;             /* owned */
	struct pubsub_config config; /* texts owned */
	struct str creator;          /* owned; bare JID, empty: the account itself */
	struct map people;           /* jid -> struct pep_person */
	bool has_old_people;         /* they were read from the node's own row: see pep_decode */
	struct list items;           /* of struct pep_item, oldest first */
	size_t item_count;
};

struct pep_item {
	struct list link;
	struct pep_node *node;
	struct str key;       /* owned: as in the store */
	struct str id;        /* view into key */
	struct str publisher; /* owned; bare JID, empty: the account itself */
	uint64_t order;       /* of publishing, in the whole account; rising */
	usec_t wall_time;     /* of publishing */
	size_t bytes;         /* of the payload as it is stored */
};

struct pep {
	struct map nodes; /* name -> struct pep_node */
	struct map items; /* key -> struct pep_item */
	uint64_t last_order;
	size_t bytes;       /* of all payloads */
	size_t index_bytes; /* see PEP_INDEX_MAX */
	size_t people_max;  /* of one node */
};

struct pep *pep_new(size_t people_max) __attribute__((returns_nonnull));
void pep_free(struct pep **p);

struct pep_node *pep_node_find(const struct pep *p, struct str name);

/* Adds a node, which must not be there. The configuration is copied. creator: as in the node. */
struct pep_node *pep_node_add(struct pep *p, struct str name, const struct pubsub_config *config,
			      struct str creator);
void pep_node_configure(struct pep *p, struct pep_node *node, const struct pubsub_config *config);

/* With all its items. */
void pep_node_remove(struct pep *p, struct pep_node *node);

struct pep_item *pep_item_find(const struct pep *p, const struct pep_node *node, struct str id);

/* The item becomes the node's newest, whether it was there or not. publisher: as in the item. */
struct pep_item *pep_item_put(struct pep *p, struct pep_node *node, struct str id,
			      struct str publisher, size_t bytes);
void pep_item_remove(struct pep *p, struct pep_item *item);

/* First and last of the node, and the one behind or in front; NULL at the end. */
struct pep_item *pep_item_first(const struct pep_node *node);
struct pep_item *pep_item_last(const struct pep_node *node);
struct pep_item *pep_item_next(const struct pep_item *item);
struct pep_item *pep_item_prev(const struct pep_item *item);

/* jid's standing: exactly this address; NULL if it has none. */
struct pep_person *pep_person_find(const struct pep_node *node, struct str jid);

/* Whether jid, or its bare address, has any standing at any node. */
bool pep_has_standing(const struct pep *p, struct jid jid);

/* Walks everybody: size_t at = 0; while ((person = pep_person_next(node, &at))). The one that was
 * given last may go on the way. */
struct pep_person *pep_person_next(const struct pep_node *node, size_t *at);

/* Sets both (with neither the person goes). ERR_TOO_BIG: the node has people_max. */
must_check enum err pep_person_set(struct pep *p, struct pep_node *node, struct str jid,
				   enum pep_affiliation affiliation,
				   enum pep_subscription subscription);

/* Whether it is a subscription, and its time is not over. */
bool pep_person_is_subscribed(const struct pep_person *person);

/* Ends jid's subscription; the affiliation stays. Nothing if there is none. */
void pep_person_unsubscribe(struct pep *p, struct pep_node *node, struct str jid);

struct str pep_affiliation_name(enum pep_affiliation a);
struct str pep_subscription_name(enum pep_subscription s);

/* Finds the one of that name ("none" included); false for others. */
bool pep_affiliation_read(struct str name, enum pep_affiliation *ret_a);
bool pep_subscription_read(struct str name, enum pep_subscription *ret_s);

/* ---- rules (XEP-0060 4.1, 4.5, XEP-0163 3) ---- */

/* Who asks. */
struct pep_subject {
	struct jid jid;
	bool is_owner;      /* of all nodes: one of the account's own clients */
	bool is_blocked;    /* by the account (XEP-0191) */
	bool sees_presence; /* subscribed to the account's presence */
	struct str groups;  /* of the account's roster, joined by PUBSUB_SEPARATOR */
};

enum pep_access {
	PEP_ALLOWED,
	PEP_IS_OUTCAST,
	PEP_NEEDS_PRESENCE,
	PEP_NEEDS_GROUP,
	PEP_NEEDS_SUBSCRIPTION, /* authorize: approved */
	PEP_IS_CLOSED,          /* whitelist */
};

bool pep_is_owner(const struct pep_node *node, const struct pep_subject *who);

/* Whether who may get items, asked for or sent. */
enum pep_access pep_may_read(const struct pep_node *node, const struct pep_subject *who);

/* Whether who may subscribe; *ret_is_asking: the owner has to approve. */
enum pep_access pep_may_subscribe(const struct pep_node *node, const struct pep_subject *who,
				  bool *ret_is_asking);

bool pep_may_publish(const struct pep_node *node, const struct pep_subject *who);

/* Whether who may overwrite or take away this item: its publisher, and the owner. */
bool pep_may_change(const struct pep_item *item, const struct pep_subject *who);

/* Items that the node keeps, by its configuration and the account's limit. */
size_t pep_items_max(const struct pep_node *node, size_t limit);

/* ---- in the store ----
 * PEP_NODE_SPACE: a row for each node, its key the name. PEP_PERSON_SPACE: a row for each person,
 * its key pep_item_key with the JID as id. PEP_ITEM_SPACE: a row for each item, its key
 * pep_item_key. They are read in this order when the account is loaded. PEP_DATA_SPACE: the
 * payload, under the key of the item, as xml_write_alone has written it. */

#define PEP_NODE_SPACE   STR("pep-node")
#define PEP_PERSON_SPACE STR("pep-person")
#define PEP_ITEM_SPACE   STR("pep-item")
#define PEP_DATA_SPACE   STR("pep-data")

struct str pep_item_key(struct arena *a, struct str node, struct str id);

/* Views into key. ERR_INVALID. */
must_check enum err pep_item_key_read(struct str key, struct str *ret_node, struct str *ret_id);

struct str pep_node_encode(const struct pep_node *node, struct arena *a);
struct str pep_person_encode(const struct pep_person *person, struct arena *a);
struct str pep_item_encode(const struct pep_item *item, struct arena *a);

/* One row of these three into p; nodes first, and at the end pep_decoded. A node's row of the first
 * version has its people in it (has_old_people): whoever saves it then saves them, too. ERR_INVALID
 * for what no version of this program wrote; ERR_EXISTS. */
must_check enum err pep_decode(struct pep *p, struct str space, struct str key, struct str value);

/* Brings the items into their order. */
void pep_decoded(struct pep *p);
