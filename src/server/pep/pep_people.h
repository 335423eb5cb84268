/* SPDX-License-Identifier: Apache-2.0 */
/* Affiliations of a node, and the lists that owners see and change (XEP-0060 8.8, 8.9), and that
 * others see of themselves (5.6, 5.7). Iq handlers of feature/pep: on the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* <affiliations/> and <subscriptions/> of pubsub: the asker's own. */
enum verdict pep_on_own_affiliations(struct dispatch *d, const struct xml *el);
enum verdict pep_on_own_subscriptions(struct dispatch *d, const struct xml *el);

/* The same of pubsub#owner: everybody's. */
enum verdict pep_on_affiliations_get(struct dispatch *d, const struct xml *el);
enum verdict pep_on_affiliations_set(struct dispatch *d, const struct xml *el);
enum verdict pep_on_subscriptions_get(struct dispatch *d, const struct xml *el);
enum verdict pep_on_subscriptions_set(struct dispatch *d, const struct xml *el);
