/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the clients of an account. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_client_commands[];
