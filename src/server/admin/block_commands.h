/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on addresses that are blocked for everybody: block add, remove, list, test. */
#pragma once

#include "server/admin/call.h"

/* Blocks text (is_added), or takes it back, and answers the call, whose arg "reason" may say why.
 */
void admin_block_change(struct admin_call *call, struct str text, bool is_added);

extern const struct admin_command admin_block_commands[];
