/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes made, configured, emptied and deleted by their owner (XEP-0060 8.1 to 8.5). Iq handlers of
 * feature/pep: on the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* <create/>, with <configure/> beside it. */
enum verdict pep_on_create(struct dispatch *d, const struct xml *create);

/* <configure/> and <default/> of pubsub#owner. */
enum verdict pep_on_configure_get(struct dispatch *d, const struct xml *configure);
enum verdict pep_on_configure_set(struct dispatch *d, const struct xml *configure);
enum verdict pep_on_default(struct dispatch *d, const struct xml *el);

/* <delete/> and <purge/>. */
enum verdict pep_on_delete(struct dispatch *d, const struct xml *el);
enum verdict pep_on_purge(struct dispatch *d, const struct xml *el);

/* The node that el names, if the asker owns it. NULL: an error was answered. */
struct pep_node *pep_owned_node(struct dispatch *d, const struct xml *el);
