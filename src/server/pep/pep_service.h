/* SPDX-License-Identifier: Apache-2.0 */
/* Where a publish-subscribe service (XEP-0060 1) differs from an account that publishes (XEP-0163):
 * its nodes have owners of their own, who need leave to make them, and it has limits of its own. On
 * the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/feature.h"

/* Keys of the configuration: pubsub.*, limits.pubsub_*. */
extern const struct conf_table pep_service_conf;

/* The limits of an entity that publishes. */
struct pep_limits {
	size_t nodes, items, node_items, item_bytes, bytes;
	size_t index_bytes; /* see PEP_INDEX_MAX */
	size_t people;      /* of one node */
};

struct pep_limits pep_limits_of(const struct entity *e);

/* What a node that is made with this form (NULL: with none) has before the form is read. */
struct pubsub_config pep_default_config(const struct dispatch *d, const struct xml *form);

/* Calls fn(d) if the asker of d may make such a node: at a service, perhaps after a look at his
 * account. Else an error is answered. DONE, or WAIT. */
enum verdict pep_if_may_create(struct dispatch *d, const struct pubsub_config *config,
			       void (*fn)(struct dispatch *d));
