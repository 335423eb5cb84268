/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be moved, and who is told. */
#pragma once

#include "server/transfer/intake.h"
#include "server/transfer/report.h"

enum transfer_kind {
	TRANSFER_EXPORT,
	TRANSFER_IMPORT,   /* XEP-0227 */
	TRANSFER_PROSODY,  /* import of its folder */
	TRANSFER_EJABBERD, /* import of its dump */
};

struct transfer_job {
	enum transfer_kind kind;
	struct str path;   /* of the file, or folder */
	struct str owner;  /* EXPORT: whose; unset: everybody's */
	struct str domain; /* IMPORT: whose accounts are wanted; unset: those of ours */
	struct intake_limits limits;
	bool is_dry;         /* IMPORT: only looks */
	bool skips_existing; /* IMPORT: accounts that are here are left alone */
	/* Once, on the loop. err and report->fault say why nothing was done. */
	void (*fn)(void *arg, enum err err, const struct report *report);
	void *arg;
};
