/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of parleyctl as a page, made from their table (server/admin/commands.h). Any
 * thread. */
#pragma once

#include "base/sbuf.h"

/* Appends docs/commands.md. ERR_TOO_BIG: out's limit. */
must_check enum err docs_write_commands(struct sbuf *out);
