/* SPDX-License-Identifier: Apache-2.0 */
/* What this program implements, as pages: made from the features' tables and, for what no feature
 * serves (streams, login, the wire), from a table here. For `parleyd --docs`; any thread. */
#pragma once

#include "base/sbuf.h"

/* Appends docs/features.md: feature, documents with versions, source, tests. ERR_TOO_BIG: out's
 * limit. */
must_check enum err docs_write_features(struct sbuf *out);

/* Appends docs/doap.xml (XEP-0453): the same documents for machines. ERR_TOO_BIG: out's limit. */
must_check enum err docs_write_doap(struct sbuf *out);
