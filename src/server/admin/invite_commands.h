/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of the control socket: Invitations. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_invite_commands[];
