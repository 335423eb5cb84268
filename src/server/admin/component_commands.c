/* SPDX-License-Identifier: Apache-2.0 */
/* Commands on external components: components list. */
#include "server/admin/component_commands.h"

static void on_components(void *arg, const struct admin_component *components, size_t count)
{
	struct admin_call *call = arg;
	json_t *rows = json_array();

	for (size_t i = 0; i < count; i++) {
		const struct admin_component *c = &components[i];
		json_t *row = json_object();

		json_object_set_new(row, "domain", admin_json_str(c->domain));
		json_object_set_new(row, "connected", json_boolean(c->is_connected));
		json_object_set_new(row, "from", admin_json_str(c->peer));
		json_object_set_new(row, "since",
				    c->is_connected ? admin_json_time(c->wall_since) : json_null());
		json_object_set_new(row, "unsent", json_integer((json_int_t)c->unsent));
		json_array_append_new(rows, row);
	}
	admin_reply(call, rows);
}

static void run_list(struct admin_call *call)
{
	const struct admin_config *config = call->config;

	if (config->list_components)
		config->list_components(config->owner, on_components, call);
	else
		admin_fail(call, "unsupported", "components cannot be listed");
}

const struct admin_command admin_component_commands[] = {
	{ "components list", "Lists the external components, and which are connected.", NULL,
	  run_list },
	{ .words = NULL },
};
