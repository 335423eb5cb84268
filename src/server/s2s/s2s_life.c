/* SPDX-License-Identifier: Apache-2.0 */
/* Begin, reload and end, see s2s_life.h. */
#include "server/s2s/s2s_life.h"

#include "resolve/resolve.h"
#include "server/s2s/s2s_in.h"
#include "server/s2s/s2s_in_dane.h"
#include "server/s2s/s2s_remote.h"

void s2s_life_begin(struct s2s *s)
{
	s2s_in_init(s);
	s2s_remote_init(s);
}

void s2s_life_reload(struct s2s *s, const struct s2s_tls *tls)
{
	(void)tls_context_unref(s->tls.accept);
	(void)tls_context_unref(s->tls.connect);
	(void)tls_trust_unref(s->tls.trust);
	s->tls = (struct s2s_tls){ .accept = tls_context_ref(tls->accept),
				   .connect = tls_context_ref(tls->connect),
				   .trust = tls_trust_ref(tls->trust) };
}

void s2s_life_review(struct s2s *s)
{
	s2s_in_review(s);
	s2s_remote_review(s);
}

void s2s_life_set_resolver(struct s2s *s, struct resolver *resolver)
{
	struct resolver *before = s->resolver;

	s->resolver = resolver;
	s2s_remote_dial_again(s);
	s2s_in_dane_stop(s);
	resolver_free(&before);
}

void s2s_life_stop(struct s2s *s)
{
	s->is_stopping = true;
	s2s_in_stop(s);
	s2s_remote_stop(s);
}
