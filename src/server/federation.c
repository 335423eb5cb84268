/* SPDX-License-Identifier: Apache-2.0 */
/* Federation at start and reload, see federation.h. */
#include "server/federation.h"

#include "base/mem.h"
#include "server/s2s/s2s_life.h"

enum err federation_tls(const struct conf *conf, struct tls_context **ret_tls, struct sbuf *why)
{
	struct str ca = conf_str(conf, "s2s.ca");
	char *path = ca.len ? conf_resolve(conf, ca) : NULL;
	enum err e = tls_context_new_client(path, ret_tls, why);

	mem_free(path);
	return e;
}

void federation_fill(struct worker *w, struct tls_context *client_tls,
		     const struct addr_nets *trusted, const uint8_t *secret)
{
	w->s2s = (struct s2s){ .net = w->net,
			       .home = &w->home,
			       .tls = tls_context_ref(w->c2s.tls),
			       .client_tls = tls_context_ref(client_tls),
			       .trusted = trusted };
	memcpy(w->s2s.secret, secret, sizeof(w->s2s.secret));
	s2s_life_begin(&w->s2s);
}
