/* SPDX-License-Identifier: Apache-2.0 */
/* parleyctl restore: the one command that is carried out here, because it wants no server. Blocks;
 * one thread. */
#pragma once

#include "base/str.h"

#include <jansson.h>

struct blame;

/* Makes data_dir from the backup at path (server/backup/restore.h). *ret_result: what there is to
 * say, an object with --json, a text otherwise; the caller's. */
must_check enum err restore_offline(const char *path, struct str data_dir, struct str domain,
				    bool is_json, json_t **ret_result, struct blame *blame);
