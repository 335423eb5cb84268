/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator should know about this installation: certificate, rights, limits, disk,
 * backups, what is open to strangers. */
#pragma once

#include "server/admin/call.h"
#include "server/route/home.h"

/* For struct admin_config; owner is the first worker's home. What blocks is done in the pool; fn is
 * called once, later, on this loop. ERR_BUSY. */
void doctor_examine(void *owner, struct str data_dir,
		    void (*fn)(void *arg, enum err e, const struct admin_finding *findings,
			       size_t count),
		    void *arg);
