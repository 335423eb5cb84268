/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all commands of the control socket. */
#pragma once

#include "server/admin/call.h"

/* Lists of commands, each ended by a row without words. */
extern const struct admin_command *const admin_commands[];
extern const size_t admin_commands_count;
