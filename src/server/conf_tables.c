/* SPDX-License-Identifier: Apache-2.0 */
/* All tables of configuration keys, and the reading of a configuration by them. Any thread. */
#include "server/bans.h"
#include "server/certifier_settings.h"
#include "server/component/component_conn.h"
#include "server/conf/base_table.h"
#include "server/conf_check.h"
#include "server/feature/features.h"
#include "server/names/names.h"
#include "server/outgoing.h"
#include "server/pubsub/pubsub.h"
#include "server/retention.h"
#include "server/room/rooms.h"
#include "server/s2s/s2s_policy.h"
#include "server/server.h"
#include "server/session/c2s.h"
#include "server/session/session.h"
#include "server/upload/settings.h"

enum { TABLES_MAX = 64 };

const struct conf_table *const *server_conf_tables(size_t *ret_count)
{
	static const struct conf_table *tables[TABLES_MAX];
	size_t n = 0;

	tables[n++] = &conf_base_table;
	tables[n++] = &c2s_conf_table;
	tables[n++] = &session_conf_table;
	tables[n++] = &component_conf_table;
	tables[n++] = &s2s_conf_table;
	tables[n++] = &retention_conf_table;
	tables[n++] = &upload_conf_table;
	tables[n++] = &outgoing_conf_table;
	tables[n++] = &names_conf_table;
	tables[n++] = &bans_conf_table;
	tables[n++] = &certifier_conf_table;
	for (const struct feature *const *f = features; *f; f++) {
		must(n < TABLES_MAX - 1);
		if ((*f)->conf)
			tables[n++] = (*f)->conf;
	}
	for (const struct feature *const *f = room_features; *f; f++) {
		if ((*f)->conf)
			tables[n++] = (*f)->conf;
	}
	for (const struct feature *const *f = pubsub_features; *f; f++) {
		if ((*f)->conf)
			tables[n++] = (*f)->conf;
	}
	*ret_count = n;
	return tables;
}

enum err server_read_conf(const char *path, struct conf **ret_conf, struct blame *blame)
{
	size_t count;
	const struct conf_table *const *tables = server_conf_tables(&count);
	const char *name = path ? path : "built-in";
	struct conf *conf;
	enum err e = path ? conf_load(path, tables, count, &conf, blame)
			  : conf_parse(STR(""), name, tables, count, &conf, blame);

	if (e)
		return e;
	e = conf_check(conf, name, blame);
	if (e)
		(void)conf_unref(conf);
	else
		*ret_conf = conf;
	return e;
}
