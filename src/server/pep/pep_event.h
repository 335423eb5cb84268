/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications (XEP-0163 4, XEP-0060 7.1.2): to the account's own resources and to contacts that
 * want the node (XEP-0060 9.2), and to who has subscribed; only to those who may read the node now.
 *
 * At a service (XEP-0060) only who has subscribed gets them.
 *
 * A contact of this server gets one stanza for the account, with a mark: there it goes to each
 * resource that wants the node (pep_deliver_marked). One of another server gets one for each such
 * resource (pep_remote.h). On the entity's loop. */
#pragma once

#include "server/model/pep.h"
#include "server/route/dispatch.h"

struct pep_event {
	struct str id;
	struct str payload;   /* markup, borrowed; empty: none */
	struct str publisher; /* empty: the account itself */
	usec_t wall_time;     /* 0: just now; else the notification says that it is delayed */
};

/* An item was published. */
void pep_tell_published(struct dispatch *d, struct pep_node *node, const struct pep_event *event);

/* An item was taken away. */
void pep_tell_retracted(struct dispatch *d, struct pep_node *node, struct str id);

/* The node has another configuration (8.2.5.3). */
void pep_tell_configuration(struct dispatch *d, struct pep_node *node);

/* "delete" or "purge". */
void pep_tell(struct dispatch *d, struct pep_node *node, struct str what);

/* A message with one item, to this address only (which may be one of the account's own resources).
 */
void pep_send_item(struct dispatch *d, const struct pep_node *node, const struct pep_event *event,
		   struct str to);

/* Tells jid how it stands with its subscription (8.8.4). */
void pep_tell_subscription(struct dispatch *d, const struct pep_node *node,
			   const struct pep_person *person);

/* Tells the owners of the node the same, if it is configured so (16.4.4, pubsub#notify_sub). */
void pep_tell_owners(struct dispatch *d, const struct pep_node *node,
		     const struct pep_person *person);

/* <item/> (in the namespace of its parent) as it is shown to those who read node. */
struct xml *pep_item_el(struct arena *a, struct xml *parent, const struct pep_node *node,
			const struct pep_event *event);

/* WAY_IN: a message with our mark from an account of this server, which goes to the resources that
 * want it: true, and the message was handled. The mark of others is taken off. */
bool pep_deliver_marked(struct dispatch *d);

/* Ends the subscription of person, of which nothing more may be used afterwards, if its time is
 * over: true; it is told. */
bool pep_end_if_over(struct dispatch *d, struct pep_node *node, struct pep_person *person);
