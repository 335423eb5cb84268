/* SPDX-License-Identifier: Apache-2.0 */
/* Service discovery payloads (XEP-0030 2.5.0): a disco#info or disco#items query as it is put
 * together. Any thread. */
#pragma once

#include "xml/tree.h"

/* <query/> of disco#info, standing alone, with this node (STR_NONE: without one). Strings given
 * here and below are borrowed. */
struct xml *disco_info_new(struct arena *a, struct str node);

/* The same for disco#items. */
struct xml *disco_items_new(struct arena *a, struct str node);

/* Adds <identity/>; name STR_NONE: without one. */
void disco_add_identity(struct arena *a, struct xml *query, struct str category, struct str type,
			struct str name);

/* What the answer says of an ad-hoc command, or of the list of them (XEP-0050 2.1, 2.2): identity
 * and features. name: borrowed. */
void disco_add_command(struct arena *a, struct xml *query, struct str name, bool is_list);

/* Adds <feature var/> unless it is there already: one that stands twice makes XEP-0115's hash void.
 */
void disco_add_feature(struct arena *a, struct xml *query, struct str var);

/* Whether the feature is there. query may be NULL. */
bool disco_has_feature(const struct xml *query, struct str var);

/* Adds all identities, features and forms (XEP-0128) of the answer other that query does not have:
 * neither has anything twice that XEP-0115's hash would not take. Forms without FORM_TYPE are left
 * out. Strings are borrowed from other. */
void disco_merge(struct arena *a, struct xml *query, const struct xml *other);

/* Adds <item/> of a disco#items query; name and node may be STR_NONE. */
void disco_add_item(struct arena *a, struct xml *query, struct str jid, struct str name,
		    struct str node);
