/* SPDX-License-Identifier: Apache-2.0 */
/* What the administrator's commands ask of the certifier (server/certifier.h), which is the owner.
 * On the first worker's loop. */
#pragma once

#include "server/admin/call.h"

/* For struct admin_config. */
void control_show_certificate(void *owner,
			      void (*fn)(void *arg, const struct admin_certificate *certificate),
			      void *arg);
void control_renew_certificate(void *owner, void (*fn)(void *arg, enum err e, struct str why),
			       void *arg);
