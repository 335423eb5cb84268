/* SPDX-License-Identifier: Apache-2.0 */
/* What a server announced, as one text that both sides can hash: protection of SCRAM against
 * somebody who takes mechanisms or channel bindings out (XEP-0474 5.1). Any thread. */
#pragma once

#include "base/arena.h"

/* mechanisms and bindings in any order; the arrays are sorted (i;octet). No bindings: XEP-0440 was
 * not used. In the arena. */
struct str announced_text(struct arena *a, struct str *mechanisms, size_t mechanism_count,
			  struct str *bindings, size_t binding_count);
