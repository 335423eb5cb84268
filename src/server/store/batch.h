/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a row of txns on a back end in as few commits as can be, so that a bad txn fails alone. The
 * store's writer thread. */
#pragma once

#include "server/store/backend.h"

/* Applies txns (count of them; each with its err OK) in order and sets the err of each that fails.
 * All go into one commit. When a txn cannot be applied, those in front of it are committed
 * together, it alone fails with its error, and the rest goes on in a further commit. When a commit
 * itself fails (ERR_NO_SPACE, ERR_IO), all txns in it fail with that. Of the COUNTED of one session
 * only the last in a commit is written. Txns that are already failed are left out. */
void batch_run(const struct store_backend *vt, void *backend, struct txn **txns, unsigned count);
