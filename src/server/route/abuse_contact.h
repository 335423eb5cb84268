/* SPDX-License-Identifier: Apache-2.0 */
/* Whom to write to about people of another server: its abuse addresses (XEP-0157), asked for in the
 * server's name when an administrator looks at a report. Not before: it would learn when people
 * report. */
#pragma once

#include "server/route/dispatch.h"

enum {
	ABUSE_CONTACTS_MAX = 5,        /* addresses that are shown */
	ABUSE_CONTACT_BYTES_MAX = 200, /* of one */
	ABUSE_CONTACT_ASKS_MAX = 16,   /* servers that are being asked */
};
#define ABUSE_CONTACT_USEC (5 * USEC_PER_SEC) /* for an answer */

/* Asks the server of about (an address or a domain) and calls fn once, later, on this loop: with
 * what it says, URIs of printable ASCII, valid during the call; with none for people of ours, for
 * one who does not answer, and while ABUSE_CONTACT_ASKS_MAX others are asked. */
void abuse_contact_ask(struct home *h, struct str about,
		       void (*fn)(void *arg, const struct str *addresses, size_t count), void *arg);

/* Whether d's stanza is an answer that was waited for: it is then taken. */
bool abuse_contact_answer(struct dispatch *d);

/* The server is about to stop: nobody is waited for any more. From any loop; does something on that
 * of the home of the server's domain. */
void abuse_contact_stop(struct home *h);

/* What is under way, in the book of reports (route/abuse_book.h); the loop of the home of the
 * server's domain. */
struct abuse_contact_asks {
	struct list all;
	unsigned count;
};

/* The loops do not run any more. */
void abuse_contact_done(struct abuse_contact_asks *asks);
