/* SPDX-License-Identifier: Apache-2.0 */
/* The web pages for a configuration, see pages.h. */
#include "server/pages.h"

#include "base/sbuf.h"
#include "codec/idn.h"

enum { CONTACTS_MAX = 16, ORIGINS_MAX = 64 };

/* The domain as URLs have it: a view into buf, or what the configuration says. */
static struct str host_of(const struct conf *conf, char buf[IDN_ASCII_MAX + 1])
{
	struct str ascii;

	return idn_ascii(conf_str(conf, "domain"), buf, &ascii) == OK ? ascii
								      : conf_str(conf, "domain");
}

enum err pages_websocket_url(const struct conf *conf, const struct addr *addrs, struct sbuf *out)
{
	struct str url = conf_str(conf, "http.url"), scheme = STR("http");
	char buf[IDN_ASCII_MAX + 1];

	if (!str_starts(url, scheme))
		return site_write_websocket_url(out, host_of(conf, buf), addrs[LISTEN_HTTPS].port,
						addrs[LISTEN_HTTP].port);
	sbuf_lit(out, "ws"); /* https: wss */
	sbuf_add(out, str_from_at(url, scheme.len));
	return sbuf_lit(out, "/xmpp-websocket");
}

enum err pages_new(const struct conf *conf, const struct addr *addrs, struct site **ret_site)
{
	struct sbuf url scoped(sbuf_done) = SBUF(4 * KIB), base scoped(sbuf_done) = SBUF(4 * KIB);
	struct str contacts[CONTACTS_MAX], origins[ORIGINS_MAX];
	char buf[IDN_ASCII_MAX + 1];
	struct site_config config = { .https_port = addrs[LISTEN_HTTPS].port };
	size_t count = conf_list_count(conf, "contact.support");

	for (size_t i = 0; i < count && i < CONTACTS_MAX; i++)
		contacts[config.landing.contact_count++] = conf_list_at(conf, "contact.support", i);
	for (size_t i = 0; i < conf_list_count(conf, "http.origins") && i < ORIGINS_MAX; i++)
		origins[config.origin_count++] = conf_list_at(conf, "http.origins", i);
	config.origins = origins;
	config.landing.contacts = contacts;
	config.landing.domain = conf_str(conf, "domain");
	config.landing.is_registration_open = conf_bool(conf, "registration.open");
	config.host = host_of(conf, buf);
	(void)pages_websocket_url(conf, addrs, &url);
	if (url.len)
		config.landing.websocket_url = sbuf_str(&url);
	(void)site_write_url(&base, config.host, addrs[LISTEN_HTTPS].port, addrs[LISTEN_HTTP].port);
	config.url = conf_str(conf, "http.url");
	if (!config.url.len)
		config.url = sbuf_str(&base);
	if (conf_bool(conf, "http.client"))
		config.client = &web_embedded;
	return site_new(&config, ret_site);
}
