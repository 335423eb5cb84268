/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the body of a request to the disk: two steps of memory a connection, one that fills while
 * the other is written in the pool; while both are full nothing is read from the peer. On the
 * connection's loop. */
#pragma once

#include "net/http.h"
#include "server/model/uploads.h"

enum {
	RECEIVE_STEP = 64 * 1024, /* bytes written at a time: more would leave the caches */
	/* The same where a file goes round the page cache (BLOB_DIRECT_FROM): each has its price.
	 */
	RECEIVE_STEP_DIRECT = 256 * 1024,
};

struct receive_end {
	enum err err; /* OK; of uploads_begin, uploads_resume or uploads_end; ERR_INVALID: a part is
			 not as long as offset; ERR_NO_SPACE, ERR_IO: of the disk */
	bool is_whole;
	uint64_t size; /* that is durable, when err is OK */
};

struct receive {
	struct uploads *uploads;
	const struct upload *u;    /* copied */
	struct upload_rules rules; /* not for a part */
	bool is_part;              /* goes on with a part that was begun, at offset */
	uint64_t offset;
	uint64_t length; /* bytes that may come */
	usec_t wall_end; /* of the file, when it is whole */
	/* Answers conn, which is not gone. */
	void (*fn)(void *owner, struct http_conn *conn, const struct receive_end *end);
	void *owner;
};

/* Answers later, unless the connection breaks before. What came of a part stays when it does. */
void receive_start(struct http_conn *conn, const struct receive *r);
