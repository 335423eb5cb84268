/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the web, see outgoing.h. */
#include "server/outgoing.h"

#include "base/mem.h"
#include "crypto/secret.h"

static const struct conf_key keys[] = {
	{ "fetch.private", CONF_LIST, "[ ]", 0, 0,
	  "Addresses or networks that are not public, but may be reached all the same when a user names a push service there." },
	{ "fetch.plain", CONF_BOOL, "false", 0, 0,
	  "Whether http: does for the addresses of fetch.private; for tests." },
	{ "fetch.ca_file", CONF_STR, "\"\"", 0, 0,
	  "Authorities (PEM) that certificates of push services are checked with; empty: those of the system." },
	{ .path = NULL },
};
const struct conf_table outgoing_conf_table = { .module = "Requests to the web", .keys = keys };

static bool read_nets(const struct conf *conf, struct outgoing *o)
{
	size_t count = conf_list_count(conf, "fetch.private");

	if (count > OUTGOING_NETS_MAX)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (addr_net_parse(conf_list_at(conf, "fetch.private", i), &o->items[i]))
			return false;
	}
	o->exceptions = (struct addr_nets){ .items = o->items, .count = count };
	return true;
}

enum err outgoing_new(const struct conf *conf, const uint8_t *seed, struct outgoing **ret_outgoing)
{
	struct outgoing *o = mem_zalloc(1, sizeof(*o));
	struct fetch_config config = { .exceptions = &o->exceptions,
				       .may_be_plain = conf_bool(conf, "fetch.plain") };
	struct str ca_file = conf_str(conf, "fetch.ca_file");
	char *path = ca_file.len ? conf_resolve(conf, ca_file) : NULL;
	enum err err = ERR_INVALID;

	config.ca_file = str_from(path);
	if (read_nets(conf, o))
		err = fetcher_new(&config, &o->fetcher);
	mem_free(path);
	if (err) {
		mem_free(o);
		return err;
	}
	p256_from_seed(seed, &o->key);
	*ret_outgoing = o;
	return OK;
}

void outgoing_free(struct outgoing **o)
{
	if (!*o)
		return;
	fetcher_free(&(*o)->fetcher);
	secret_wipe(&(*o)->key, sizeof((*o)->key));
	mem_free(*o);
	*o = NULL;
}
