/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3): one datagram to whoever watches the process. */
#pragma once

#include "base/str.h"

/* Sends state ("READY=1") to $NOTIFY_SOCKET, if there is one. may_wait: up to a second for one who
 * does not read, at the start and the end only; otherwise it is then not said. */
void notify_systemd(struct str state, bool may_wait);
