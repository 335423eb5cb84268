/* SPDX-License-Identifier: Apache-2.0 */
/* Data written as Lua source (Prosody's files): constants and tables, nothing that runs. Any
 * thread.
 */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum {
	LUA_DEPTH_MAX = 200, /* tables inside one another */
};

enum lua_type { LUA_NIL, LUA_BOOL, LUA_NUMBER, LUA_STRING, LUA_TABLE };

/* A value, and where it stands in a table. */
struct lua {
	struct lua *next; /* in the table, in the order of the text */
	struct lua *key;  /* NULL: by its position */
	enum lua_type type;
	bool is_true;      /* BOOL */
	double number;     /* NUMBER */
	struct str string; /* STRING; bytes, a view or in the arena */
	struct lua *first; /* TABLE */
};

/* Reads one statement, "return VALUE" or "NAME(VALUE)" with an optional ';' behind it. text must
 * outlive the value. ERR_INVALID: it is something else, *ret_at (bytes) says where; ERR_TOO_BIG:
 * the arena's limit, or LUA_DEPTH_MAX. */
must_check enum err lua_parse(struct arena *a, struct str text, const struct lua **ret_value,
			      size_t *ret_at);

/* The value of a string key; NULL if there is none, or t is no table. Of several the last. */
const struct lua *lua_get(const struct lua *t, struct str key);

/* The value of the key false. */
const struct lua *lua_get_false(const struct lua *t);

/* The string that v is; without pointer for anything else, and NULL. */
struct str lua_str(const struct lua *v);
struct str lua_get_str(const struct lua *t, struct str key);

/* Whether v is true. */
bool lua_is_true(const struct lua *v);

/* The number of a string key, or otherwise where there is none. */
double lua_get_number(const struct lua *t, struct str key, double otherwise);
