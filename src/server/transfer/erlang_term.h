/* SPDX-License-Identifier: Apache-2.0 */
/* Terms written as Erlang source (ejabberd's dumps). Any thread. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

enum { ERLANG_DEPTH_MAX = 512 /* tuples and lists inside one another */ };

enum term_type { TERM_ATOM, TERM_INT, TERM_BYTES, TERM_TUPLE, TERM_LIST };

struct term {
	struct term *next; /* in the tuple or list */
	enum term_type type;
	struct str bytes; /* ATOM, BYTES (a binary or a string); a view or in the arena */
	int64_t number;   /* INT; a float is cut */
	struct term *first;
	size_t count; /* of a TUPLE or LIST */
};

/* Reads one term with an optional '.' behind it. text must outlive it. ERR_INVALID: it is something
 * else, *ret_at (bytes) says where; ERR_TOO_BIG: the arena's limit, or ERLANG_DEPTH_MAX. */
must_check enum err erlang_parse(struct arena *a, struct str text, const struct term **ret_term,
				 size_t *ret_at);

/* The nth element, from 0; NULL if t has none, or is NULL. */
const struct term *term_at(const struct term *t, size_t n);

/* Whether t is this atom; whether t is a tuple of at least count elements that begins with it. */
bool term_is_atom(const struct term *t, struct str name);
bool term_is_record(const struct term *t, struct str name, size_t count);

/* The bytes of a binary or string; without pointer for anything else. */
struct str term_bytes(const struct term *t);
