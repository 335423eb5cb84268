/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of uploads. Any thread that has the configuration. */
#pragma once

#include "server/conf/conf.h"
#include "server/model/uploads.h"

extern const struct conf_table upload_conf_table;

struct upload_rules upload_rules_of(const struct conf *conf);

/* When a file is over that comes now: by its purpose, and not later than wall_end says (0: any
 * time). 0: never. */
usec_t upload_end_of(const struct conf *conf, enum upload_purpose purpose, usec_t wall_now,
		     usec_t wall_end);
