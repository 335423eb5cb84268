/* SPDX-License-Identifier: Apache-2.0 */
/* The server's list of blocked addresses (model/banlist.h): out of the configuration, its files
 * (block.lists) and what was added by command, put together and given to all homes. On the first
 * worker's loop. Another source, like a list that others publish, is one more step of reading. */
#pragma once

#include "server/admin/call.h"
#include "server/conf/conf.h"

extern const struct conf_table bans_conf_table;

struct banlist;
struct bans;

/* home: the first. Reads the lists of its configuration; what was added by command follows as soon
 * as the store has answered. */
struct bans *bans_new(struct home *home) __attribute__((returns_nonnull));

/* The loops do not run any more. */
void bans_free(struct bans **b);

/* The lists of a new configuration; a file that cannot be read is logged and leaves the list as it
 * is. */
void bans_reload(struct bans *b, const struct conf *conf);

/* For struct admin_config. */
void bans_change(void *bans, struct str address, struct str why, bool is_added,
		 void (*fn)(void *arg, enum err e), void *arg);
