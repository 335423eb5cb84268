/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a pubsub node (XEP-0060 1.30.0 16.4.4) as data: read from forms, written to
 * forms, and kept in the store. Any thread. */
#pragma once

#include "base/sbuf.h"
#include "xml/tree.h"

/* Fields with a choice among words; booleans are the choice between "0" and "1". */
enum pubsub_choice {
	PUBSUB_ACCESS_MODEL,
	PUBSUB_PUBLISH_MODEL,
	PUBSUB_SEND_LAST,
	PUBSUB_NOTIFICATION_TYPE,
	PUBSUB_ITEMREPLY,
	PUBSUB_NODE_FULL,
	PUBSUB_PERSIST_ITEMS,
	PUBSUB_DELIVER_NOTIFICATIONS,
	PUBSUB_DELIVER_PAYLOADS,
	PUBSUB_NOTIFY_RETRACT,
	PUBSUB_NOTIFY_DELETE,
	PUBSUB_NOTIFY_CONFIG,
	PUBSUB_SUBSCRIBE,
	/* one word each: what is not done */
	PUBSUB_NODE_TYPE,
	PUBSUB_NOTIFY_SUB,
	PUBSUB_PURGE_OFFLINE,
	PUBSUB_PRESENCE_BASED,
	PUBSUB_TEMPSUB,
	PUBSUB_CHOICES
};

enum pubsub_number { PUBSUB_MAX_ITEMS, PUBSUB_ITEM_EXPIRE, PUBSUB_MAX_PAYLOAD, PUBSUB_NUMBERS };

enum pubsub_text {
	PUBSUB_TITLE,
	PUBSUB_DESCRIPTION,
	PUBSUB_TYPE,
	PUBSUB_LANGUAGE,
	PUBSUB_ROSTER_GROUPS, /* joined by PUBSUB_SEPARATOR */
	PUBSUB_TEXTS
};
#define PUBSUB_SEPARATOR '\x1f' /* cannot stand in XML */

enum access_model {
	ACCESS_OPEN,
	ACCESS_PRESENCE,
	ACCESS_ROSTER,
	ACCESS_AUTHORIZE,
	ACCESS_WHITELIST
};
enum publish_model { PUBLISH_PUBLISHERS, PUBLISH_SUBSCRIBERS, PUBLISH_OPEN };
enum send_last { SEND_LAST_NEVER, SEND_LAST_ON_SUB, SEND_LAST_ON_SUB_AND_PRESENCE };
enum notification_type { NOTIFICATION_HEADLINE, NOTIFICATION_NORMAL };
enum itemreply { ITEMREPLY_NONE, ITEMREPLY_OWNER, ITEMREPLY_PUBLISHER };
enum node_full { NODE_FULL_RETRACT_OLDEST, NODE_FULL_DISCARD_OLDEST, NODE_FULL_REJECT };

enum {
	PUBSUB_NO_LIMIT = 0x7fffffff, /* of a number: "max" (feature config-node-max) */
	PUBSUB_TEXT_MAX = 1023,       /* bytes of a text, of a group */
	PUBSUB_GROUPS_MAX = 32,
};

struct pubsub_config {
	uint8_t choice[PUBSUB_CHOICES];
	int32_t number[PUBSUB_NUMBERS]; /* items; seconds, 0: never; bytes, 0: as the server has it
					 */
	struct str text[PUBSUB_TEXTS];  /* borrowed; empty: none */
};

/* What a node of an account has without further words (XEP-0163 5). */
struct pubsub_config pubsub_config_default(void);

/* Whether all fields are the same. */
bool pubsub_config_eq(const struct pubsub_config *a, const struct pubsub_config *b);

/* Puts what the form says over *c; texts in the arena, or views. ERR_INVALID: not a sound form, or
 * a value that the field cannot have: *ret_field is the field, without pointer for the form itself.
 * ERR_UNSUPPORTED: a field that is not known, with is_strict only; else it is passed over. *c may
 * be half changed after a failure. */
must_check enum err pubsub_config_read(struct pubsub_config *c, const struct xml *form,
				       struct arena *a, bool is_strict, struct str *ret_field);

/* Adds all fields to a form, with their choices where is_asking. */
void pubsub_config_write(const struct pubsub_config *c, struct arena *a, struct xml *form,
			 bool is_asking);

/* The fields of the form pubsub#meta-data (16.4.3) that a node has. */
void pubsub_config_describe(const struct pubsub_config *c, struct arena *a, struct xml *form);

/* The word of a choice. */
struct str pubsub_config_word(const struct pubsub_config *c, enum pubsub_choice field);

/* For the store: one line of text without line breaks. decode starts from the default and passes
 * over fields that it does not know (of a later version); texts are views. ERR_INVALID. */
void pubsub_config_encode(const struct pubsub_config *c, struct sbuf *out);
must_check enum err pubsub_config_decode(struct str s, struct pubsub_config *ret_c);
