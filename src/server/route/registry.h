/* SPDX-License-Identifier: Apache-2.0 */
/* What the features' tables add up to: made once at start, constant afterwards; any thread. */
#pragma once

#include "server/route/feature.h"

struct registry;

/* Reads the tables (ended by NULL). Two claimants for one iq stop the start: ERR_EXISTS, *ret_why
 * names them. */
must_check enum err registry_new(const struct feature *const *features,
				 struct registry **ret_registry, struct blame *blame);
void registry_free(struct registry **r);

const struct iq_handler *registry_iq(const struct registry *r, const struct stanza *s,
				     enum target target);

/* Whether some target of this payload is handled: tells feature-not-implemented from
 * service-unavailable. */
bool registry_knows_iq(const struct registry *r, const struct stanza *s);

/* Hooks of a kind and way in order of phase; count of them. */
const struct hook *const *registry_hooks(const struct registry *r, enum stanza_kind kind,
					 enum way way, size_t *ret_count);

/* All features, ended by NULL. */
const struct feature *const *registry_features(const struct registry *r);

size_t registry_entity_bytes(const struct registry *r);
size_t registry_resource_bytes(const struct registry *r);

/* Keyval spaces to be loaded with an account. */
const struct str *registry_spaces(const struct registry *r, unsigned *ret_count);

/* Gives the iq result or error of d to the feature that has asked for it, if any. */
void registry_answer(struct dispatch *d);

/* Tells the features that a service can be reached. On the home of its domain. */
void registry_service(struct home *h, const struct service *s);

/* The same: it no longer can. */
void registry_service_gone(struct home *h, struct str domain);

/* Tells the features of an item that was published, or taken away. */
void registry_item(struct dispatch *d, struct str node, struct str id, const struct xml *payload);

/* Tells the features that the account of d is about to be deleted. */
void registry_removal(struct dispatch *d);

/* Asks the features before the stanza of d is published; PASS: none of them minds. */
enum verdict registry_before_publish(struct dispatch *d, struct str node,
				     const struct xml *publish);

/* Tells the features that the client of r went to sleep, or woke up. */
void registry_attention(struct resource *r, bool is_awake);

/* For struct home_ops: tells the features of an account that was read, or that goes from memory. On
 * the home's loop. */
void registry_loaded(struct entity *e, const struct keyval_row *rows);
void registry_unload(struct entity *e);

/* Tells the features what a room says to its member bare, of this home. */
void registry_member_news(struct home *h, struct str bare, const struct member_news *n);

/* Whether who may read e's archive: by the feature of its realm that knows; else nobody may. */
bool registry_may_read(const struct entity *e, struct jid who, struct arena *a,
		       struct query_view *ret_view);
