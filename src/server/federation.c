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
#include "server/s2s/s2s_rates.h"

#include <stdio.h>

enum { RESOLVER_KEY_MAX = 64 * 1024 /* bytes of what a resolver is made from */ };

struct federation {
	unsigned refs; /* atomic */
	struct tls_context *client_tls;
	struct tls_trust *trust;
	struct s2s_rates *rates;
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
	f->rates = s2s_rates_unref(f->rates);
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
	f->rates = before ? s2s_rates_ref(before->rates) : s2s_rates_new();
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

/* A resolver as the configuration wants it now, unless there is one. Without one only servers of
 * s2s.hosts are found. It reads small files, at the start and when the operator has changed this.
 */
static void set_resolver(struct s2s *s)
{
	struct sbuf why scoped(sbuf_done) = SBUF(CERTIFICATES_WHY_MAX);
	struct sbuf key scoped(sbuf_done) = SBUF(RESOLVER_KEY_MAX);
	const struct conf *conf = s->home->conf;
	struct resolver *resolver = NULL;
	bool is_on = conf_bool(conf, "s2s.enabled");

	must(sbuf_add(&key, is_on ? STR("on ") : STR("off ")) == OK);
	if (names_key(conf, &key) || str_eq(sbuf_str(&key), s->resolver_key))
		return;
	if (is_on && names_resolver(conf, s->home->loop, &resolver, &why)) {
		log_error(NULL, "other servers cannot be looked for in the DNS",
			  F_STR("why", sbuf_str(&why)));
		if (s->resolver)
			return; /* rather the one before than none */
	}
	s2s_life_set_resolver(s, resolver);
	mem_free((void *)(uintptr_t)s->resolver_key.ptr);
	s->resolver_key = str_make(str_dup(sbuf_str(&key)), key.len);
}

void federation_begin(const struct federation *f, struct s2s *s, struct tls_context *accept)
{
	memcpy(s->secret, f->secret, sizeof(s->secret));
	s->rates = f->rates; /* the same in all that follow this one */
	s2s_life_begin(s);
	federation_reload(f, s, accept);
}

void federation_reload(const struct federation *f, struct s2s *s, struct tls_context *accept)
{
	s2s_life_reload(s, &(struct s2s_tls){
				   .accept = accept, .connect = f->client_tls, .trust = f->trust });
	set_resolver(s);
	s2s_life_review(s);
}
