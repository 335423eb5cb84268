/* SPDX-License-Identifier: Apache-2.0 */
/* What clients ask of nodes (XEP-0060), at an account or at a service. On the entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* <pubsub/> of either namespace, get or set: an iq handler. */
enum verdict pep_on_request(struct dispatch *d);
