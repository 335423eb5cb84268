/* SPDX-License-Identifier: Apache-2.0 */
/* What clients ask to be published and taken away (XEP-0060 7). Iq handlers of feature/pep: on the
 * entity's loop. */
#pragma once

#include "server/route/dispatch.h"

/* <publish/>, with <publish-options/> beside it. */
enum verdict pep_on_publish(struct dispatch *d, const struct xml *publish);

/* <retract/>. */
enum verdict pep_on_retract(struct dispatch *d, const struct xml *retract);
