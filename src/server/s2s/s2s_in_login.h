/* SPDX-License-Identifier: Apache-2.0 */
/* How another server shows who it is: by dialback (XEP-0220), or by its certificate and EXTERNAL
 * (XEP-0178, RFC 6120 6). What was shown stands in the pairs of the stream. */
#pragma once

#include "server/s2s/s2s_in_life.h"

/* Adds to the features what may be done. */
void s2s_in_login_offer(struct s2s_in *c, struct arena *a, struct xml *features);

/* An element of dialback, or of SASL. These give what a stream event gives. */
bool s2s_in_login_dialback(struct s2s_in *c, struct arena *a, const struct xml *el);
bool s2s_in_login_external(struct s2s_in *c, struct arena *a, const struct xml *el);
