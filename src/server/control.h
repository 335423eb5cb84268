/* SPDX-License-Identifier: Apache-2.0 */
/* What the administrator's commands ask of all workers: sessions, and the end of an account. Called
 * on the first worker's loop. */
#pragma once

#include "server/admin/call.h"
#include "server/route/home.h"

/* For struct admin_config; owner is the first worker's home. */
void control_list_sessions(void *owner, struct str user, unsigned max,
			   void (*fn)(void *arg, const struct admin_session *sessions,
				      size_t count),
			   void *arg);
void control_end_sessions(void *owner, struct str jid, void (*fn)(void *arg, size_t count),
			  void *arg);
void control_remove_account(void *owner, struct str jid, void (*fn)(void *arg, enum err e),
			    void *arg);
struct intake_limits control_import_limits(void *owner);
