/* SPDX-License-Identifier: Apache-2.0 */
/* What services say of delegated namespaces, see nest.h. */
#include "server/route/nest.h"

#include "base/mem.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "server/route/home.h"
#include "server/route/post.h"
#include "server/route/service.h"
#include "xep/caps.h"
#include "xep/disco.h"
#include "xml/build.h"
#include "xmpp/ns.h"

/* Bytes: a tree of the smallest elements is some ten times its text. */
enum { NEST_ARENA_MAX = 16 * NEST_BYTES_MAX };

struct str nest_node(struct arena *a, struct str ns, bool is_bare)
{
	return ARENA_JOIN(a, NS_DELEGATION, is_bare ? STR(":bare:") : STR("::"), ns);
}

static struct str key_of(struct arena *a, struct str service, struct str ns, bool is_bare)
{
	return ARENA_JOIN(a, service, STR(" "), nest_node(a, ns, is_bare));
}

static struct nest *make(struct str service, struct str ns, bool is_bare)
{
	struct nest *n = mem_zalloc(1, sizeof(*n));

	n->refs = 1;
	arena_init(&n->arena, NEST_ARENA_MAX);
	n->key = key_of(&n->arena, service, ns, is_bare);
	n->service = arena_dup(&n->arena, service);
	n->ns = arena_dup(&n->arena, ns);
	n->is_bare = is_bare;
	return n;
}

struct nest *nest_new(struct str service, struct str ns, bool is_bare)
{
	struct nest *n = make(service, ns, is_bare);

	random_token(n->token, NEST_TOKEN_LEN);
	return n;
}

struct nest *nest_ref(struct nest *n)
{
	(void)__atomic_add_fetch(&n->refs, 1, __ATOMIC_RELAXED);
	return n;
}

struct nest *nest_unref(struct nest *n)
{
	if (!n || __atomic_sub_fetch(&n->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	arena_done(&n->arena);
	mem_free(n);
	return NULL;
}

/* ---- the answer ---- */

/* Who echoes no node means the one that he was asked for. What would spoil the hash of the server's
 * own answer (XEP-0115 5.4) is not sound. */
static enum err judge(struct nest *n, const struct xml *query)
{
	struct arena *a = &n->arena;
	struct str node = xml_attr(query, STR("node")), ver;
	enum err err = caps_ver(a, query, DIGEST_SHA1, &ver);

	if (err)
		return err;
	if (str_is_set(node) && !str_eq(node, nest_node(a, n->ns, n->is_bare)))
		return ERR_INVALID;
	xml_each (child, query)
		n->feature_count += xml_is(child, NS_DISCO_INFO, STR("feature"));
	n->query = query;
	return arena_is_over(a) || n->feature_count > NEST_FEATURES_MAX ? ERR_TOO_BIG : OK;
}

enum err nest_answered(const struct nest *asked, struct str text, struct nest **ret_nest)
{
	struct nest *n;
	struct xml *query;
	enum err err;

	if (text.len > NEST_BYTES_MAX)
		return ERR_TOO_BIG;
	n = make(asked->service, asked->ns, asked->is_bare);
	n->bytes = text.len;
	err = xml_parse(&n->arena, arena_dup(&n->arena, text), &post_alone_scope, &post_limits,
			&query)
		      ? ERR_INVALID
		      : judge(n, query);
	if (err)
		(void)nest_unref(n);
	else
		*ret_nest = n;
	return err;
}

/* ---- those of a home ---- */

void nests_put(struct home *h, struct nest *n)
{
	(void)nest_unref(map_set(&h->nests, n->key, nest_ref(n)));
}

void nests_drop(struct home *h, const struct nest *n)
{
	if (map_get(&h->nests, n->key) == n)
		(void)nest_unref(map_remove(&h->nests, n->key));
}

const struct nest *nests_asked(const struct home *h, struct str service, struct str token)
{
	const struct nest *n;
	size_t at = 0;

	if (token.len != NEST_TOKEN_LEN)
		return NULL;
	while ((n = map_next(&h->nests, &at))) {
		if (!n->query && secret_equal(n->token, token.ptr, NEST_TOKEN_LEN) &&
		    str_eq(n->service, service))
			return n;
	}
	return NULL;
}

bool nests_have_room(const struct home *h, const struct nest *n)
{
	size_t bytes = n->bytes, count = n->feature_count, at = 0;
	const struct nest *other;

	while ((other = map_next(&h->nests, &at))) {
		if (!str_eq(other->service, n->service))
			continue;
		bytes += other->bytes;
		count += other->feature_count;
	}
	return bytes <= NEST_BYTES_MAX && count <= NEST_FEATURES_MAX;
}

static bool is_of(struct str var, struct str ns)
{
	return str_starts(var, ns) && (var.len == ns.len || var.ptr[ns.len] == '#');
}

bool nests_cover(const struct home *h, bool is_bare, struct str var)
{
	const struct nest *n;
	size_t at = 0;

	while ((n = map_next(&h->nests, &at))) {
		if (n->query && n->is_bare == is_bare && is_of(var, n->ns))
			return true;
	}
	return false;
}

void nests_add(const struct home *h, bool is_bare, struct arena *a, struct xml *query)
{
	size_t count = h->nests.count && h->services ? h->services->count : 0;

	for (size_t i = 0; i < count; i++) {
		const struct service *s = &h->services->items[i];

		for (size_t k = 0; k < s->delegation_count; k++) {
			struct str key = key_of(a, s->domain, s->delegations[k].ns, is_bare);
			const struct nest *n = map_get(&h->nests, key);

			if (n && n->query)
				disco_merge(a, query, n->query);
		}
	}
}

void nests_done(struct home *h)
{
	struct nest *n;
	size_t at = 0;

	while ((n = map_next(&h->nests, &at)))
		(void)nest_unref(n);
	map_done(&h->nests);
}
