/* SPDX-License-Identifier: Apache-2.0 */
/* Stanzas that another server sends back on a stream that we have opened to it (XEP-0288): from its
 * domain to the one of ours that the stream is for, and no other. We have gone where the DNS, and
 * TLS as far as is demanded, says that this domain is: that shows as much as dialback. Above
 * s2s_out_life.c; at the home of the other domain. */
#pragma once

#include "server/s2s/s2s_out_life.h"

/* Before we log in: asks for it, if they offer it (features) and it is wanted. */
void s2s_back_ask(struct s2s_out *o);

/* The stream is open: they may send from now on, if that was asked for. */
void s2s_back_begin(struct s2s_out *o);

/* They count what we handle (XEP-0198) from now on; and ask for it: they hear it when it is
 * durable.
 */
void s2s_back_track(struct s2s_out *o);
void s2s_back_acknowledge(struct s2s_out *o);

/* An element that is none of the stream's own. Gives what a stream event gives. */
bool s2s_back_stanza(struct s2s_out *o, struct arena *a, struct xml *el);

/* An element has come: what is faster than the limits has to wait. */
void s2s_back_count(struct s2s_out *o, size_t bytes);
