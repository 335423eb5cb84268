/* SPDX-License-Identifier: Apache-2.0 */
/* The files of people that a configuration leads to: itself, certificate and key, secrets of
 * components. Any thread. */
#pragma once

#include "base/arena.h"
#include "server/conf/conf.h"

enum { SETTINGS_MAX = 600 };

struct settings {
	struct setting {
		struct str path; /* where it stands, NUL behind it */
		struct str name; /* below a backup's settings/: its base name, made unique */
	} items[SETTINGS_MAX];
	size_t count;
};

/* config_path: NULL for the built-in one. Strings are in the arena. More than SETTINGS_MAX: the
 * first ones, and false. */
bool settings_read(const struct conf *conf, const char *config_path, struct arena *a,
		   struct settings *ret_settings);
