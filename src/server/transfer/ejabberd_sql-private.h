/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of ejabberd's database share. */
#pragma once

#include "server/transfer/foreign.h"
#include "server/transfer/sql_file.h"

struct ejabberd_sql {
	struct foreign foreign;
	struct sql_file file;
	struct str host, user;
	struct arena names; /* of the account */
};

typedef enum err ejabberd_sql_fn(struct ejabberd_sql *r, const struct sql_query *q);

/* Hands each row of the account in a table to fn. columns and rest ("ORDER BY …") are constant. A
 * table that is not there has no rows. */
must_check enum err ejabberd_sql_each(struct ejabberd_sql *r, const char *table,
				      const char *columns, const char *rest, ejabberd_sql_fn *fn);

/* The privacy lists, as one <query/>; and the published nodes with their items. */
must_check enum err ejabberd_sql_privacy(struct ejabberd_sql *r);
must_check enum err ejabberd_sql_nodes(struct ejabberd_sql *r);
