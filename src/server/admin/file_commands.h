/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on uploaded files: files list, files delete, files usage. */
#pragma once

#include "server/admin/call.h"

extern const struct admin_command admin_file_commands[];
