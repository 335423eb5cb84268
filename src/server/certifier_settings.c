/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of ACME, see certifier_settings.h. */
#include "server/certifier_settings.h"

#include "base/mem.h"
#include "codec/base64.h"
#include "codec/hex.h"
#include "codec/idn.h"
#include "codec/url.h"
#include "crypto/digest.h"
#include "server/realms.h"
#include "xmpp/jid.h"

enum { SETTINGS_ARENA_MAX = 256 * 1024, KEY_BYTES_MAX = 512 };

static const struct conf_key keys[] = {
	{ "acme.agree", CONF_BOOL, "false", 0, 0,
	  "Whether the server gets its certificate itself, from the authority at acme.directory (ACME), to whose terms of service you agree by this; tls.certificate wins." },
	{ "acme.directory", CONF_STR, "\"https://acme-v02.api.letsencrypt.org/directory\"", 0, 0,
	  "URL of the authority's directory (RFC 8555 7.1.1)." },
	{ "acme.caa", CONF_STR, "\"\"", 0, 0,
	  "The domain by which CAA records name the authority; left out: letsencrypt.org where it is that, else the doctor compares none." },
	{ "acme.contact", CONF_LIST, "[ ]", 0, 0,
	  "Whom the authority may write to (\"mailto:admin@chat.example\")." },
	{ "acme.names", CONF_LIST, "[ ]", 0, 0,
	  "Names of the certificate; empty: the domain, those of rooms, pubsub and files, and the host of http.url. The authority comes to each of them." },
	{ "acme.challenge", CONF_STR, "\"any\"", 0, 0,
	  "How the names are shown to be ours: http-01 (over port 80), tls-alpn-01 (over port 443), or any: what the listeners allow, and after a failure the other one." },
	{ "acme.http", CONF_ADDR, "\"\"", 0, 0,
	  "Plain HTTP for the authority, on port 80: shows challenges, leads everything else to https. Not needed where listen.http is at port 80." },
	{ "acme.key_id", CONF_STR, "\"\"", 0, 0,
	  "Name of the key that the authority has given you for its accounts (external account binding)." },
	{ "acme.hmac_key", CONF_STR, "\"\"", 0, 0, "That key, in base64url." },
	{ "acme.rotate_key", CONF_BOOL, "false", 0, 0,
	  "Whether each certificate gets a new key; a TLSA record of the key must then change with it." },
	{ "acme.retry", CONF_DURATION, "\"10m\"", 1000000, 86400000000,
	  "How long to wait after a failure; doubled with each further one, up to a day." },
	{ "acme.ca_file", CONF_STR, "\"\"", 0, 0,
	  "Authorities (PEM) that the certificate of acme.directory itself is checked with; empty: those of the system." },
	{ "acme.private", CONF_LIST, "[ ]", 0, 0,
	  "Addresses or networks that are not public, but may be reached all the same when acme.directory is there." },
	{ .path = NULL },
};
const struct conf_table certifier_conf_table = { .module = "Certificates by ACME", .keys = keys };

static enum err wrong(struct certifier_fault *fault, const char *key, struct str value,
		      const char *must_be)
{
	*fault = (struct certifier_fault){ .key = key, .value = value, .must_be = must_be };
	return ERR_INVALID;
}

/* ---- names ---- */

/* Twice the same is once. ERR_INVALID, ERR_TOO_BIG. */
static enum err add_name(struct certifier_settings *s, struct str text)
{
	char buf[IDN_ASCII_MAX + 1];
	struct str domain, name;
	struct addr ip;

	if (jid_prep_domain(&s->arena, arena_dup(&s->arena, text), &domain) ||
	    idn_ascii(domain, buf, &name) || addr_parse_ip(name, &ip) == OK)
		return ERR_INVALID;
	for (size_t i = 0; i < s->name_count; i++) {
		if (str_eq(s->names[i], name))
			return OK;
	}
	if (s->name_count == ACME_NAMES_MAX)
		return ERR_TOO_BIG;
	s->names[s->name_count++] = arena_dup(&s->arena, name);
	return OK;
}

static enum err add_own_names(struct certifier_settings *s, const struct conf *conf)
{
	struct url url;
	struct str domain;
	enum err e = add_name(s, conf_str(conf, "domain"));

	for (unsigned i = 0; i < REALMS && !e; i++) {
		e = realms_domain(conf, i, &s->arena, &domain);
		if (!e)
			e = add_name(s, domain);
	}
	/* A proxy may have its own certificate under a name that is no host for us. */
	if (!e && url_read(conf_str(conf, "http.url"), &url) == OK && url.is_https)
		(void)add_name(s, url.host);
	return e;
}

static enum err read_names(struct certifier_settings *s, const struct conf *conf,
			   struct certifier_fault *fault)
{
	size_t count = conf_list_count(conf, "acme.names");

	if (!count && add_own_names(s, conf))
		return wrong(fault, "domain", conf_str(conf, "domain"),
			     "a host name, where acme.agree is set without acme.names");
	for (size_t i = 0; i < count; i++) {
		struct str text = conf_list_at(conf, "acme.names", i);

		if (add_name(s, text))
			return wrong(fault, "acme.names", text,
				     "at most 64 host names like \"chat.example\"");
	}
	return OK;
}

/* ---- the rest ---- */

static enum err read_way(struct certifier_settings *s, const struct conf *conf,
			 struct certifier_fault *fault)
{
	struct str way = conf_str(conf, "acme.challenge");
	struct addr http;

	s->has_other_way = str_eq(way, STR("any"));
	if (s->has_other_way) {
		/* On loopback it is behind a proxy, if anything. */
		bool has_http = addr_parse(conf_str(conf, "listen.http"), &http) == OK &&
				http.is_set && !addr_is_loopback(&http);

		s->way = has_http || conf_str(conf, "acme.http").len ? ACME_HTTP : ACME_TLS_ALPN;
		return OK;
	}
	for (s->way = 0; s->way < ACME_WAYS; s->way++) {
		if (str_eq(way, acme_way_name(s->way)))
			return OK;
	}
	return wrong(fault, "acme.challenge", way, "\"http-01\", \"tls-alpn-01\" or \"any\"");
}

static enum err read_binding(struct certifier_settings *s, const struct conf *conf,
			     struct certifier_fault *fault)
{
	struct str id = conf_str(conf, "acme.key_id"), key = conf_str(conf, "acme.hmac_key");

	if (!id.len != !key.len)
		return wrong(fault, "acme.key_id", id, "given together with 'acme.hmac_key'");
	s->binding_id = arena_dup(&s->arena, id);
	s->binding_key = STR("");
	if (key.len &&
	    (key.len > KEY_BYTES_MAX || base64_url_decode(&s->arena, key, &s->binding_key)))
		return wrong(fault, "acme.hmac_key", STR("…"), "a key in base64url");
	return OK;
}

static enum err read_lists(struct certifier_settings *s, const struct conf *conf,
			   struct certifier_fault *fault)
{
	for (size_t i = 0; i < conf_list_count(conf, "acme.contact"); i++) {
		struct str text = conf_list_at(conf, "acme.contact", i);

		if (i == CERTIFIER_CONTACTS_MAX || str_index(text, ':') <= 0)
			return wrong(fault, "acme.contact", text,
				     "at most 8 addresses like \"mailto:admin@chat.example\"");
		s->contacts[s->contact_count++] = arena_dup(&s->arena, text);
	}
	for (size_t i = 0; i < conf_list_count(conf, "acme.private"); i++) {
		struct str text = conf_list_at(conf, "acme.private", i);

		if (i == CERTIFIER_NETS_MAX || addr_net_parse(text, &s->nets[s->net_count++]))
			return wrong(fault, "acme.private", text,
				     "at most 16 addresses or networks like \"192.0.2.1\"");
	}
	return OK;
}

/* Another question to the authority deserves another answer: nobody waits then. */
static void make_print(struct certifier_settings *s, const struct conf *conf)
{
	struct sbuf all scoped(sbuf_done) = SBUF(MIB), hex scoped(sbuf_done) = SBUF(KIB);
	uint8_t digest[DIGEST_MAX];

	sbuf_printf(&all, "%.*s\n%.*s\n%.*s\n%.*s\n%.*s\n", STR_ARG(s->directory),
		    STR_ARG(s->binding_id), STR_ARG(conf_str(conf, "acme.challenge")),
		    STR_ARG(s->ca_file), STR_ARG(conf_str(conf, "acme.http")));
	for (size_t i = 0; i < s->name_count; i++)
		sbuf_printf(&all, "%.*s\n", STR_ARG(s->names[i]));
	for (size_t i = 0; i < s->contact_count; i++)
		sbuf_printf(&all, "%.*s\n", STR_ARG(s->contacts[i]));
	digest_of(DIGEST_SHA256, sbuf_str(&all), digest);
	(void)hex_encode(&hex, str_make((const char *)digest, CERTIFIER_PRINT_LEN / 2));
	memcpy(s->print, hex.ptr, CERTIFIER_PRINT_LEN);
	s->print[CERTIFIER_PRINT_LEN] = '\0';
}

static enum err read_all(const struct conf *conf, struct certifier_settings *s,
			 struct certifier_fault *fault)
{
	struct str ca_file = conf_str(conf, "acme.ca_file");
	enum err e;

	s->directory = arena_dup(&s->arena, conf_str(conf, "acme.directory"));
	if (!acme_is_url(s->directory))
		return wrong(fault, "acme.directory", conf_str(conf, "acme.directory"),
			     "an https URL");
	if (ca_file.len) {
		char *path = conf_resolve(conf, ca_file);

		s->ca_file = arena_dup(&s->arena, str_from(path));
		mem_free(path);
	}
	e = read_names(s, conf, fault);
	if (!e)
		e = read_way(s, conf, fault);
	if (!e)
		e = read_binding(s, conf, fault);
	if (!e)
		e = read_lists(s, conf, fault);
	return e;
}

enum err certifier_settings_read(const struct conf *conf, struct certifier_settings *ret_settings,
				 struct certifier_fault *fault)
{
	struct certifier_settings *s = ret_settings;
	enum err e = OK;

	memset(s, 0, sizeof(*s));
	arena_init(&s->arena, SETTINGS_ARENA_MAX);
	s->ca_file = s->directory = STR("");
	s->retry = conf_duration(conf, "acme.retry");
	s->rotates = conf_bool(conf, "acme.rotate_key");
	s->is_on = conf_bool(conf, "acme.agree") && !conf_str(conf, "tls.certificate").len;
	if (conf_bool(conf, "acme.agree"))
		e = read_all(conf, s, fault);
	make_print(s, conf);
	if (e)
		certifier_settings_done(s);
	return e;
}

void certifier_settings_done(struct certifier_settings *s)
{
	arena_wipe(&s->arena);
	memset(s, 0, sizeof(*s));
}
