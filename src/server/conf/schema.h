/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of the tables: which keys there are, what a value must look like, and the words for
 * what is wrong. Knows nothing of files. Any thread. */
#pragma once

#include "base/arena.h"
#include "base/sbuf.h"
#include "server/conf/conf_key.h"

struct config_setting_t;

/* A value that passed its row. Strings live in the arena that was given. */
struct schema_value {
	const struct conf_key *key;
	int line;          /* in the file; 0: the default stands */
	struct str text;   /* STR, ADDR */
	int64_t number;    /* INT, BOOL (0, 1), SIZE (bytes), DURATION (usec) */
	struct str *items; /* LIST */
	size_t item_count; /* LIST, GROUPS */
};

enum schema_kind { SCHEMA_UNKNOWN, SCHEMA_KEY, SCHEMA_GROUP };

enum {
	SCHEMA_PATH_MAX = 128,   /* bytes of a path with its dots */
	SCHEMA_ITEMS_MAX = 4096, /* strings in one list */
	SCHEMA_DEPTH_MAX = 8,    /* groups in groups */
};

/* What path names: a key (*ret_key is its row), a group of keys, or nothing. */
enum schema_kind schema_find(const struct conf_table *const *tables, size_t count, struct str path,
			     const struct conf_key **ret_key);

/* The known key or group nearest to path by edit distance, or STR_NONE when nothing is near enough
 * to be meant. */
struct str schema_nearest(const struct conf_table *const *tables, size_t count, struct str path);

/* Reads setting as key's type. ERR_INVALID: *blame has the sentence, without the place. */
must_check enum err schema_read(const struct conf_key *key, const struct config_setting_t *setting,
				struct arena *arena, struct schema_value *ret_value,
				struct blame *blame);

/* Sizes and durations with their units: "64KiB", "250ms". ERR_INVALID, ERR_TOO_BIG (past int64). */
must_check enum err schema_parse_size(struct str text, int64_t *ret_bytes);
must_check enum err schema_parse_duration(struct str text, int64_t *ret_usec);

/* Appends number as it would stand in the file, with the largest unit that divides it. */
void schema_write_number(struct sbuf *out, enum conf_type type, int64_t number);

/* Name of the type for people: "a whole number", "a size like \"64KiB\"". */
const char *schema_type_words(enum conf_type type);

/* Puts a printf'ed sentence into blame, cut to its size. */
void blame_set(struct blame *blame, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
