/* SPDX-License-Identifier: Apache-2.0 */
/* Federation at start and reload, see federation.h. */
#include "server/federation.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "server/certificates.h"
#include "server/names/names.h"
#include "server/s2s/s2s_life.h"

#include <stdio.h>

struct federation {
	unsigned refs; /* atomic */
	struct tls_context *client_tls;
	struct tls_trust *trust;
	uint8_t secret[S2S_SECRET_BYTES];
};

struct federation *federation_ref(struct federation *f)
{
	(void)__atomic_add_fetch(&f->refs, 1, __ATOMIC_RELAXED);
	return f;
}

struct federation *federation_unref(struct federation *f)
{
	if (!f || __atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return NULL;
	f->client_tls = tls_context_unref(f->client_tls);
	f->trust = tls_trust_unref(f->trust);
	secret_wipe(f->secret, sizeof(f->secret));
	mem_free(f);
	return NULL;
}

static enum err load_certificate(struct federation *f, const struct conf *conf, struct str data_dir,
				 struct sbuf *why)
{
	char *cert, *key;
	enum err e;

	(void)certificates_paths(conf, data_dir, &cert, &key); /* whatever it comes from */
	e = tls_context_new_peer(cert, key, &f->client_tls, why);
	mem_free(cert);
	mem_free(key);
	return e;
}

static enum err load_trust(struct federation *f, const struct conf *conf, struct sbuf *why)
{
	struct str ca = conf_str(conf, "s2s.ca");
	char *path = ca.len ? conf_resolve(conf, ca) : NULL;
	enum err e = tls_trust_new(path, &f->trust, why);

	mem_free(path);
	return e;
}

enum err federation_new(const struct conf *conf, struct str data_dir,
			const struct federation *before, struct federation **ret_federation,
			struct blame *blame)
{
	struct sbuf why scoped(sbuf_done) = SBUF(CERTIFICATES_WHY_MAX);
	struct federation *f = mem_zalloc(1, sizeof(*f));
	enum err e;

	f->refs = 1;
	if (before)
		memcpy(f->secret, before->secret, sizeof(f->secret));
	else
		random_fill(f->secret, sizeof(f->secret));
	e = load_certificate(f, conf, data_dir, &why);
	if (!e)
		e = load_trust(f, conf, &why);
	if (!e) {
		*ret_federation = f;
		return OK;
	}
	(void)federation_unref(f); /* ours alone */
	(void)snprintf(blame->text, sizeof(blame->text), "s2s.ca: %.*s", STR_ARG(sbuf_str(&why)));
	return e;
}

/* Without one only servers of s2s.hosts are found. */
static struct resolver *make_resolver(const struct home *h)
{
	struct sbuf why scoped(sbuf_done) = SBUF(CERTIFICATES_WHY_MAX);
	struct resolver *resolver = NULL;

	if (conf_bool(h->conf, "s2s.enabled") && names_resolver(h->conf, h->loop, &resolver, &why))
		log_error(NULL, "other servers cannot be looked for in the DNS",
			  F_STR("why", sbuf_str(&why)));
	return resolver;
}

void federation_begin(const struct federation *f, struct s2s *s, struct tls_context *accept)
{
	memcpy(s->secret, f->secret, sizeof(s->secret));
	s->resolver = make_resolver(s->home);
	s2s_life_begin(s);
	federation_reload(f, s, accept);
}

void federation_reload(const struct federation *f, struct s2s *s, struct tls_context *accept)
{
	s2s_life_reload(s, &(struct s2s_tls){
				   .accept = accept, .connect = f->client_tls, .trust = f->trust });
}
