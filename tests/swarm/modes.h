/* SPDX-License-Identifier: Apache-2.0 */
/* The things that the load tool can do. Each runs to its end, prints its line, and gives the exit
 * code. */
#pragma once

#include "hive.h"

/* Registers every account (XEP-0077), one connection each; one that exists already is fine. */
int register_run(struct hive *h);

/* Logs everybody in, holds the connections, reads the server's memory before and after. */
int idle_run(struct hive *h);

/* opt->total logins, each ended as soon as it is ready. */
int login_run(struct hive *h);

/* Pairs talk: closed loop (opt->window messages in flight a pair) or open loop (opt->rate messages
 * a second in all). */
int chat_run(struct hive *h);

/* Fills an archive an account (opt->messages in each; pairs talk), then opt->readers accounts at a
 * time page through theirs (XEP-0313), oldest first, opt->page messages a page; whoever is through
 * makes room for the next account. Every archive read to its end is compared with what was sent. */
int archive_run(struct hive *h);

/* Everybody joins one of opt->rooms rooms (XEP-0045 7.2), then opt->senders occupants of each speak
 * in a closed loop: the next message goes out when all occupants have the one before. Every
 * delivery is looked at. */
int rooms_run(struct hive *h);
