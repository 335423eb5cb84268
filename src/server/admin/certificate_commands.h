/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on the server's certificate. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_certificate_commands[];
