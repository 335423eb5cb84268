/* SPDX-License-Identifier: Apache-2.0 */
/* How we show another server who we are: by our certificate and EXTERNAL (XEP-0178) where that is
 * offered, else by dialback (XEP-0220). */
#pragma once

#include "server/s2s/s2s_out_life.h"

/* For the owner: logs in, now or when that is possible; harmless if it has. */
void s2s_out_login_begin(struct s2s_out *o);

/* For the owner: whether questions may be asked (on_ready was called), and asking one. The answer:
 * on_answer. */
bool s2s_out_login_is_ready(const struct s2s_out *o);
void s2s_out_login_ask(struct s2s_out *o, const struct s2s_verify *v);

/* Their features, on a stream that is as secure as it gets; NULL: they have none. */
void s2s_out_login_features(struct s2s_out *o, const struct xml *features);

/* An element of dialback, or of SASL. These give what a stream event gives. */
bool s2s_out_login_dialback(struct s2s_out *o, struct arena *a, const struct xml *el);
bool s2s_out_login_sasl(struct s2s_out *o, const struct xml *el);
