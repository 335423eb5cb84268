/* SPDX-License-Identifier: Apache-2.0 */
/* What an account keeps: how many things of which kind, and their bytes. Runs on the loop of the
 * control socket. */
#pragma once

#include "server/admin/call.h"

enum usage_kind {
	USAGE_ARCHIVE, /* messages; one that two accounts have counts for both */
	USAGE_ROSTER,
	USAGE_PEP, /* items; bytes of their nodes, too */
	USAGE_VCARD,
	USAGE_PRIVATE,
	USAGE_FILES, /* uploads: the bytes are those of the files */
	USAGE_OTHER, /* tokens, clients, preferences, reports, … */
	USAGE_KINDS
};

struct usage {
	uint64_t count[USAGE_KINDS], bytes[USAGE_KINDS];
};

/* Reads it in steps, each of a bounded number of rows; what changes meanwhile may be seen or not.
 * fn is called once, later. owner is copied; one that has nothing is no error. ERR_BUSY, ERR_IO. */
void usage_read(struct store *store, struct str owner,
		void (*fn)(void *arg, enum err err, const struct usage *usage), void *arg);

/* Adds "archive_count", "archive_bytes", …, "total_bytes" to an object. */
void usage_describe(const struct usage *usage, json_t *object);
