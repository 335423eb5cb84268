/* SPDX-License-Identifier: Apache-2.0 */
/* Young entries as a table for the statements of a reader: young (owner, seq, body, peer, flags,
 * dedup). It is only asked for one owner at a time; in the order of seq it costs no sorting. */
#pragma once

#include "server/store/sqlite/db.h"
#include "server/store/sqlite/young.h"

/* Gives d the table; y and v stay as long as d. Rows are those of v's snapshot. */
must_check enum err young_table_add(struct db *d, struct young *y, const struct young_view *v);
