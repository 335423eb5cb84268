/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3): one datagram to whoever watches the process. */
#pragma once

#include "base/str.h"

/* Sends state ("READY=1") to $NOTIFY_SOCKET, if there is one. Start and end only. */
void notify_systemd(struct str state);
