/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of accounts (XEP-0227 1.1), also those that include others (XInclude). In bounded
 * memory: at most one element of one account at a time. Blocking; one thread. */
#pragma once

#include "server/transfer/piece.h"

enum { PIE_INCLUDES_MAX = 1000000 /* of one import */ };

struct pie_options {
	const char *path;
	struct str domain; /* whose accounts are wanted */
	bool skips_hosts;  /* others are left out; otherwise they are refused */
};

/* Hands all accounts of the file to sink. ERR_INVALID, the reason in sink->report: not XML, not of
 * this format, a foreign host, an include that leaves the folder of the file; what sink gives;
 * errors of the file. */
must_check enum err pie_read(const struct pie_options *options, struct piece_sink *sink);
