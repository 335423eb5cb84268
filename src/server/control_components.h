/* SPDX-License-Identifier: Apache-2.0 */
/* The external components for the administrator, asked of all workers. On the first worker's loop.
 */
#pragma once

#include "server/admin/call.h"
#include "server/route/home.h"

/* For struct admin_config; owner is the first worker's home. */
void control_list_components(void *owner,
			     void (*fn)(void *arg, const struct admin_component *components,
					size_t count),
			     void *arg);
