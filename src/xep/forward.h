/* SPDX-License-Identifier: Apache-2.0 */
/* Stanza forwarding (XEP-0297 1.0). Any thread. */
#pragma once

#include "base/clock.h"
#include "xml/tree.h"

/* <forwarded/> around stanza, which must stand alone, with <delay/> where wall is not 0: when the
 * stanza was sent or received first. */
struct xml *forward_wrap(struct arena *a, struct xml *stanza, usec_t wall);

/* The stanza inside <forwarded/>; NULL if x is none, or holds none or more than one. */
struct xml *forward_inside(const struct xml *x);
