/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the index of searches, see commands.h. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_search_commands[];
