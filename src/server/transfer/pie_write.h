/* SPDX-License-Identifier: Apache-2.0 */
/* Writes accounts to a file as XEP-0227 1.1 says, in bounded memory. */
#pragma once

#include "server/transfer/errand.h"
#include "server/transfer/report.h"

/* Makes the file at path (a C string behind it, mode 0600), which must not exist, and appears when
 * it is whole. owner: a bare JID, or unset: all accounts of the domain. On the errand's thread.
 * ERR_EXISTS, ERR_NOT_FOUND, errors of the file and of the store; report->fault says which. */
must_check enum err pie_write(struct errand *e, struct str path, struct str domain,
			      struct str owner, struct report *report);
