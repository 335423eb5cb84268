/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets of the installation: random, made at the first start, kept in the data folder for ever.
 */
#pragma once

#include "base/sbuf.h"
#include "crypto/seal.h"

struct secrets {
	uint8_t scram[32];           /* salts of accounts that do not exist, see xmpp/scram.h */
	uint64_t id_key[4];          /* archive ids and resources, see route/home.h */
	uint8_t token_key[SEAL_KEY]; /* what tokens of clients are kept with, see model/token.h */
	uint8_t push_seed[32];       /* of the key that push services know us by, crypto/p256.h */
};

/* Reads data_dir/secrets, or makes it (mode 0600, durable); a file of an earlier version, which has
 * fewer of them, gets the rest. Blocks; start-up only. ERR_INVALID: the
 * file is damaged; ERR_IO and others of the file system. */
must_check enum err secrets_load(struct str data_dir, struct secrets *ret_secrets);
