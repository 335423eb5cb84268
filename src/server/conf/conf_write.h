/* SPDX-License-Identifier: Apache-2.0 */
/* Files made from the configuration tables: a sample parley.conf, and docs/config.md. Any thread.
 */
#pragma once

#include "base/sbuf.h"
#include "server/conf/conf_key.h"

/* Appends a configuration file with every key at its default and its help as a comment above it.
 * Reading it gives the same values as an empty file. ERR_TOO_BIG: out's limit. */
must_check enum err conf_write_sample(struct sbuf *out, const struct conf_table *const *tables,
				      size_t count);

/* Appends docs/config.md: a heading and a table for each module. ERR_TOO_BIG: out's limit. */
must_check enum err conf_write_markdown(struct sbuf *out, const struct conf_table *const *tables,
					size_t count);
