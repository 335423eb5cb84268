/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on reports of abuse (XEP-0377). */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_report_commands[];
