/* SPDX-License-Identifier: Apache-2.0 */
/* What the server needs for requests to the web: the fetcher (fetch/fetch.h) as configured, and the
 * key that push services know it by (RFC 8292). Made at start; what it holds may then be used on
 * any thread. */
#pragma once

#include "crypto/p256.h"
#include "fetch/fetch.h"
#include "server/conf/conf.h"

enum { OUTGOING_NETS_MAX = 64 /* entries of fetch.private */ };

struct outgoing {
	struct addr_net items[OUTGOING_NETS_MAX];
	struct addr_nets exceptions;
	struct p256_key key;
	struct fetcher *fetcher;
};

extern const struct conf_table outgoing_conf_table;

/* seed: P256_PRIVATE bytes. Starts the thread. ERR_INVALID: fetch.private; ERR_BUSY. */
must_check enum err outgoing_new(const struct conf *conf, const uint8_t *seed,
				 struct outgoing **ret_outgoing);
void outgoing_free(struct outgoing **o);
