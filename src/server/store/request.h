/* SPDX-License-Identifier: Apache-2.0 */
/* What the store is asked, and what it answers: plain data that the front and its back ends share.
 */
#pragma once

#include "search/query.h"
#include "server/store/txn.h"

struct store_backend;

struct store_config {
	const struct store_backend *backend;
	struct str data_dir;      /* for back ends with files */
	unsigned readers;         /* threads */
	size_t queue_limit;       /* txns waiting; past it store_commit answers ERR_BUSY */
	size_t queue_bytes_limit; /* bytes waiting; the same */
	unsigned batch_limit;     /* txns in one commit: 2,000 */
	size_t young_limit; /* of SQLite: entries kept in memory before they go to their table; 0:
			       as many as are good (sqlite/young.h) */
	uint64_t epoch;     /* fencing, ignored by SQLite */
};

enum store_read_kind {
	READ_OWNER,    /* everything needed to bring an entity to memory: account, rows of spaces,
			  last_seq */
	READ_ACCOUNT,  /* one account by owner */
	READ_ACCOUNTS, /* a page of accounts behind after_key, by owner */
	READ_KEYVAL,   /* rows of owner and space; key set: that one; keys set: those of them that
			  there are, in their order; else those behind after_key, max of them (0:
			  all), by key */
	READ_ARCHIVE,  /* a page of an archive */
	READ_ARCHIVE_ENDS, /* its oldest and its newest entry that are visible, without stanzas;
			      one where they are the same, none where it is empty. Of archive, only
			      visible matters */
	READ_DEDUP, /* dedup values of the owner's newest ARCHIVE_OUT entries since from_wall (with
		       is_in: ARCHIVE_IN); max of them */
	READ_SESSION, /* XEP-0198: owner and h of a session that is not in memory */
	READ_STATS,   /* numbers for the administrator */
	READ_TALKS,   /* conversations: talks, and with all_talks every other one that the owner's
			 archive has; of archive, only visible matters, and only for the owner's */
	READ_USAGE,   /* what an owner keeps: entries of the archive behind archive.after, up to
		       * USAGE_ENTRIES_MAX; with archive.after 0 its spaces, too */
	READ_SEARCH, /* a page of what matches search, in the archives of owner or of search.owners.
		      * What was committed before is found, unless the index lies far behind.
		      * ERR_UNSUPPORTED: the back end has no index */
	READ_SEARCH_STATUS, /* how the index is */
};

struct archive_query {
	struct str with;          /* bare JID of the peer; unset: all */
	struct str with_resource; /* set: only messages from or to with/with_resource */
	int64_t after,
		before; /* exclusive seqs; 0: open. An unknown one is just a place in the order */
	int64_t above, below; /* the same; but they are part of what is asked for, not of the page:
			       * what is counted is counted between them */
	const int64_t *ids;   /* seqs, rising, each once; NULL: any. Only these */
	unsigned id_count;    /* up to ARCHIVE_IDS_MAX (store/archive.h) */
	usec_t wall_start, wall_end; /* inclusive; 0: open */
	int64_t visible;             /* newest seq that may be seen; 0: all */
	unsigned flags_any;          /* 0: all; else entries with any of these flags */
	bool with_hidden;            /* entries with ARCHIVE_HIDDEN, too; without: as if they were
				      * not there */
	unsigned max;                /* rows of a page */
	size_t max_bytes; /* 0: any; else a page ends with the row that brings its stanzas to this
			   * many bytes: it has one at least */
	bool must_exist;  /* after, before, above and below, where set, and all ids must be visible
			   * entries: else the answer is ERR_NOT_FOUND */
	bool is_backward; /* the page ends at before (or the newest), rows still in rising order */
	bool want_count;  /* count all that matches without after and before */
};

/* A conversation: with one peer in an account's archive, or all of a room's. */
struct talk_query {
	struct str owner;      /* whose archive */
	struct str with;       /* bare JID of the peer; unset: the whole archive */
	struct str not_from;   /* bare JID: entries of this peer are not counted; unset: all are */
	int64_t after;         /* entries up to here are read, and not counted */
	const int64_t *places; /* of which places it shall be said how many still count; behind
				* after */
	unsigned place_count;
};

enum {
	TALK_COUNT_MAX = 10000, /* entries counted of one conversation: there may be more */
	TALK_LOOK_MAX = 200,    /* entries looked at for the last one with ARCHIVE_TEXT */
	TALKS_MAX = 10000,      /* conversations of one answer */
};

/* By which name the asker is called in an archive. */
struct search_name {
	struct str owner, phrase; /* of query_name (search/query.h) */
};

/* What is looked for in archives. */
struct search_ask {
	const struct query_term *terms; /* NULL: nothing is looked for */
	unsigned term_count;
	const struct str *phrases; /* see search/query.h */
	unsigned phrase_count;
	const struct str *owners; /* whose archives; NULL: that of the request's owner. The asker
				   * may read all of them, which the store does not know */
	unsigned owner_count;     /* up to SEARCH_OWNERS_MAX; the fewer, the quicker */
	unsigned context;         /* entries in front of and behind each match, up to
				   * SEARCH_CONTEXT_MAX */
	bool has_conversations;   /* those of the request's owner are of the same conversation */
	bool has_address;         /* a sender is looked for by address: for who names the owners,
				   * some of which may hide addresses from the asker */
	/* Set where mentions are looked for by names, too: of an archive that stands here its
	 * phrase is as good as one of the terms that are mentions (message_words_mention), among
	 * which the words of the names are, and in any other they are not enough. Up to
	 * SEARCH_OWNERS_MAX. */
	const struct search_name *names;
	unsigned name_count;
};

/* A read looks at this many entries at most (the double: as its tests set it), so that the usage of
 * a large archive is asked for in steps: the next one after examined_seq. */
enum { USAGE_ENTRIES_MAX = 20000 };

struct store_request {
	enum store_read_kind kind;
	struct str owner; /* copied, like all strings */
	struct str space, key, after_key;
	const struct str *keys; /* READ_KEYVAL */
	unsigned key_count;
	const struct str *spaces; /* READ_OWNER: whose rows come along */
	unsigned space_count;
	unsigned max;
	usec_t from_wall;
	bool is_in; /* READ_DEDUP */
	uint64_t session;
	struct archive_query archive;
	const struct talk_query *talks; /* READ_TALKS; places live as long as it does */
	unsigned talk_count;
	bool all_talks;
	struct search_ask search; /* SEARCH; of archive everything else holds, too. Places of
				   * several owners are compared: they are times */
};

struct keyval_row {
	struct keyval_row *next;
	struct str space, key, value;
};

/* What one space of an owner holds. */
struct usage_row {
	struct usage_row *next;
	struct str space;
	uint64_t count, bytes; /* rows; their keys and values */
};

struct archive_row {
	struct archive_row *next;
	int64_t seq;
	int64_t tag; /* for who puts archives together (route/archive_union.h); the store gives 0 */
	usec_t wall_time;
	unsigned flags;
	struct str stanza;
	struct str owner;                   /* SEARCH: whose entry it is */
	struct archive_row *before, *after; /* SEARCH: its context, both rising */
};

struct talk_row {
	struct talk_row *next;
	int talk;                    /* which of the request's; -1: another one of the owner */
	int64_t newest;              /* its newest entry */
	struct archive_row *message; /* its newest one with ARCHIVE_TEXT; without one among the last
				      * TALK_LOOK_MAX: the newest of all. Never NULL */
	uint64_t unread;             /* entries with ARCHIVE_COUNTED */
	unsigned places;             /* how many of the places are such entries */
};

struct store_answer {
	enum err err;       /* OK, ERR_NOT_FOUND, ERR_BUSY, ERR_IO, ERR_TOO_BIG (past 256 MiB) */
	struct arena arena; /* of everything below */
	struct account account;   /* OWNER, ACCOUNT */
	struct account *accounts; /* ACCOUNTS */
	unsigned account_count;
	bool has_more;                /* ACCOUNTS, KEYVAL: there are further ones */
	struct keyval_row *rows;      /* OWNER, KEYVAL */
	int64_t last_seq;             /* OWNER: newest seq, 0: none */
	struct archive_row *messages; /* ARCHIVE, ARCHIVE_ENDS, SEARCH */
	bool is_stale;                /* SEARCH: much has not been looked at by the index yet */
	bool is_complete;     /* ARCHIVE, SEARCH: the page reaches the end in its direction; USAGE:
			       * there are no further entries */
	int64_t examined_seq; /* USAGE, not complete: the last entry of this step.
			       * ARCHIVE, not complete: where to go on (as after, or as before when
			       * backward). With with_resource and flags_any a page may be short of
			       * max, even empty, when very much does not match: store/archive.h */
	uint64_t count; /* ARCHIVE with want_count; exact up to ARCHIVE_COUNT_MAX (store/archive.h)
			 */
	struct talk_row *talks; /* TALKS: those that have an entry */
	const uint64_t *dedup;  /* DEDUP, newest first */
	unsigned dedup_count;
	struct str session_owner; /* SESSION */
	uint32_t session_h;
	struct {
		uint64_t accounts, messages, entries, bytes;
		usec_t wall_newest; /* the latest of the messages stored last; 0: none */
	} stats;
	struct {
		uint64_t entries, bytes; /* in the index; of its file */
		uint64_t waiting;        /* messages that it has not looked at */
	} search;
	struct {
		uint64_t messages, bytes; /* of this step: entries, the hidden ones too, and their
					   * stanzas. A stanza that several owners have counts for
					   * each */
		struct usage_row *spaces; /* by name */
	} usage;
};
