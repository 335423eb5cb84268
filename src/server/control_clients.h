/* SPDX-License-Identifier: Apache-2.0 */
/* The clients of accounts, as the administrator's commands ask for them. Called on the first
 * worker's loop. */
#pragma once

#include "server/admin/call.h"

/* For struct admin_config; owner is the first worker's home. */
void control_list_clients(void *owner, struct str user,
			  void (*fn)(void *arg, enum err e, const struct admin_client *clients,
				     size_t count),
			  void *arg);
void control_remove_client(void *owner, struct str user, struct str id,
			   void (*fn)(void *arg, enum err e), void *arg);

/* Lists where the account user has pushes sent. */
void control_list_pushes(void *owner, struct str user,
			 void (*fn)(void *arg, enum err e, const struct admin_push *pushes,
				    size_t count),
			 void *arg);
