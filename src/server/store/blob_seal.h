/* SPDX-License-Identifier: Apache-2.0 */
/* Blobs that are encrypted on the disk: a head, then chunks of 64 KiB, each sealed with AES-256-GCM
 * (crypto/seal.h) under a key of the file's own, so that any part can be read without the rest. The
 * head says which of our keys the file's own was made from, and proves that we wrote it: what a
 * peer sends can never be taken for it. Any thread. */
#pragma once

#include "base/str.h"
#include "crypto/seal.h"

enum {
	BLOB_CHUNK = 64 * 1024,                      /* bytes of content */
	BLOB_CHUNK_SEALED = BLOB_CHUNK + SEAL_EXTRA, /* the same on the disk */
	BLOB_HEAD = 64,
	BLOB_KEYS_MAX = 16,
	BLOB_KEY_FILE_MAX = 16 * 1024, /* bytes */
};

/* The keys of an installation; the first one is for what is new. */
struct blob_keys {
	uint8_t key[BLOB_KEYS_MAX][SEAL_KEY];
	unsigned count;
};

/* What one file is sealed with. */
struct blob_seal {
	uint8_t key[SEAL_KEY];
};

/* Reads the text of a key file: a line of 64 hex digits for each key; empty lines and those that
 * begin with # are skipped. ERR_INVALID; ERR_TOO_BIG: more than BLOB_KEYS_MAX. */
must_check enum err blob_keys_read(struct str text, struct blob_keys *ret_keys);

/* The head of a new file, and its seal. keys has one at least. */
void blob_seal_begin(const struct blob_keys *keys, uint8_t ret_head[BLOB_HEAD],
		     struct blob_seal *ret_seal);

/* The seal of a file by its head. ERR_NOT_FOUND: this is none of our heads, or its key is gone. */
must_check enum err blob_seal_open(const struct blob_keys *keys, const uint8_t head[BLOB_HEAD],
				   struct blob_seal *ret_seal);

/* Bytes of content in a sealed file of so many bytes; ERR_INVALID: none is as long as that. */
must_check enum err blob_seal_size(uint64_t on_disk, uint64_t *ret_size);

/* Where the chunk of this number lies in the file. */
uint64_t blob_chunk_place(uint64_t number);

/* Seals one chunk (plain up to BLOB_CHUNK) to ret: plain.len + SEAL_EXTRA bytes. */
void blob_chunk_close(const struct blob_seal *seal, uint64_t number, struct str plain,
		      uint8_t *ret);

/* The other way round; ERR_INVALID: changed, or another chunk. */
must_check enum err blob_chunk_open(const struct blob_seal *seal, uint64_t number,
				    struct str sealed, uint8_t *ret);
