/* SPDX-License-Identifier: Apache-2.0 */
/* Moving accounts: one export or import at a time, beside the running server. On the loop of the
 * accounts' changes. */
#pragma once

#include "server/store/store.h"
#include "server/transfer/job.h"

struct accounts;
struct transfer;

struct transfer_config {
	struct loop *loop;
	struct store *store;
	struct accounts *accounts;
	struct str domain;
};

/* Nothing of config may go before transfer_free. */
struct transfer *transfer_new(const struct transfer_config *config)
	__attribute__((returns_nonnull));

/* When loops do not run any more: what is under way is broken off; what it has written is swept at
 * the next start. */
void transfer_free(struct transfer **transfer);

/* Removes what an import left behind that the end of the process interrupted; the log says when it
 * cannot. Once, before the loop runs (it is run until this is done) and anybody can make accounts.
 */
void transfer_sweep(struct transfer *transfer);

/* Begins; strings are copied. ERR_BUSY: another one is under way; then fn is not called. */
must_check enum err transfer_start(struct transfer *transfer, const struct transfer_job *job);
