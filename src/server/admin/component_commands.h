/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on external components. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_component_commands[];
