/* SPDX-License-Identifier: Apache-2.0 */
/* The book of all uploaded files: who may send how much, what is being sent, and what goes. Rows
 * are in the store; memory has only sums, and what is in hand. Everything is decided on one loop,
 * so that two uploads never spend the same room. */
#pragma once

#include "server/model/upload.h"
#include "server/store/store.h"

struct pool;
struct blob_store;
struct uploads;

enum {
	UPLOADS_AT_ONCE_MAX = 512,  /* in hand, of the whole server */
	UPLOADS_OF_ONE_MAX = 16,    /* of one account */
	UPLOADS_FILES_MAX = 100000, /* that one account may have */
};

struct uploads_config {
	struct loop *loop; /* where everything is decided */
	struct store *store;
	struct pool *pool;        /* for the disk */
	struct blob_store *blobs; /* borrowed */
	struct str domain;        /* of the service: owner of the rows; borrowed */
	const uint8_t *key;       /* UPLOAD_KEY bytes: signs slots; borrowed */
};

/* What an account may have, as the settings are now. Bytes; 0: any number. */
struct upload_rules {
	uint64_t quota; /* of one account */
	uint64_t total; /* of all */
	uint64_t spare; /* that must stay free on the disk */
};

/* Before the loops run. */
struct uploads *uploads_new(const struct uploads_config *config) __attribute__((returns_nonnull));

/* When they do not run any more. */
void uploads_free(struct uploads **uploads);

/* Any thread; constant. */
struct pool *uploads_pool(const struct uploads *all);
struct blob_store *uploads_blobs(const struct uploads *all);
const uint8_t *uploads_key(const struct uploads *all);

/* ---- from any loop; fn comes on the loop that asked, once, never from inside the call. Strings of
 * arguments are copied, those of answers are valid during the call ---- */

typedef void uploads_fn(void *arg, enum err err, const struct upload *u);

/* Whether u->owner may send u->size bytes more; nothing is promised. ERR_DENIED: there is no such
 * account, or it is disabled; ERR_TOO_BIG: its quota, or UPLOADS_FILES_MAX; ERR_NO_SPACE: the
 * total, or the disk; ERR_BUSY: later; ERR_IO. */
void uploads_may_send(struct uploads *all, const struct upload *u, const struct upload_rules *rules,
		      uploads_fn *fn, void *arg);

/* The sending of u begins: it is in hand, and its bytes are set aside, until uploads_end. As
 * uploads_may_send, and ERR_EXISTS: it was sent before, whole (is_part: or begun); ERR_AGAIN: it is
 * in hand. */
void uploads_begin(struct uploads *all, const struct upload *u, const struct upload_rules *rules,
		   uploads_fn *fn, void *arg);

/* Takes a part that was begun before (a row without a hash) in hand. ERR_NOT_FOUND, ERR_AGAIN,
 * ERR_EXISTS: it is whole. */
void uploads_resume(struct uploads *all, const struct upload *u, uploads_fn *fn, void *arg);

/* What was in hand is no longer. u: as it is now: whole (with a hash) or a part; its row is durable
 * when fn gets OK. On an error it is as if it had not begun; its blob, if there is one, is the
 * caller's to take away. */
void uploads_end(struct uploads *all, const struct upload *u, uploads_fn *fn, void *arg);

/* The same without anything to keep. At once; no answer. */
void uploads_give_up(struct uploads *all, struct str id);

/* Takes a file or a part away, of owner (unset: of anybody). ERR_NOT_FOUND; ERR_AGAIN: it is in
 * hand. */
void uploads_delete(struct uploads *all, struct str id, struct str owner, uploads_fn *fn,
		    void *arg);

/* The same of all files that an account has; from now on it sends none. */
void uploads_delete_owner(struct uploads *all, struct str owner, uploads_fn *fn, void *arg);

/* Looks a file up. ERR_NOT_FOUND: there is none, or its time is over. */
void uploads_find(struct uploads *all, struct str id, uploads_fn *fn, void *arg);

/* The files of an account (unset: all) behind the id after, by id, at most max of them. last: where
 * to go on, also behind an empty page; without a pointer: there are no more. */
typedef void uploads_list_fn(void *arg, enum err err, const struct upload *list, size_t count,
			     struct str last);
void uploads_list(struct uploads *all, struct str owner, struct str after, unsigned max,
		  uploads_list_fn *fn, void *arg);

/* What an account (unset: everybody) has, parts included. */
typedef void uploads_usage_fn(void *arg, enum err err, uint64_t count, uint64_t bytes);
void uploads_usage(struct uploads *all, struct str owner, uploads_usage_fn *fn, void *arg);

/* How many files were taken away because their time was over. Any thread. */
uint64_t uploads_expired(const struct uploads *all);
