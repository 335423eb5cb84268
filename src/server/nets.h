/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of networks out of the configuration. At start. */
#pragma once

#include "net/addr.h"
#include "server/conf/conf.h"

enum { NETS_MAX = 256 /* entries of one list */ };

struct nets {
	struct addr_net items[NETS_MAX];
	struct addr_nets all; /* a view into items */
};

/* Reads the list at path of conf. ERR_TOO_BIG, ERR_INVALID: a sentence is in blame. */
must_check enum err nets_read(struct nets *n, const struct conf *conf, const char *path,
			      struct blame *blame);
