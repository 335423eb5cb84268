/* SPDX-License-Identifier: Apache-2.0 */
/* The insides of the book of uploads, for its three files: uploads.c (what comes), uploads_look.c
 * (what there is), uploads_remove.c (what goes). On the book's loop. */
#pragma once

#include "base/list.h"
#include "base/map.h"
#include "loop/pool.h"
#include "server/model/uploads.h"
#include "server/store/blob.h"

enum {
	UPLOADS_PAGE = 500,              /* rows read at a time */
	UPLOADS_HOLDERS_MAX = 10000,     /* accounts whose sums are in memory */
	UPLOADS_ARENA_MAX = 1024 * 1024, /* bytes of one request, a page included */
};

/* How long a slot may be good for, whatever the settings say: as long its id is remembered, also
 * when its file is gone. */
#define UPLOADS_SLOT_AGE_MAX (7 * USEC_PER_DAY)

/* The hash of a row whose file is gone, and that only keeps its id from being used again. */
#define UPLOADS_GONE STR("gone")

/* What an account has. */
struct holder {
	struct str owner; /* in name */
	uint64_t count, bytes;
	uint64_t hand_bytes; /* set aside for what is in hand */
	unsigned hands;
	unsigned ending;     /* of them, those whose rows are being written */
	usec_t wall_removed; /* the account went */
	bool is_loaded, is_loading;
	bool is_stale; /* changed while it was loaded */
	struct ask *waiters;
	char name[];
};

/* An id that nobody else may touch. */
struct hand {
	struct holder *holder; /* NULL: it is being taken away */
	uint64_t size;         /* set aside */
	usec_t wall_begun;
	bool is_part; /* its row is there, and counted, already */
	char id[UPLOAD_ID_LEN + 1];
};

struct uploads {
	struct letter letter; /* starts the first round */
	struct uploads_config config;
	struct map holders, hands;
	/* the sums of everybody */
	uint64_t count, bytes, hand_bytes;
	bool is_counted;
	/* the round through all rows: uploads_remove.c */
	struct timer timer;
	bool is_in_round;
	usec_t wall_next; /* the soonest end of a file that the round has seen or that came since */
	char cursor[UPLOAD_ID_LEN + 1];
	struct list expired;    /* of struct expiring */
	uint64_t expired_count; /* atomic */
};

/* One request. */
struct ask {
	struct letter letter;
	struct job job;
	struct uploads *all;
	struct loop *home; /* where the answer goes; NULL: nowhere */
	struct arena arena;
	void (*run)(struct ask *q);
	void (*then)(struct ask *q); /* when its holder is loaded */
	struct ask *next;            /* waits for the same holder */
	struct holder *holder;
	struct upload u; /* strings in the arena */
	struct upload_rules rules;
	struct str after, owner;
	unsigned max;
	bool is_sending; /* it takes the id in hand */
	struct upload *list;
	size_t count;
	bool has_more;
	uint64_t files, bytes;
	enum err err;
	struct timer retry;
	uploads_fn *fn;
	uploads_list_fn *listed;
	uploads_usage_fn *used;
	void *arg;
};

/* A request of this loop, to be filled and sent. */
struct ask *uploads_ask(struct uploads *all, void (*run)(struct ask *q), void *arg);
void uploads_send(struct ask *q);
void uploads_answer(struct ask *q, enum err err);

/* u with its strings in the arena. */
struct upload uploads_copy(struct arena *a, const struct upload *u);

/* The sums of an account; then(q) when they are loaded, or an answer on an error. */
struct holder *uploads_holder(struct uploads *all, struct str owner);
void uploads_load(struct ask *q, void (*then)(struct ask *q));

/* Takes an id in hand, and lets it go. */
struct hand *uploads_take(struct uploads *all, struct str id);
struct hand *uploads_hand(const struct uploads *all, struct str id);
void uploads_let_go(struct uploads *all, struct hand *h);

/* A file (count of 1 or -1) came or went: the sums follow. */
void uploads_count(struct uploads *all, struct str id, struct str owner, uint64_t size, int count);

/* A file ends then: the round is not later. 0: never. */
void uploads_ends_at(struct uploads *all, usec_t wall_end);

/* Starts the rounds; ends them. */
void uploads_round_start(struct uploads *all);
void uploads_round_stop(struct uploads *all);
