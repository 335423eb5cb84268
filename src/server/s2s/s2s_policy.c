/* SPDX-License-Identifier: Apache-2.0 */
/* The operator's wishes, see s2s_policy.h. */
#include "server/s2s/s2s_policy.h"

#include "fetch/guard.h"
#include "server/route/banned.h"
#include "server/route/home.h"
#include "server/route/service.h"
#include "xmpp/jid.h"

#include <stdio.h>

#define ROW(key) "s2s.hosts.*." key

static const struct conf_key keys[] = {
	{ "s2s.enabled", CONF_BOOL, "true", 0, 0,
	  "Whether this server exchanges messages with other servers (federation)." },
	{ "s2s.encryption", CONF_STR, "\"required\"", 0, 0,
	  "Whether streams between servers must be encrypted: required or optional." },
	{ "s2s.certificates", CONF_STR, "\"any\"", 0, 0,
	  "What shows who another server is: any (its certificate or, over TLS with any certificate, dialback) or valid (its certificate only)." },
	{ "s2s.ca", CONF_STR, "\"\"", 0, 0,
	  "Roots (PEM) that the certificates of other servers come from; empty: those of the system." },
	{ "s2s.allow", CONF_LIST, "[ ]", 0, 0,
	  "Domains of the only servers that messages are exchanged with, \"*.example.org\" for all below; empty: all." },
	{ "s2s.deny", CONF_LIST, "[ ]", 0, 0,
	  "Domains of servers that messages are not exchanged with, \"*.example.org\" for all below." },
	{ "s2s.bidi", CONF_BOOL, "true", 0, 0,
	  "Whether other servers that can do so may send on streams that this server has opened to them (XEP-0288)." },
	{ "s2s.private", CONF_BOOL, "true", 0, 0,
	  "Whether a domain may have its server at an address that is not of the public Internet (loopback, link-local, private networks), when the DNS says so; what s2s.hosts says holds anyway." },
	{ "s2s.hosts", CONF_GROUPS, "( )", 0, 1000,
	  "Other servers that the DNS does not know, or of which more is demanded, as ( { domain = \"b.example\"; address = \"192.0.2.1:5269\"; } )." },
	{ "s2s.hosts.*.domain", CONF_STR, "\"\"", 0, 0, "The domain of the other server." },
	{ "s2s.hosts.*.address", CONF_STR, "\"\"", 0, 0,
	  "Where it is, as \"192.0.2.1:5269\"; left out: the DNS is asked." },
	{ "s2s.hosts.*.certificates", CONF_STR, "\"\"", 0, 0,
	  "As s2s.certificates, for this domain; left out: as there." },
	{ "limits.server_queue", CONF_SIZE, "\"4MiB\"", 64 * KIB, 1024 * MIB,
	  "Stanzas that may wait for one other server; more are answered with an error." },
	{ "limits.server_queues", CONF_SIZE, "\"64MiB\"", 64 * KIB, 65536 * MIB,
	  "The same for all other servers together." },
	{ "limits.server_wait", CONF_DURATION, "\"60s\"", USEC_PER_SEC, USEC_PER_DAY,
	  "How long a stanza waits for a server that was there and cannot be reached, before its sender gets an error." },
	{ "limits.server_idle", CONF_DURATION, "\"1h\"", 10 * USEC_PER_SEC, 30 * USEC_PER_DAY,
	  "After so long without a stanza a stream to another server is closed." },
	{ "limits.server_resume", CONF_DURATION, "\"10m\"", USEC_PER_SEC, 7 * USEC_PER_DAY,
	  "How long a stream of another server may be resumed after its connection has broken (XEP-0198)." },
	{ "limits.server_streams", CONF_INT, "2000", 1, 1000000,
	  "Streams that other servers may have open on one loop." },
	{ "limits.server_streams_address", CONF_INT, "100", 1, 1000000,
	  "The same from one address; those of limits.trusted are not counted." },
	{ "limits.server_stanzas", CONF_INT, "500", 1, 1000000,
	  "Stanzas a second that are read from all streams of one other domain together; more wait there." },
	{ "limits.server_bytes", CONF_SIZE, "\"2MiB\"", 16 * KIB, 1024 * MIB,
	  "The same in bytes a second." },
	{ .path = NULL },
};

const struct conf_table s2s_conf_table = { .module = "Other servers", .keys = keys };

/* "*.example.org" stands for all that ends in ".example.org": a whole label, never a part of one
 * (XMPP.md 5, row 38). */
static bool matches(struct str pattern, struct str domain)
{
	if (str_starts(pattern, STR("*.")))
		return domain.len >= pattern.len && str_ends(domain, str_from_at(pattern, 1));
	return str_eq(pattern, domain);
}

static bool is_in(const struct conf *conf, const char *list, struct str domain)
{
	for (size_t i = 0; i < conf_list_count(conf, list); i++) {
		if (matches(conf_list_at(conf, list, i), domain))
			return true;
	}
	return false;
}

bool s2s_policy_allows(const struct home *h, struct str domain)
{
	const struct conf *conf = h->conf;

	if (!conf_bool(conf, "s2s.enabled") || is_in(conf, "s2s.deny", domain) ||
	    banned_covers(h, (struct jid){ .full = domain, .domain = domain }))
		return false;
	return !conf_list_count(conf, "s2s.allow") || is_in(conf, "s2s.allow", domain);
}

bool s2s_policy_is_ours(const struct home *h, struct str domain)
{
	return home_realm(h, domain) || services_find(h->services, domain);
}

bool s2s_policy_needs_tls(const struct conf *conf)
{
	return str_eq(conf_str(conf, "s2s.encryption"), STR("required"));
}

enum { OUTPUT_SLACK = 1024 * 1024 /* bytes beside the largest stanza */ };

bool s2s_policy_may_dial(const struct conf *conf, const struct addr *to)
{
	return conf_bool(conf, "s2s.private") || guard_allows(to, NULL);
}

size_t s2s_policy_output_limit(const struct conf *conf)
{
	return conf_size(conf, "limits.stanza_bytes") + OUTPUT_SLACK;
}

/* A text of the group of this domain; without pointer: there is none. */
static struct str host_text(const struct conf *conf, struct str domain, const char *row)
{
	for (size_t i = 0; i < conf_groups_count(conf, "s2s.hosts"); i++) {
		if (str_eq(conf_group_str(conf, ROW("domain"), i), domain))
			return conf_group_str(conf, row, i);
	}
	return STR_NONE;
}

bool s2s_policy_needs_certificate(const struct conf *conf, struct str domain)
{
	struct str own = host_text(conf, domain, ROW("certificates"));

	return str_eq(own.len ? own : conf_str(conf, "s2s.certificates"), STR("valid"));
}

struct addr s2s_policy_address(const struct conf *conf, struct str domain)
{
	struct str text = host_text(conf, domain, ROW("address"));
	struct addr found = { .is_set = false };

	if (text.len)
		must(addr_parse(text, &found) == OK); /* s2s_policy_check has seen to that */
	return found;
}

/* ---- checks ---- */

struct check {
	const struct conf *conf;
	const char *name;
	struct blame *blame;
};

static enum err wrong(const struct check *c, int line, struct str value, const char *must_be)
{
	value = str_sub(value, 0, 100);
	(void)snprintf(c->blame->text, sizeof(c->blame->text), "%s:%d: \"%.*s\" must be %s",
		       c->name, line, STR_ARG(value), must_be);
	return ERR_INVALID;
}

static bool is_domain(struct str text)
{
	struct arena a scoped(arena_done) = { 0 };
	struct str domain;

	arena_init(&a, 16 * KIB);
	return jid_prep_domain(&a, text, &domain) == OK && str_eq(domain, text);
}

static enum err check_list(const struct check *c, const char *path)
{
	for (size_t i = 0; i < conf_list_count(c->conf, path); i++) {
		struct str text = conf_list_at(c->conf, path, i);
		size_t skip = str_starts(text, STR("*.")) ? 2 : 0;

		if (!is_domain(str_from_at(text, skip)))
			return wrong(c, conf_line(c->conf, path), text,
				     "a domain like \"b.example\" or \"*.b.example\"");
	}
	return OK;
}

static enum err check_word(const struct check *c, int line, struct str value, const char *one,
			   const char *other)
{
	if (str_eq(value, str_from(one)) || str_eq(value, str_from(other)))
		return OK;
	return wrong(c, line, value,
		     str_eq(str_from(one), STR("any")) ? "any or valid" : "required or optional");
}

static enum err check_host(const struct check *c, size_t i)
{
	int line = conf_group_line(c->conf, ROW("domain"), i);
	struct str domain = conf_group_str(c->conf, ROW("domain"), i);
	struct str address = conf_group_str(c->conf, ROW("address"), i);
	struct str certificates = conf_group_str(c->conf, ROW("certificates"), i);
	struct addr parsed;

	if (!is_domain(domain))
		return wrong(c, line, domain, "a domain in its normal form, like \"b.example\"");
	if (addr_parse(address, &parsed) || (parsed.is_set && !parsed.port))
		return wrong(c, line, address, "an address like \"192.0.2.1:5269\"");
	return certificates.len ? check_word(c, line, certificates, "any", "valid") : OK;
}

enum err s2s_policy_check(const struct conf *conf, const char *name, struct blame *blame)
{
	struct check c = { .conf = conf, .name = name, .blame = blame };
	enum err e = check_list(&c, "s2s.allow");

	if (!e)
		e = check_list(&c, "s2s.deny");
	if (!e)
		e = check_word(&c, conf_line(conf, "s2s.encryption"),
			       conf_str(conf, "s2s.encryption"), "required", "optional");
	if (!e)
		e = check_word(&c, conf_line(conf, "s2s.certificates"),
			       conf_str(conf, "s2s.certificates"), "any", "valid");
	for (size_t i = 0; !e && i < conf_groups_count(conf, "s2s.hosts"); i++)
		e = check_host(&c, i);
	return e;
}
