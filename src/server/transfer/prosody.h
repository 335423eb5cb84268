/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what Prosody (0.12, 13) keeps in files: the folder of its data_path. Prosody should have
 * been stopped. In bounded memory: one value of one account at a time. Blocking; one thread. */
#pragma once

#include "server/transfer/piece.h"

enum { PROSODY_STORES_MAX = 4096 /* folders of pubsub nodes */ };

/* Hands the accounts of domain to sink. ERR_INVALID, the reason in sink->report: nothing of
 * Prosody, or broken files; what sink gives; errors of files. */
must_check enum err prosody_read(const char *path, struct str domain, struct piece_sink *sink);
