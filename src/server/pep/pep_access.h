/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks something of an account's nodes, and what he is told when he may not (XEP-0060 12.22).
 * On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

/* Whether e is a service (XEP-0060), not an account (XEP-0163). */
bool pep_is_service(const struct entity *e);

/* Who has sent d. */
struct pep_subject pep_asker(const struct dispatch *d);

/* Anybody, as e sees him. */
struct pep_subject pep_subject_of(const struct entity *e, struct jid who);

/* Errors with a condition of pubsub#errors beside the general one; app may be NULL. DONE. */
enum verdict pep_error(struct dispatch *d, enum condition c, const char *app);

/* feature-not-implemented with <unsupported feature=.../>. DONE. */
enum verdict pep_unsupported(struct dispatch *d, const char *feature);

/* The error that says why access is refused; access is not PEP_ALLOWED. DONE. */
enum verdict pep_refuse(struct dispatch *d, enum pep_access access);

/* The node that el names by its attribute "node". NULL: an error was answered (nodeid-required,
 * item-not-found). */
struct pep_node *pep_node_of(struct dispatch *d, const struct xml *el);
