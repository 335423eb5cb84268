/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to conversations: what clients say of messages, and what changes. On the entity's
 * loop. */
#pragma once

#include "server/inbox/inbox.h"

/* Writes down what a client said, in the commit of d. conversation: a bare JID. What is too long to
 * be an id of ours is none. */
void inbox_say(struct dispatch *d, enum inbox_saying saying, struct str conversation,
	       struct str id);

/* Something of the conversation has changed with d: clients that want to know are told when that
 * is durable. Cheap if there are none. */
void inbox_change(struct dispatch *d, struct str conversation);

/* The same without a dispatch, of what is durable already. */
void inbox_changed(struct entity *e, struct str conversation);
