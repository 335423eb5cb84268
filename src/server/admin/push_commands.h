/* SPDX-License-Identifier: Apache-2.0 */
/* The command that tells what became of an account's pushes. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_push_commands[];
