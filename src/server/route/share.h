/* SPDX-License-Identifier: Apache-2.0 */
/* One stanza to everybody in an audience. */
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "server/route/audience.h"

/* Brings stanza (serialised, with from and without to) to everybody in a whom view means, to added
 * for each. Who is not there any more: a message comes back as an error, like any other. received:
 * when what led to it was read, 0 for unknown. On the loop of h. */
void share_send(struct home *h, struct audience *a, const struct audience_view *view,
		struct bytes *stanza, usec_t received);
