/* SPDX-License-Identifier: Apache-2.0 */
/* Realms, see realms.h. */
#include "server/realms.h"

#include "base/mem.h"
#include "server/pubsub/pubsub.h"
#include "server/room/ending.h"
#include "server/room/rooms.h"
#include "server/route/home_life.h"
#include "server/route/registry.h"
#include "server/upload/features.h"
#include "xmpp/jid.h"

#include <stdio.h>

/* The realms beside the users'. */
static const struct {
	const char *key;   /* of the configuration: the domain */
	struct str prefix; /* of the server's domain, where that is left empty */
	const struct feature *const *features;
} kinds[REALMS] = {
	{ "rooms.domain", STR_INIT("conference."), room_features },
	{ "pubsub.domain", STR_INIT("pubsub."), pubsub_features },
	[REALM_UPLOADS] = { "files.domain", STR_INIT("upload."), upload_features },
};

struct realms {
	struct arena arena;
	struct str domains[REALMS];
	struct registry *registries[REALMS];
};

const char *realms_key(unsigned i)
{
	return kinds[i].key;
}

enum err realms_domain(const struct conf *conf, unsigned i, struct arena *a, struct str *ret_domain)
{
	struct str text = conf_str(conf, kinds[i].key), domain = conf_str(conf, "domain");

	if (!text.len)
		text = ARENA_JOIN(a, kinds[i].prefix, domain);
	if (str_eq(text, domain))
		return ERR_INVALID;
	return jid_prep_domain(a, arena_dup(a, text), ret_domain);
}

static enum err add(struct realms *r, unsigned i, const struct conf *conf, struct blame *blame)
{
	enum err e = realms_domain(conf, i, &r->arena, &r->domains[i]);

	for (unsigned k = 0; k < i && !e; k++) {
		if (str_eq(r->domains[k], r->domains[i]))
			e = ERR_INVALID;
	}
	if (e)
		(void)snprintf(blame->text, sizeof(blame->text), "%s must be a domain of its own",
			       kinds[i].key);
	else
		e = registry_new(kinds[i].features, &r->registries[i], blame);
	return e;
}

enum err realms_new(const struct conf *conf, struct realms **ret_realms, struct blame *blame)
{
	struct realms *r = mem_zalloc(1, sizeof(*r));
	enum err e = OK;

	arena_init(&r->arena, 64 * KIB);
	for (unsigned i = 0; i < REALMS && !e; i++)
		e = add(r, i, conf, blame);
	if (e)
		realms_free(&r);
	else
		*ret_realms = r;
	return e;
}

void realms_free(struct realms **realms)
{
	struct realms *r = *realms;

	*realms = NULL;
	if (!r)
		return;
	for (unsigned i = 0; i < REALMS; i++)
		registry_free(&r->registries[i]);
	arena_done(&r->arena);
	mem_free(r);
}

void realms_add(const struct realms *r, struct home *h)
{
	for (unsigned i = 0; i < REALMS; i++)
		home_add_realm(h, r->domains[i], r->registries[i]);
}

struct start {
	struct letter letter;
	struct home *home;
};

static void on_start(struct letter *l)
{
	struct start *s = container_of(l, struct start, letter);

	ending_look(s->home);
	mem_free(s);
}

void realms_started(struct home *h)
{
	struct start *s = mem_zalloc(1, sizeof(*s));

	s->home = h;
	s->letter.fn = on_start;
	loop_post(h->loop, &s->letter);
}

struct str realms_place(const struct realms *r, unsigned i)
{
	return r->domains[i];
}
