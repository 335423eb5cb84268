/* SPDX-License-Identifier: Apache-2.0 */
/* Servers of names, see names.h. */
#include "server/names/names.h"

#include "base/mem.h"

#include <stdio.h>
#include <unistd.h>

static const struct conf_key keys[] = {
	{ "resolve.servers", CONF_LIST, "[ ]", 0, 0,
	  "Servers of names that are asked about other domains, like \"192.0.2.53\" or \"[2001:db8::53]:53\"; they must pass on DNSSEC. Empty: those of /etc/resolv.conf." },
	{ "resolve.trust_anchor", CONF_STR, "\"\"", 0, 0,
	  "File with the keys that DNSSEC begins with; empty: those of the package dns-root-data, when it is there; \"none\": answers are not validated, and there is no DANE." },
	{ .path = NULL },
};

const struct conf_table names_conf_table = { .module = "Names of other servers", .keys = keys };

static enum err parse_server(struct str text, struct addr *ret_addr)
{
	return addr_parse_ip(text, ret_addr) == OK ? OK : addr_parse(text, ret_addr);
}

enum err names_check(const struct conf *conf, const char *name, struct blame *blame)
{
	size_t count = conf_list_count(conf, "resolve.servers");

	if (count > RESOLVE_SERVERS_MAX) {
		(void)snprintf(blame->text, sizeof(blame->text),
			       "%s:%d: 'resolve.servers' has more than %d servers", name,
			       conf_line(conf, "resolve.servers"), RESOLVE_SERVERS_MAX);
		return ERR_INVALID;
	}
	for (size_t i = 0; i < count; i++) {
		struct str text = conf_list_at(conf, "resolve.servers", i);
		struct addr a;

		if (parse_server(text, &a) == OK && a.is_set)
			continue;
		(void)snprintf(
			blame->text, sizeof(blame->text),
			"%s:%d: 'resolve.servers' has \"%.*s\", but must have addresses like "
			"\"192.0.2.53\" or \"192.0.2.53:53\"",
			name, conf_line(conf, "resolve.servers"), STR_ARG(str_sub(text, 0, 100)));
		return ERR_INVALID;
	}
	return OK;
}

char *names_anchor(const struct conf *conf)
{
	struct str text = conf_str(conf, "resolve.trust_anchor");

	if (str_eq(text, STR("none")))
		return NULL;
	if (text.len)
		return conf_resolve(conf, text);
	return access(RESOLVE_ROOT_KEY, R_OK) == 0 ? str_dup(STR(RESOLVE_ROOT_KEY)) : NULL;
}

enum err names_key(const struct conf *conf, struct sbuf *out)
{
	enum err e = sbuf_add(out, conf_str(conf, "resolve.trust_anchor"));

	for (size_t i = 0; !e && i < conf_list_count(conf, "resolve.servers"); i++) {
		e = sbuf_add(out, STR("\n"));
		if (!e)
			e = sbuf_add(out, conf_list_at(conf, "resolve.servers", i));
	}
	return e;
}

enum err names_resolver(const struct conf *conf, struct loop *loop, struct resolver **ret_resolver,
			struct sbuf *why)
{
	struct addr servers[RESOLVE_SERVERS_MAX];
	struct resolver_config config = { .servers = servers };
	char *anchor = names_anchor(conf);
	enum err e;

	for (size_t i = 0; i < conf_list_count(conf, "resolve.servers"); i++)
		must(parse_server(conf_list_at(conf, "resolve.servers", i),
				  &servers[config.server_count++]) == OK);
	config.trust_anchor = anchor;
	e = resolver_new(loop, &config, ret_resolver, why);
	mem_free(anchor);
	return e;
}
