/* SPDX-License-Identifier: Apache-2.0 */
/* What one handled stanza changes, written together or not at all. Filled on a loop, carried to the
 * store's writer, and back. Strings are copied into the txn. Owners are bare JIDs (users, rooms) as
 * prepared text. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "loop/loop.h"

struct writer;

enum txn_kind {
	TXN_PUT,         /* keyval: owner, space, key, value */
	TXN_DELETE,      /* keyval: owner, space, key; key unset: the whole space */
	TXN_APPEND,      /* archive: a message with an entry for each owner */
	TXN_BLANK,       /* archive: the body behind owner and seq becomes value (a tombstone) for
			    everybody; with it goes what TXN_UNCOUNT takes */
	TXN_UNCOUNT,     /* archive: owner's entry seq is neither shown nor counted in his
			    conversations any more: TEXT and COUNTED go from its flags */
	TXN_REMOVE,      /* archive: takes owner's entries with from <= seq <= to away */
	TXN_COUNTED,     /* XEP-0198: the server has counted h stanzas of session */
	TXN_SESSION_END, /* XEP-0198: forget session */
	TXN_ACCOUNT_PUT, /* account: create or replace */
	TXN_ACCOUNT_CREATE, /* the same, but fails with ERR_EXISTS if it is there */
	TXN_ACCOUNT_DELETE, /* account, and everything that its owner has */
};

enum archive_flags {
	ARCHIVE_IN = 1,       /* the owner received it */
	ARCHIVE_OUT = 2,      /* the owner sent it */
	ARCHIVE_OFFLINE = 4,  /* to be delivered to a client that comes without history: XEP-0160 */
	ARCHIVE_BLANKED = 8,  /* tombstone */
	ARCHIVE_HIDDEN = 16,  /* not in the archive (XEP-0441, XEP-0334): waits until it is
				 delivered. In no conversation: its entry has an empty peer */
	ARCHIVE_TEXT = 32,    /* there is something to read in it: may be shown as the last message
				 of its conversation */
	ARCHIVE_COUNTED = 64, /* counts as unread for who has not read up to it: the owner; in a
				room's archive everybody but who sent it */
};

struct archive_entry {
	struct str owner;
	int64_t seq; /* given by the owner's entity: the wall clock in usec, made unique and rising
			(docs/storage.md) */
	struct str peer; /* bare JID of the other side: the conversation */
	unsigned flags;  /* enum archive_flags */
	uint64_t dedup;  /* hash of recipient, id and content for ARCHIVE_OUT, of sender, id and
			    content for ARCHIVE_IN from elsewhere; 0: none */
};

enum { ARCHIVE_ENTRIES_MAX = 2 };

enum scram_kind { SCRAM_KIND_SHA1, SCRAM_KIND_SHA256, SCRAM_KIND_SHA512, SCRAM_KINDS };

/* One stored verifier (RFC 5803); iterations 0: none of this kind. */
struct account_verifier {
	uint32_t iterations;
	uint8_t salt_len, key_len; /* bytes */
	uint8_t salt[64];          /* other servers have longer ones than ours */
	uint8_t stored_key[64], server_key[64];
};

struct account {
	struct str owner; /* bare JID */
	usec_t wall_created;
	bool is_admin, is_disabled;
	struct account_verifier verifier[SCRAM_KINDS];
};

struct txn_op {
	struct txn_op *next;
	enum txn_kind kind;
	struct str owner, space, key, value;
	int64_t from, to;     /* REMOVE: seqs; BLANK, UNCOUNT: from */
	uint64_t session;     /* COUNTED, SESSION_END: see xep-0198, random */
	uint32_t h;           /* COUNTED */
	usec_t wall_time;     /* APPEND */
	unsigned flags;       /* REMOVE: only entries with any of these; 0: all */
	unsigned entry_count; /* APPEND */
	struct archive_entry entry[ARCHIVE_ENTRIES_MAX];
	const struct account *account; /* ACCOUNT_* but for DELETE */
};

struct txn {
	struct letter letter;  /* of the store */
	struct txn *next;      /* of the store */
	struct task wake;      /* of the store */
	struct writer *writer; /* of the store */
	struct loop *home;     /* where done is called; set by store_commit */
	struct arena arena;
	struct txn_op *first, **last;
	size_t bytes; /* of the values, for limits */
	enum err err; /* set when done is called */
	void (*done)(struct txn *t);
	void *arg; /* of done */
};

/* An empty txn; the caller owns it until store_commit. */
struct txn *txn_new(void);
void txn_free(struct txn **t);

static inline bool txn_is_empty(const struct txn *t)
{
	return !t || !t->first;
}

void txn_put(struct txn *t, struct str owner, struct str space, struct str key, struct str value);
void txn_delete(struct txn *t, struct str owner, struct str space, struct str key);

/* A message: its text once, an entry for each owner (up to 2; count). One that gets no entry at all
 * is not kept. */
void txn_append(struct txn *t, usec_t wall_time, struct str stanza,
		const struct archive_entry *entries, unsigned count);

/* Adds an entry for one more owner to the (only) APPEND of t; must have room. */
void txn_append_entry(struct txn *t, const struct archive_entry *entry);

void txn_blank(struct txn *t, struct str owner, int64_t seq, struct str tombstone);
void txn_uncount(struct txn *t, struct str owner, int64_t seq);
void txn_remove(struct txn *t, struct str owner, int64_t from, int64_t to);
void txn_remove_hidden(struct txn *t, struct str owner, int64_t from, int64_t to);
void txn_counted(struct txn *t, struct str owner, uint64_t session, uint32_t h);
void txn_session_end(struct txn *t, uint64_t session);
void txn_account_put(struct txn *t, const struct account *account, bool is_new);
void txn_account_delete(struct txn *t, struct str owner);
