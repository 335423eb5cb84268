/* SPDX-License-Identifier: Apache-2.0 */
/* Other servers for the administrator, asked of all workers. On the first worker's loop. */
#pragma once

#include "server/admin/call.h"
#include "server/route/home.h"

/* For struct admin_config; owner is the first worker's home. */
void control_list_streams(void *owner,
			  void (*fn)(void *arg, const struct admin_stream *streams, size_t count),
			  void *arg);
void control_test_server(void *owner, struct str domain, void (*fn)(void *arg, struct str why),
			 void *arg);
