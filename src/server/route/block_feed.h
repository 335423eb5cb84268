/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of blocked addresses that others publish (block.nodes, model/block_node.h): the server
 * subscribes to them, keeps what they say in the store, and gives it to all homes (home->heard).
 * Everything but block_feed_new on the loop of the home of the server's domain. */
#pragma once

#include "server/route/dispatch.h"

struct block_feed;

/* first: the first home; that of the server's domain knows it from then on. Loops do not run yet.
 */
struct block_feed *block_feed_new(struct home *first) __attribute__((returns_nonnull));

/* The loops do not run any more. */
void block_feed_free(struct block_feed **f);

/* Whether d's stanza is an answer that was waited for, or what a node of a list tells (XEP-0060
 * 7.1.2): it is then taken. */
bool block_feed_answer(struct dispatch *d);
bool block_feed_event(struct dispatch *d);

/* A service can be reached from now on: lists of it are asked for at once. From any loop. */
void block_feed_wake(struct home *h, struct str service);
