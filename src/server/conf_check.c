/* SPDX-License-Identifier: Apache-2.0 */
/* Values that mean something, see conf_check.h. */
#include "server/conf_check.h"

#include "base/log.h"
#include "net/addr.h"
#include "server/certifier_settings.h"
#include "server/component/component_table.h"
#include "server/names/names.h"
#include "server/realms.h"
#include "server/s2s/s2s_policy.h"
#include "xep/mam_prefs.h"
#include "xmpp/jid.h"

#include <stdio.h>

enum { CHECK_ARENA_MAX = 64 * 1024, VALUE_SHOWN_MAX = 100 /* bytes */ };

struct check {
	const struct conf *conf;
	const char *name;
	struct blame *blame;
};

static enum err wrong(struct check *c, const char *key, struct str value, const char *must_be)
{
	value = str_sub(value, 0, VALUE_SHOWN_MAX);
	(void)snprintf(c->blame->text, sizeof(c->blame->text),
		       "%s:%d: '%s' is \"%.*s\", but must be %s", c->name, conf_line(c->conf, key),
		       key, STR_ARG(value), must_be);
	return ERR_INVALID;
}

/* Streams name the domain in its normal form: another one would never be ours. */
static enum err check_domain(struct check *c)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str domain = conf_str(c->conf, "domain"), normal;

	arena_init(&a, CHECK_ARENA_MAX);
	if (jid_prep_domain(&a, domain, &normal))
		return wrong(c, "domain", domain, "the name of a domain like \"chat.example\"");
	return str_eq(domain, normal) ? OK
				      : wrong(c, "domain", domain,
					      arena_dup(&a, arena_printf(&a, "written as \"%.*s\"",
									 STR_ARG(normal)))
						      .ptr);
}

static enum err check_log(struct check *c)
{
	struct str level = conf_str(c->conf, "log.level"), form = conf_str(c->conf, "log.form");
	enum log_level parsed;

	if (log_level_parse(level, &parsed))
		return wrong(c, "log.level", level, "error, warn, info, debug or trace");
	if (!str_eq(form, STR("text")) && !str_eq(form, STR("json")))
		return wrong(c, "log.form", form, "text or json");
	return OK;
}

/* libc takes no other. */
static enum err check_resolver(struct check *c)
{
	struct str text = conf_str(c->conf, "dns.resolver");
	struct addr a;

	if (addr_parse(text, &a) || (a.is_set && !addr_is_v4(&a)))
		return wrong(c, "dns.resolver", text, "an IPv4 address like \"192.0.2.53:53\"");
	return OK;
}

static enum err check_archive(struct check *c)
{
	struct str text = conf_str(c->conf, "archive.default");
	enum mam_default parsed;

	return mam_default_parse(text, &parsed)
		       ? wrong(c, "archive.default", text, "always, never or roster")
		       : OK;
}

static enum err check_nets(struct check *c, const char *key)
{
	for (size_t i = 0; i < conf_list_count(c->conf, key); i++) {
		struct str text = conf_list_at(c->conf, key, i);
		struct addr_net net;

		if (addr_net_parse(text, &net))
			return wrong(
				c, key, text,
				"addresses or networks like \"192.0.2.1\" or \"2001:db8::/32\"");
	}
	return OK;
}

static enum err check_admins(struct check *c)
{
	struct arena a scoped(arena_done) = { 0 };

	for (size_t i = 0; i < conf_list_count(c->conf, "admins"); i++) {
		struct str text = conf_list_at(c->conf, "admins", i);
		struct jid jid;

		arena_init(&a, CHECK_ARENA_MAX);
		if (jid_parse(&a, text, &jid) || !jid.node.len || jid.resource.len)
			return wrong(c, "admins", text, "addresses like \"admin@chat.example\"");
		arena_done(&a);
	}
	return OK;
}

static enum err check_invites(struct check *c)
{
	struct str who = conf_str(c->conf, "invites.accounts");

	if (!str_eq(who, STR("nobody")) && !str_eq(who, STR("admins")) &&
	    !str_eq(who, STR("users")))
		return wrong(c, "invites.accounts", who, "\"nobody\", \"admins\" or \"users\"");
	return OK;
}

static enum err check_tls(struct check *c)
{
	struct str certificate = conf_str(c->conf, "tls.certificate"),
		   key = conf_str(c->conf, "tls.key");

	if (certificate.len && !key.len)
		return wrong(c, "tls.certificate", certificate, "given together with 'tls.key'");
	if (key.len && !certificate.len)
		return wrong(c, "tls.key", key, "given together with 'tls.certificate'");
	return OK;
}

static enum err check_acme(struct check *c)
{
	struct certifier_settings settings;
	struct certifier_fault fault;

	if (certifier_settings_read(c->conf, &settings, &fault))
		return wrong(c, fault.key, fault.value, fault.must_be);
	certifier_settings_done(&settings);
	return OK;
}

/* Clients read them without a password, over the web (XEP-0455 2.1). */
static enum err check_outage(struct check *c)
{
	for (size_t i = 0; i < conf_list_count(c->conf, "outage.status"); i++) {
		struct str url = conf_list_at(c->conf, "outage.status", i);
		size_t scheme = str_starts(url, STR("https://"))  ? 8
				: str_starts(url, STR("http://")) ? 7
								  : url.len;

		for (size_t k = 0; k < url.len; k++) {
			/* What no URI may hold (RFC 3986 2). */
			if (url.ptr[k] <= ' ' || url.ptr[k] == 0x7f ||
			    strchr("<>\"{}|\\^`", url.ptr[k]))
				scheme = url.len;
		}
		if (scheme == url.len || url.ptr[scheme] == '/')
			return wrong(c, "outage.status", url,
				     "addresses like \"https://status.example/chat.json\"");
	}
	return OK;
}

/* Each has a domain of its own. */
static enum err check_realm(struct check *c, const struct services *services, unsigned i)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str domain, other;

	arena_init(&a, CHECK_ARENA_MAX);
	if (realms_domain(c->conf, i, &a, &domain))
		return wrong(c, realms_key(i), conf_str(c->conf, realms_key(i)),
			     "a domain other than the server's, like \"rooms.chat.example\"");
	for (unsigned k = 0; k < i; k++) {
		if (realms_domain(c->conf, k, &a, &other) == OK && str_eq(domain, other))
			return wrong(c, realms_key(i), domain,
				     "another domain than other services'");
	}
	return services_find(services, domain)
		       ? wrong(c, realms_key(i), domain, "another domain than a component's")
		       : OK;
}

static enum err check_components(struct check *c)
{
	struct services *services;
	enum err e = component_table_read(c->conf, c->name, &services, c->blame);

	if (!e) {
		for (unsigned i = 0; i < REALMS && !e; i++)
			e = check_realm(c, services, i);
		(void)services_unref(services);
	}
	return e;
}

enum err conf_check(const struct conf *conf, const char *name, struct blame *blame)
{
	struct check c = { .conf = conf, .name = name, .blame = blame };
	enum err e = check_domain(&c);

	if (!e)
		e = check_log(&c);
	if (!e)
		e = check_archive(&c);
	if (!e)
		e = check_resolver(&c);
	if (!e)
		e = names_check(conf, name, blame);
	if (!e)
		e = check_nets(&c, "limits.trusted");
	if (!e)
		e = check_nets(&c, "proxies");
	if (!e)
		e = check_nets(&c, "fetch.private");
	if (!e)
		e = check_nets(&c, "login.component_plaintext");
	if (!e)
		e = check_components(&c);
	if (!e)
		e = s2s_policy_check(conf, name, blame);
	if (!e)
		e = check_outage(&c);
	if (!e)
		e = check_admins(&c);
	if (!e)
		e = check_invites(&c);
	if (!e)
		e = check_acme(&c);
	return e ? e : check_tls(&c);
}
