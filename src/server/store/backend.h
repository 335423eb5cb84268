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

	/* A thread of its own, beside the writer and the readers: see store_backup. ERR_EXISTS when
	 * something stands at path. */
	enum err (*backup)(void *backend, struct str path);

	/* Reader threads: a context each. */
	void *(*reader_open)(void *backend);
	void (*reader_close)(void *reader);
	enum err (*read)(void *reader, const struct store_request *request,
			 struct store_answer *answer);
};
