/* SPDX-License-Identifier: Apache-2.0 */
/* The web pages of this server, as a configuration wants them. At the start, and on the first
 * worker's loop. */
#pragma once

#include "server/conf/conf.h"
#include "server/worker.h"

/* The caller's count. addrs: where the listeners really are (LISTEN_KINDS of them). ERR_TOO_BIG. */
must_check enum err pages_new(const struct conf *conf, const struct addr *addrs,
			      struct site **ret_site);
