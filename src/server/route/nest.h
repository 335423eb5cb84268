/* SPDX-License-Identifier: Apache-2.0 */
/* What services say of namespaces that were delegated to them (XEP-0355 7.2): it stands in the
 * discovery answers of the server and of accounts, instead of what our features say. An answer is
 * one struct nest, unchanging and counted, which every home has in home->nests while the service is
 * connected; feature/nesting asks and spreads them. */
#pragma once

#include "base/arena.h"
#include "base/err.h"

struct home;
struct xml;

enum {
	NEST_TOKEN_LEN = 20,
	NEST_BYTES_MAX = 64 * 1024, /* of all answers of one service */
	NEST_FEATURES_MAX = 500,    /* in all answers of one service */
};

struct nest {
	unsigned refs; /* atomic */
	struct arena arena;
	struct str key; /* in home->nests */
	struct str service, ns;
	bool is_bare;                   /* of accounts, else of the server */
	char token[NEST_TOKEN_LEN + 1]; /* of the question */
	const struct xml *query;        /* the answer; NULL: there is none yet */
	size_t bytes, feature_count;    /* of it */
};

/* A question that was not answered, with a new token; its count. */
struct nest *nest_new(struct str service, struct str ns, bool is_bare)
	__attribute__((returns_nonnull));

/* The node of disco#info that is asked for (7.2.1, 7.2.2). */
struct str nest_node(struct arena *a, struct str ns, bool is_bare);

/* The same with an answer, text of a <query/>; its count. ERR_INVALID: of another node, or not
 * sound (caps_ver). ERR_TOO_BIG: the limits above. */
must_check enum err nest_answered(const struct nest *asked, struct str text,
				  struct nest **ret_nest);

/* One count more; gives n back. One count less; NULL is fine; gives NULL. Any thread. */
struct nest *nest_ref(struct nest *n);
struct nest *nest_unref(struct nest *n);

/* ---- of a home, on its loop ---- */

/* Takes a count of its own, in the place of what the service said of that before. */
void nests_put(struct home *h, struct nest *n);

/* Forgets n, if it is still in its place. */
void nests_drop(struct home *h, const struct nest *n);

/* The question of service with this token that was not answered, or NULL. */
const struct nest *nests_asked(const struct home *h, struct str service, struct str token);

/* Whether the service may say this, too, beside what it has said (limits). */
bool nests_have_room(const struct home *h, const struct nest *n);

/* Whether a service speaks for the feature var: the namespace, or "namespace#...". */
bool nests_cover(const struct home *h, bool is_bare, struct str var);

/* Adds what the services say to a disco#info <query/>, in the order of home->services. Strings are
 * borrowed: good for this turn. */
void nests_add(const struct home *h, bool is_bare, struct arena *a, struct xml *query);

/* Frees all of them. */
void nests_done(struct home *h);
