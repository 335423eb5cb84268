/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of keys cannot know: whether values mean something. Before the server starts, and
 * on the loop that reloads. */
#pragma once

#include "server/conf/conf.h"

/* ERR_INVALID, and blame names file, line, key, value and what it must be: a domain that is none or
 * not in its normal form, an unknown log level or form, a network or an administrator's address
 * that cannot be, half a certificate. name: the file, for messages only. */
must_check enum err conf_check(const struct conf *conf, const char *name, struct blame *blame);
