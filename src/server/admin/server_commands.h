/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the control socket: The server itself. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_server_commands[];
