/* SPDX-License-Identifier: Apache-2.0 */
/* What a back end of the store fills. All calls block; the front (store.c) calls them on its writer
 * thread and its reader threads. */
#pragma once

#include "server/store/request.h"

/* An expiry, carried from step to step. */
struct store_expiry {
	struct str owner; /* unset: everybody */
	usec_t wall_before;
	unsigned max_rows; /* of one step */
	int64_t cursor;    /* of the back end; 0 at the first step */
	uint64_t removed;  /* by this step; 0 in front of each */
	bool is_done;      /* there is nothing more to remove */
};

/* One step of the index. */
struct index_step {
	unsigned max;            /* messages, and removals, of one step */
	uint64_t added, removed; /* entries, by this step */
	uint64_t waiting;        /* messages that the index has not looked at */
	int64_t gone; /* removals up to this one are in the index: may be forgotten. 0: none */
	bool is_done; /* all that was committed when the step began */
};

struct store_backend {
	const char *name;

	/* Opens the data; migrates. See store_open. */
	enum err (*open)(const struct store_config *config, void **ret_backend,
			 const char **ret_why);
	void (*close)(void *backend);

	/* Writer thread only. A batch: begin, apply for each op of each txn, commit (durable when
	 * it returns OK) or rollback. After an apply or a commit that failed rollback is called,
	 * and nothing of the batch is there. */
	enum err (*begin)(void *backend);
	enum err (*apply)(void *backend, const struct txn_op *op);
	enum err (*commit)(void *backend);
	void (*rollback)(void *backend);

	/* Writer thread, between two batches: one step of an expiry in a commit of its own. See
	 * struct store_expiry. */
	enum err (*expire)(void *backend, struct store_expiry *x);

	/* The index (store/indexer.h), or all NULL. A thread of its own. A step looks at what was
	 * committed since the one before, durable when it returns OK; reset empties the index, so
	 * that steps make it anew. */
	enum err (*index_open)(void *backend, void **ret_index);
	void (*index_close)(void *index);
	enum err (*index_step)(void *index, struct index_step *step);
	enum err (*index_reset)(void *index);
	/* Writer thread, between two batches: removals up to gone are done with. */
	enum err (*index_forget)(void *backend, int64_t gone);

	/* A thread of its own, beside the writer and the readers: see store_backup. ERR_EXISTS when
	 * something stands at path. */
	enum err (*backup)(void *backend, struct str path);

	/* Reader threads: a context each. */
	void *(*reader_open)(void *backend);
	void (*reader_close)(void *reader);
	enum err (*read)(void *reader, const struct store_request *request,
			 struct store_answer *answer);
};
