/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the pieces of accounts and makes rows of them, as the models that own the values write
 * them. Used twice over the same source: first it only checks and remembers the accounts, then it
 * writes everything but the accounts themselves, which come last (transfer/import.h). */
#pragma once

#include "base/map.h"
#include "server/store/txn.h"
#include "server/transfer/piece.h"

enum { INTAKE_ACCOUNTS_MAX = 50000 /* of one import */ };

struct intake_limits {
	size_t message_bytes; /* of a message in an archive */
	size_t vcard_bytes;
	size_t roster_items; /* and as many requests */
	size_t private_bytes, private_elements;
	size_t blocked; /* addresses */
	size_t pep_nodes, pep_items, pep_node_items, pep_item_bytes, pep_bytes;
};

struct intake_config {
	struct str domain; /* ours */
	struct str source; /* the domain whose accounts come: addresses of it become ours */
	struct intake_limits limits;
	bool skips_existing; /* accounts that are here stay as they are; otherwise that is refused
			      */
	/* Takes the txn and waits until it is durable. */
	enum err (*commit)(void *owner, struct txn *take_txn);
	/* Whether there is an account. */
	enum err (*look)(void *owner, struct str jid, bool *ret_exists);
	void *owner;
};

struct intake_account {
	struct account account; /* owner: in name */
	bool is_here;           /* was there before: left alone */
	char name[];
};

struct intake;

/* config and what it points to are borrowed. */
struct intake *intake_new(const struct intake_config *config, struct report *report)
	__attribute__((returns_nonnull));
void intake_free(struct intake **intake);

/* Where a reader hands its pieces to. */
struct piece_sink *intake_sink(struct intake *intake);

/* From now on the same pieces are written. */
void intake_begin_writing(struct intake *intake);

/* Behind the second reading: all that it gave is durable. */
must_check enum err intake_finish(struct intake *intake);

/* The accounts in the order in which they came; *ret_count of them. Those that are written have
 * their verifiers after the second reading. */
struct intake_account *const *intake_accounts(const struct intake *intake, size_t *ret_count);
