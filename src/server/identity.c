/* SPDX-License-Identifier: Apache-2.0 */
/* The server's TLS contexts, see identity.h. */
#include "server/identity.h"

#include "server/federation.h"
#include "server/worker.h"

#include <stdio.h>

static enum err fail(struct blame *blame, enum err e, const char *what, const struct sbuf *why)
{
	(void)snprintf(blame->text, sizeof(blame->text), "%s: %.*s: %s", what,
		       STR_ARG(sbuf_str(why)), err_text(e));
	return e;
}

/* Both or none. */
static enum err load(struct identity *id, const struct conf *conf, struct tls_context **ret_tls,
		     struct federation **ret_federation, struct blame *blame)
{
	struct sbuf why scoped(sbuf_done) = SBUF(CERTIFICATES_WHY_MAX);
	struct tls_context *tls;
	enum err e =
		certificates_load(conf, id->data_dir, id->challenges, &tls, &id->next_source, &why);

	if (e)
		return fail(blame, e, "certificate", &why);
	e = federation_new(conf, id->data_dir, id->federation, ret_federation, blame);
	if (e) {
		(void)tls_context_unref(tls); /* ours alone */
		return e;
	}
	*ret_tls = tls;
	return OK;
}

enum err identity_load(struct identity *id, const struct conf *conf, struct str data_dir,
		       struct blame *blame)
{
	enum err e;

	id->data_dir = data_dir;
	id->challenges = tls_challenges_new();
	e = load(id, conf, &id->tls, &id->federation, blame);
	id->source = id->next_source;
	return e;
}

static void use(struct identity *id, struct tls_context *take_tls,
		struct federation *take_federation)
{
	(void)tls_context_unref(id->tls);
	id->tls = take_tls;
	(void)federation_unref(id->federation);
	id->federation = take_federation;
	id->source = id->next_source;
	certifier_watch(id->certifier, id->tls, id->source);
}

/* The certifier has put one into data_dir. */
static enum err on_new(void *owner, struct sbuf *why)
{
	struct identity *id = owner;
	struct blame blame = { .text = "" };
	struct tls_context *tls;
	struct federation *federation;
	enum err e = load(id, id->workers[0].home.conf, &tls, &federation, &blame);

	if (e) {
		sbuf_add(why, str_from(blame.text));
		return e;
	}
	use(id, tls, federation);
	for (unsigned i = 0; i < id->count; i++)
		worker_renew(&id->workers[i], tls, federation);
	return OK;
}

void identity_start(struct identity *id, struct worker *workers, unsigned count, struct pool *pool)
{
	struct certifier_config config = { .loop = workers[0].loop,
					   .pool = pool,
					   .data_dir = id->data_dir,
					   .challenges = id->challenges,
					   .owner = id,
					   .on_new = on_new };

	id->workers = workers;
	id->count = count;
	id->certifier = certifier_new(&config, workers[0].home.conf);
	certifier_watch(id->certifier, id->tls, id->source);
}

enum err identity_prepare(struct identity *id, struct worker_news *news, struct blame *blame)
{
	return load(id, news->conf, &news->tls, &news->federation, blame);
}

void identity_take(struct identity *id, const struct worker_news *news)
{
	certifier_reload(id->certifier, news->conf);
	use(id, news->tls, news->federation);
}

void identity_stop(struct identity *id)
{
	certifier_free(&id->certifier);
}
