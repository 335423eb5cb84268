/* SPDX-License-Identifier: Apache-2.0 */
/* Lua tables as Prosody writes them into databases: JSON, with what JSON has no place for in
 * "__array" (the values by position) and "__hash" (pairs whose keys are no texts). Any thread. */
#pragma once

#include "server/transfer/lua_data.h"

enum { PROSODY_JSON_MAX = 8 * 1024 * 1024 /* bytes of a value */ };

/* Reads a value; strings are copied to the arena. ERR_INVALID: no JSON, longer than
 * PROSODY_JSON_MAX, deeper than LUA_DEPTH_MAX, or past the arena's limit. */
must_check enum err prosody_json(struct arena *a, struct str text, const struct lua **ret_value);
