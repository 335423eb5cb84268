/* SPDX-License-Identifier: Apache-2.0 */
/* The server's list of blocked addresses (model/banlist.h): out of the configuration, its files
 * (block.lists) and what was added by command, put together and given to all homes. On the first
 * worker's loop. What others publish is kept apart: feature/block_nodes. */
#pragma once

#include "server/admin/call.h"
#include "server/conf/conf.h"

extern const struct conf_table bans_conf_table;

struct banlist;
struct bans;

/* How the last reading of a file of block.lists went. */
struct bans_file {
	char *path; /* absolute, or relative to where the server runs */
	enum err err;
	unsigned line; /* that is wrong; 0: none, or none was reached */
};

/* How the last reading of the configuration's lists went, and what is in force. */
struct bans_state {
	struct bans_file *files;
	size_t file_count;
	bool is_good;       /* what was read is in force; otherwise what was there before */
	usec_t wall_good;   /* when what is in force was read; 0: nothing is */
	uint64_t addresses; /* in force, without those of commands */
};

/* home: the first. Reads the lists of its configuration; what was added by command follows as soon
 * as the store has answered. */
struct bans *bans_new(struct home *home) __attribute__((returns_nonnull));

/* The loops do not run any more. */
void bans_free(struct bans **b);

/* The lists of a new configuration, read by a thread of the pool; one that cannot be read is logged
 * and leaves all as they are. */
void bans_reload(struct bans *b, struct conf *conf);

/* Until the loop's next turn. */
const struct bans_state *bans_state(const struct bans *b);

/* For struct admin_config. */
void bans_change(void *bans, struct str address, struct str why, bool is_added,
		 void (*fn)(void *arg, enum err e), void *arg);
