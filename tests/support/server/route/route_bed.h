/* SPDX-License-Identifier: Apache-2.0 */
/* The ground under tests of features: one home on one loop with the memory store, accounts in it,
 *and clients without a connection, whose stanzas go in as text and come out as text. Domain:
 *localhost.
 *
 *	static const struct feature *const features[] = { &feature_ping, NULL };
 *	struct route_bed *b = route_bed_new(features, "");
 *	struct route_client *romeo;
 *
 *	route_bed_account(b, "romeo");
 *	romeo = route_bed_client(b, "romeo", "balcony");
 *	route_client_send(romeo, "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>");
 *	route_client_expect(romeo, "<iq type='result' id='1' ...");
 *	route_bed_free(&b);
 *
 * Every call returns when all is quiet: nothing loads, waits, or is on its way to the store. A test
 * fails if that takes longer than 20 seconds. On the test's thread. */
#pragma once

#include "server/route/feature.h"

struct route_bed;
struct route_client;

/* features: ended by NULL, static. conf_text: a configuration (the keys of the base table and of
 * the features). */
struct route_bed *route_bed_new(const struct feature *const *features, const char *conf_text);

/* Ends the clients, too; without on_close. */
void route_bed_free(struct route_bed **b);

struct home *route_bed_home(struct route_bed *b);
struct memory_store *route_bed_store(struct route_bed *b);

/* Makes the account name@localhost, without a password. */
void route_bed_account(struct route_bed *b, const char *name);

/* Puts a keyval row, as if a feature had stored it before the account was loaded. */
void route_bed_row(struct route_bed *b, const char *name, struct str space, struct str key,
		   struct str value);

/* Two accounts that see each other's presence: needs feature_roster, before either is loaded. */
void route_bed_friends(struct route_bed *b, const char *one, const char *other);

/* Drops what is in memory of accounts that nobody uses: the next use loads them again. */
void route_bed_forget(struct route_bed *b);

/* Runs fn(arg) on the loop. */
void route_bed_call(struct route_bed *b, void (*fn)(void *arg), void *arg);

/* The account's entity if it is in memory, or NULL. */
struct entity *route_bed_entity(struct route_bed *b, const char *name);

/* Binds name@localhost/resource; runs the features' on_open. Freed with the bed. */
struct route_client *route_bed_client(struct route_bed *b, const char *name, const char *resource);

/* One stanza from the client; from is set. */
void route_client_send(struct route_client *c, const char *stanza);

/* Two in one go: the second comes while the first may still wait for the store. */
void route_client_send_two(struct route_client *c, const char *one, const char *other);

/* Ends the session: runs on_close. */
void route_client_close(struct route_client *c);

/* It takes nothing more of what waits for it in portions, or does again (resource_ops.drain). */
void route_client_stall(struct route_client *c, bool is_stalled);

/* Lets time pass until something has been delivered that was not taken; fails the test when nothing
 * comes. */
void route_client_await(struct route_client *c);

/* The oldest text that was delivered and not taken, or NULL; valid until the next call for c. */
const char *route_client_take(struct route_client *c);

/* The next text is exactly this, or holds this part; fails the test otherwise. */
void route_client_expect(struct route_client *c, const char *text);
void route_client_expect_part(struct route_client *c, const char *part);

/* Nothing (more) was delivered; fails the test otherwise. */
void route_client_expect_nothing(struct route_client *c);

/* Whether more waited for it than is kept (resource_ops.overrun). */
bool route_client_is_overrun(const struct route_client *c);

/* Whether the server has ended the session, and with what stream condition. */
bool route_client_is_kicked(const struct route_client *c, unsigned *ret_condition);
