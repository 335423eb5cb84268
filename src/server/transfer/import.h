/* SPDX-License-Identifier: Apache-2.0 */
/* An import from beginning to end: all of a source, or nothing.
 *
 * The source is read twice. The first reading writes nothing and refuses whatever is broken. Then
 * the names are reserved, and each gets a row in IMPORT_SPACE of the domain; then what the accounts
 * have is written under names that nobody can use, for there is no account yet. The accounts come
 * last, with their rows of IMPORT_SPACE going, in one commit. What breaks off in between is deleted
 * at once, or at the next start. */
#pragma once

#include "server/transfer/errand.h"
#include "server/transfer/job.h"

#define IMPORT_SPACE STR("import")

/* On the errand's thread. report says what came of it. */
must_check enum err import_run(struct errand *e, const struct transfer_job *job, struct str domain,
			       struct report *report);

/* Deletes what interrupted imports left. On the errand's thread. */
must_check enum err import_sweep(struct errand *e, struct str domain);
