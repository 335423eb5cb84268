/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration keys of the server itself (docs/config.md, "Server"). */
#pragma once

#include "server/conf/conf_key.h"

extern const struct conf_table conf_base_table;
