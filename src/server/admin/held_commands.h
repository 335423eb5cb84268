/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on accounts that are quietly held: held list, release. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_held_commands[];
