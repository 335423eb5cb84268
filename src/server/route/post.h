/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas that no entity of ours sends: those of components, and errors on behalf of whoever cannot
 * answer. On the loop of h. */
#pragma once

#include "server/route/entity.h"
#include "xmpp/condition.h"

/* Brings a stanza, serialised with from and to, to whom it is for: an account, the server itself, a
 * service, another server. received: when it was read, 0 for now unknown. False: to is none of
 * these (nothing was done). The count of stanza stays the caller's. */
bool post_stanza(struct home *h, struct jid to, struct bytes *stanza, usec_t received);

/* The same, for who waits until it is durable (route/receipt.h; may be NULL): where one of our
 * entities takes it, that has a count of its own until then. */
struct receipt;
bool post_awaited(struct home *h, struct jid to, struct bytes *stanza, usec_t received,
		  struct receipt *receipt);

/* Answers the serialised stanza with an error from whom it was for, if it may be answered at all.
 */
void post_error(struct home *h, struct str stanza, enum condition why, struct str text);

/* How a stanza that was serialised here is read again (xml/build.h). */
struct xml_limits;
struct xml_scope;
extern const struct xml_limits post_limits;
extern const struct xml_scope post_scope;

/* The same of what was stored standing alone, with its own namespaces. */
extern const struct xml_scope post_alone_scope;
