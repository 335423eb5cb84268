/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of archived messages as others see them (XEP-0359): places in an archive behind a keyed
 * permutation, the same for ever. */
#pragma once

#include "server/route/home.h"

/* 13 characters of [a-z2-7], in the arena. seq is not negative. */
struct str archive_id_write(const struct home *h, struct arena *a, int64_t seq);

/* False for what is no such id. Any place may come out of one: whether there is a message is the
 * store's to say. */
bool archive_id_read(const struct home *h, struct str id, int64_t *ret_seq);
