/* SPDX-License-Identifier: Apache-2.0 */
/* The whole server: wires everything once, in one visible order, and runs until it is told to stop.
 */
#pragma once

#include "server/conf/conf.h"

/* All tables of configuration keys, ended by NULL; *ret_count without it. */
const struct conf_table *const *server_conf_tables(size_t *ret_count);

/* Reads the file at path (NULL: the built-in defaults) and judges its values. What is wrong is in
 * blame. */
must_check enum err server_read_conf(const char *path, struct conf **ret_conf, struct blame *blame);

/* Whether the server would take the configuration, and data that are there already: those of a
 * newer version it would not. Looks only; a server may run. */
must_check enum err server_check(const char *config_path, struct blame *blame);

/* Makes the data folder of the configuration from a backup, and says what was restored; the server
 * must not run (backup/restore.h). */
must_check enum err server_restore(const char *config_path, const char *backup,
				   struct blame *blame);

/* Runs the server on this thread and those that it starts, until SIGTERM or SIGINT. config_path:
 * NULL for the built-in defaults. SIGHUP reads it again. What stops it from starting is in blame,
 * and the error is given. *ret_wants_restart: an administrator has asked for another start. */
must_check enum err server_run(const char *config_path, bool *ret_wants_restart,
			       struct blame *blame);
