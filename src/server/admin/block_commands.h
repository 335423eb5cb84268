/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on addresses that are blocked for everybody: block add, remove, list, test. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_block_commands[];
