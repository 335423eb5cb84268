/* SPDX-License-Identifier: Apache-2.0 */
/* The table of components as the configuration has it. Any thread. */
#pragma once

#include "server/conf/conf.h"
#include "server/route/service.h"

enum {
	COMPONENT_SECRET_MIN = 16,     /* bytes */
	COMPONENT_SECRET_MAX = 1024,   /* bytes */
	COMPONENT_NAMESPACES_MAX = 64, /* of one right */
	COMPONENT_ATTRS_MAX = 8,       /* of a delegated namespace */
};

/* Makes the table of conf's components; name of the file for the sentence in blame. A count of it
 * is the caller's. ERR_INVALID: a name that is no domain, our own, or there twice; no secret, a
 * short one, or a file of it that cannot be read; a right that there is not. */
must_check enum err component_table_read(const struct conf *conf, const char *name,
					 struct services **ret_services, struct blame *blame);
