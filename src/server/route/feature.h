/* SPDX-License-Identifier: Apache-2.0 */
/* A feature: one XEP or one part of an RFC, as tables of what it handles. feature/features.c is the
 * only list of them. */
#pragma once

#include "server/conf/conf.h"
#include "server/route/dispatch.h"

struct adhoc_command;
struct member_news;

/* Order of work on a message or a presence; the only place where order is decided. */
enum phase {
	PHASE_GUARD,   /* blocking, limits */
	PHASE_STAMP,   /* ids, delay */
	PHASE_STORE,   /* archive, offline */
	PHASE_COPY,    /* carbons */
	PHASE_DELIVER, /* to resources, or onward */
	PHASE_NOTIFY,  /* push */
};

struct hook {
	enum stanza_kind kind; /* IQ: only in PHASE_GUARD, and may not wait */
	enum way way;
	enum phase phase;
	enum verdict (*run)(struct dispatch *d); /* NULL ends the list */
};

/* An iq handler: exactly one for (ns, name, get or set, target). */
struct iq_handler {
	struct str ns, name;
	enum stanza_type type;                   /* IQ_GET or IQ_SET */
	unsigned targets;                        /* enum target */
	enum verdict (*run)(struct dispatch *d); /* NULL ends the list; must reply */
};

struct blocklist;

/* An element of private storage (XEP-0049) that is kept elsewhere, or changes something else, too.
 */
struct private_handler {
	struct str ns, name; /* ns without pointer ends the list */
	/* Sole child of the query: answers, or gives PASS for what is done with any other. */
	enum verdict (*get)(struct dispatch *d, const struct xml *el);
	enum verdict (*set)(struct dispatch *d, const struct xml *el);
};

struct service;

struct feature {
	const char *name;
	const char *spec; /* "XEP-0280 1.0.1", more than one separated by ", " */
	const char *test; /* the conversations that show it, under tests/talk, the same way */
	const struct str *disco_domain;  /* feature strings of the server, ended by one without
					    pointer; or NULL */
	const struct str *disco_account; /* of every account */
	/* Adds forms (XEP-0128) and identities to what the server says of itself (route/about.h).
	 */
	void (*disco_extend)(const struct home *h, struct arena *a, struct xml *query);
	/* Answers disco#info or (is_items) disco#items about a node (never empty) of the server or
	 * an account: d->target. For accounts only who may see them asks. PASS: none of its nodes.
	 */
	enum verdict (*disco_node)(struct dispatch *d, struct str node, bool is_items);
	/* Adds identities to what an account says of itself. */
	void (*disco_identify_account)(struct arena *a, struct xml *query);
	const struct iq_handler *iq;
	const struct hook *hooks;
	const struct private_handler *private_elements;
	const struct adhoc_command *commands; /* route/adhoc.h */
	const struct conf_table *conf;
	const struct str *spaces; /* keyval spaces that are read when an account is loaded */
	size_t entity_state;      /* bytes of own state, zeroed */
	size_t resource_state;
	size_t *entity_offset,
		*resource_offset; /* where the registry says where they are: set once, at start */

	/* Rows of all spaces (take those that are yours). Called again on a reload, after
	 * on_unload. */
	void (*on_load)(struct entity *e, const struct keyval_row *rows);
	void (*on_unload)(struct entity *e);

	/* An iq result or error for the account itself, or (the entity without a node) for the
	 * server: DONE if this feature has asked for it. WAY_IN, or WAY_OUT from an own resource.
	 */
	enum verdict (*on_answer)(struct dispatch *d);

	/* A service (route/service.h) can be reached from now on; on the home of its domain. */
	void (*on_service)(struct home *h, const struct service *s);

	/* It cannot be reached any more; on the same home. */
	void (*on_service_gone)(struct home *h, struct str domain);

	/* A resource was bound, or is going: d carries what that leads to. */
	void (*on_open)(struct dispatch *d, struct resource *r);
	void (*on_close)(struct dispatch *d, struct resource *r);

	/* Addresses are about to be blocked, or are no longer: is_blocked says which. Before they
	 * are in force, after they were lifted. */
	void (*on_blocking)(struct dispatch *d, const struct blocklist *changed, bool is_blocked);
	/* Who is on the server's lists, or on those that others publish, has changed
	 * (route/banned.h): who is there already may have to go. For every entity that is in
	 * memory. */
	void (*on_lists)(struct dispatch *d);
	/* An item was published at a node of the account (XEP-0163), or (payload NULL) taken away;
	 * with an empty id all of the node's items were taken away, perhaps with the node. What d
	 * has leads to more of it. */
	void (*on_item)(struct dispatch *d, struct str node, struct str id,
			const struct xml *payload);

	/* The server is about to stop, and all streams are open still: who must hear of that. */
	void (*on_farewell)(struct dispatch *d);

	/* One of the account's own clients wants to publish at a node of it (<publish/>): PASS: it
	 * may; else this feature answers, or (WAIT) has it published later. */
	enum verdict (*before_publish)(struct dispatch *d, struct str node,
				       const struct xml *publish);

	/* A room of ours tells a member something (route/member_news.h): the account bare, whose
	 * entity is e, or NULL when it is not in memory; it may still be loading. Not for what
	 * waits: whoever writes uses router_act_in_order. */
	void (*on_member_news)(struct home *h, struct str bare, struct entity *e,
			       const struct member_news *n);

	/* Of a realm whose entities keep archives that others read: whether who may read that of e,
	 * and who that is there (strings in arena a). One feature of the realm has it. */
	bool (*may_read)(const struct entity *e, struct jid who, struct arena *a,
			 struct query_view *ret_view);

	/* The account is about to be deleted for good: what stands elsewhere in its name goes with
	 * the txn of d. Its own rows go by themselves. */
	void (*on_removal)(struct dispatch *d);

	/* The server stops in order, sessions may be there still: what the store has not been told
	 * yet goes into the txn of d. */
	void (*on_stop)(struct dispatch *d);

	/* A stored message reached the client of r for good: it was acknowledged, or there are no
	 * acknowledgements. */
	void (*on_delivered)(struct resource *r, int64_t seq);

	/* The client of r went away or to sleep (resource_ops.is_awake), or has come back. Not
	 * called at the beginning and end of a session. */
	void (*on_attention)(struct resource *r, bool is_awake);

	/* Adds to <stream:features/> after authentication; and to <inline/> of Bind 2 (XEP-0386).
	 */
	void (*stream_features)(const struct home *h, struct arena *a, struct xml *features);
	const char *bind_inline; /* its var, or NULL */
	/* Inline request inside <bind/>: may add to <bound/>. */
	void (*on_bind)(struct resource *r, const struct xml *bind, struct arena *a,
			struct xml *bound);
};
