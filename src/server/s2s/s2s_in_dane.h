/* SPDX-License-Identifier: Apache-2.0 */
/* DANE for streams that another server has opened (RFC 7673): where no authority shows whose its
 * certificate is, the DNS may. Beside s2s_in_login.c; on the stream's loop. */
#pragma once

#include "server/s2s/s2s_in_life.h"

/* c, whose header has come, goes on with then: at once, or, where the DNS can say something about
 * its certificate, when it has, or has not in time (PROOF_USEC). Nothing is read until then. */
void s2s_in_dane_ask(struct s2s_in *c, void (*then)(struct s2s_in *c));

/* Nobody is asked any more: all go on. */
void s2s_in_dane_stop(struct s2s *s);
