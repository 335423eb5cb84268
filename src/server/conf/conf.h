/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: libconfig text -> an immutable, counted snapshot. Every key comes from a table row
 * of the module that reads it; an unknown key is an error that names its line and the nearest known
 * key. Reading a snapshot: any thread. */
#pragma once

#include "server/conf/conf_key.h"

struct conf;

/* Reads text of a file (name only for messages) against tables (count of them, borrowed for the
 * life of the snapshot). The first count is the caller's. */
must_check enum err conf_parse(struct str text, const char *name,
			       const struct conf_table *const *tables, size_t count,
			       struct conf **ret_conf, struct blame *blame);

/* The same from a file; relative paths in the configuration are meant from its folder
 * (conf_folder). */
must_check enum err conf_load(const char *path, const struct conf_table *const *tables,
			      size_t count, struct conf **ret_conf, struct blame *blame);

struct conf *conf_ref(struct conf *c);
struct conf *conf_unref(struct conf *c);

/* Values by path; asking for a path that no table has, or by another type, is a bug (must). Views
 * live as long as the snapshot. */
struct str conf_str(const struct conf *c, const char *path);
int64_t conf_int(const struct conf *c, const char *path);
bool conf_bool(const struct conf *c, const char *path);
size_t conf_size(const struct conf *c, const char *path); /* bytes */
usec_t conf_duration(const struct conf *c, const char *path);
size_t conf_list_count(const struct conf *c, const char *path);
struct str conf_list_at(const struct conf *c, const char *path, size_t i);

/* The groups of a CONF_GROUPS key, in the order of the file, and the values in group i: path is
 * that of the row, "rows.*.name". */
size_t conf_groups_count(const struct conf *c, const char *path);
struct str conf_group_str(const struct conf *c, const char *path, size_t i);
bool conf_group_bool(const struct conf *c, const char *path, size_t i);
size_t conf_group_list_count(const struct conf *c, const char *path, size_t i);
struct str conf_group_list_at(const struct conf *c, const char *path, size_t i, size_t item);
int conf_group_line(const struct conf *c, const char *path, size_t i);

/* Whether the file said it, or the default stands. */
bool conf_is_set(const struct conf *c, const char *path);

/* Line of the key in its file, 0 for a default. */
int conf_line(const struct conf *c, const char *path);

/* Folder of the file ("." without one), for relative paths. */
struct str conf_folder(const struct conf *c);

/* A path of the configuration: relative ones are meant from its folder. The caller frees. */
char *conf_resolve(const struct conf *c, struct str path);
