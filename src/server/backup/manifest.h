/* SPDX-License-Identifier: Apache-2.0 */
/* What a backup says of itself: manifest.json, with every file and its SHA-256, and
 * manifest.sha256, the sum of that. Both are written last: a folder without them is no backup.
 * Blocks; any thread. */
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "server/backup/file_sum.h"
#include "server/conf/conf_key.h"

enum {
	MANIFEST_FORMAT = 1,
	MANIFEST_BYTES_MAX = 256 * 1024 * 1024,
	MANIFEST_FILES_MAX = 2 * 1024 * 1024,
	MANIFEST_DEPTH_MAX = 5, /* parts of a name */
};

/* Below a backup's folder. */
#define MANIFEST_FILE     "manifest.json"
#define MANIFEST_SUM_FILE "manifest.sha256"
#define MANIFEST_DATA     "data/"     /* what a data folder holds */
#define MANIFEST_SETTINGS "settings/" /* configuration, certificate: for people */

struct manifest_file {
	struct manifest_file *next;
	struct str name; /* below the backup's folder */
	struct str from; /* settings: where it stood */
	struct file_sum sum;
};

struct manifest {
	struct arena arena;
	int format;
	struct str program; /* version of parleyd */
	struct str domain;
	usec_t wall_begun; /* everything that was acknowledged before is in it */
	int tables;        /* version of the tables */
	uint64_t accounts, messages, entries, documents;
	struct manifest_file *files, **last;
	size_t count;
	uint64_t bytes; /* of the files */
};

void manifest_init(struct manifest *m);
void manifest_done(struct manifest *m);

/* Strings are copied; from may be unset. */
void manifest_add(struct manifest *m, struct str name, struct str from, const struct file_sum *sum);

/* Writes both files into folder, durable. ERR_TOO_BIG: MANIFEST_FILES_MAX. */
must_check enum err manifest_write(const struct manifest *m, const char *folder);

/* Reads and judges them; m is empty before. ERR_NOT_FOUND: none, so no whole backup; ERR_INVALID:
 * damaged; ERR_VERSION: of a newer form. blame has a sentence. No name leads out of the folder. */
must_check enum err manifest_read(struct manifest *m, const char *folder, struct blame *blame);
