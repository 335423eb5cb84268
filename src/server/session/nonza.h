/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of a bound stream that are no stanzas: acknowledgements (XEP-0198 1.6.3) and client
 * state (XEP-0352 1.0.0). On the home's loop. */
#pragma once

#include "server/session/session.h"

/* For session_new. s may have ended afterwards. */
void nonza_take(struct session *s, struct dispatch *d, const struct xml *el);

/* Turns stream management on and gives the <enabled/> element. */
struct xml *nonza_enable(struct session *s, struct arena *a, bool wants_resume, struct str max);
