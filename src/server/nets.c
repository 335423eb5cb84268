/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of networks, see nets.h. */
#include "server/nets.h"

#include <stdio.h>

static enum err wrong(struct blame *blame, enum err e, const char *path, struct str text)
{
	(void)snprintf(blame->text, sizeof(blame->text), "%s: %.*s%s%s", path, STR_ARG(text),
		       text.len ? ": " : "", err_text(e));
	return e;
}

enum err nets_read(struct nets *n, const struct conf *conf, const char *path, struct blame *blame)
{
	size_t count = conf_list_count(conf, path);

	if (count > NETS_MAX)
		return wrong(blame, ERR_TOO_BIG, path, STR_NONE);
	for (size_t i = 0; i < count; i++) {
		struct str text = conf_list_at(conf, path, i);

		if (addr_net_parse(text, &n->items[i]))
			return wrong(blame, ERR_INVALID, path, text);
	}
	n->all = (struct addr_nets){ .items = n->items, .count = count };
	return OK;
}
