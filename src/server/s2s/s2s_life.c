/* SPDX-License-Identifier: Apache-2.0 */
/* Begin, reload and end, see s2s_life.h. */
#include "server/s2s/s2s_life.h"

#include "server/s2s/s2s_in.h"
#include "server/s2s/s2s_remote.h"

void s2s_life_begin(struct s2s *s)
{
	s2s_in_init(s);
	s2s_remote_init(s);
}

void s2s_life_reload(struct s2s *s, struct tls_context *tls, struct tls_context *client_tls)
{
	(void)tls_context_unref(s->tls);
	(void)tls_context_unref(s->client_tls);
	s->tls = tls_context_ref(tls);
	s->client_tls = tls_context_ref(client_tls);
}

void s2s_life_stop(struct s2s *s)
{
	s->is_stopping = true;
	s2s_in_stop(s);
	s2s_remote_stop(s);
}
