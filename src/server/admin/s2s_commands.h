/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on other servers. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_s2s_commands[];
