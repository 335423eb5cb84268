/* SPDX-License-Identifier: Apache-2.0 */
/* Which resources of contacts of other servers there are, and what they want to be told of
 * (XEP-0163 3.2): that is said by a hash in their presence (XEP-0115). Known as long as the account
 * is in memory. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

struct client_caps;
struct pep_remotes;

enum {
	PEP_REMOTES_MAX = 1000,       /* resources of all contacts of one account: past it the one
					 heard of longest ago goes */
	PEP_REMOTE_RESOURCES_MAX = 20 /* of one contact; the same */
};

/* One resource; or (its bare address) a contact. */
struct pep_remote {
	struct list link; /* in order */
	uint64_t number;
	struct str jid;  /* owned */
	size_t bare_len; /* of jid */
	struct str said; /* owned: hash, node and ver, a line each */
	size_t hash_len; /* of said */
	size_t ver_at;   /* in said */
	usec_t probed;   /* bare: when his server last asked for the account's presence */
	bool has_failed; /* was asked, and has not answered, since it last said it */
	struct client_caps *caps, *told; /* counts: what it wants, NULL: not known (yet); what last
					    items were sent for */
};

/* Of this address, made if need be, and heard of now. */
struct pep_remote *pep_remote_get(struct entity *e, struct jid jid)
	__attribute__((returns_nonnull));

/* Takes note of <c/> in the presence of d. NULL: it is longer than such a thing may be. */
struct pep_remote *pep_remote_learn(struct dispatch *d, const struct xml *el);

/* A resource is gone, or (a bare address) all of them. */
void pep_remote_drop(struct entity *e, struct jid jid);

struct pep_remote *pep_remote_find(const struct entity *e, uint64_t number);

/* What it wants, as soon as somebody has said what its hash means; NULL: not known. */
struct client_caps *pep_remote_caps(const struct home *h, struct pep_remote *r);

/* When the server of bare last asked for presence; 0: never. There must be one of it. */
usec_t pep_remote_probed(const struct entity *e, struct str bare);

/* Views of r. */
struct str pep_remote_bare(const struct pep_remote *r);
struct str pep_remote_hash(const struct pep_remote *r);
struct str pep_remote_node(const struct pep_remote *r);
struct str pep_remote_ver(const struct pep_remote *r);

/* The next resource of the contact behind at (NULL: the first); NULL: none. */
const struct pep_remote *pep_remote_of(const struct entity *e, const struct pep_remote *at,
				       struct str bare);

/* The next one of all that wants node and may see the account's presence. *ret_jid: its address,
 * in the arena. */
const struct pep_remote *pep_remote_next(struct dispatch *d, const struct pep_remote *at,
					 struct str node, struct jid *ret_jid);

void pep_remotes_free(struct pep_remotes **remotes);
