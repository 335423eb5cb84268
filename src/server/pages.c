/* SPDX-License-Identifier: Apache-2.0 */
/* The web pages for a configuration, see pages.h. */
#include "server/pages.h"

#include "base/sbuf.h"

enum { CONTACTS_MAX = 16, ORIGINS_MAX = 64 };

enum err pages_new(const struct conf *conf, const struct addr *addrs, struct site **ret_site)
{
	struct sbuf url scoped(sbuf_done) = SBUF(4 * KIB), base scoped(sbuf_done) = SBUF(4 * KIB);
	struct str contacts[CONTACTS_MAX], origins[ORIGINS_MAX];
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
	(void)site_write_websocket_url(&url, config.landing.domain, addrs[LISTEN_HTTPS].port,
				       addrs[LISTEN_HTTP].port);
	if (url.len)
		config.landing.websocket_url = sbuf_str(&url);
	(void)site_write_url(&base, config.landing.domain, addrs[LISTEN_HTTPS].port,
			     addrs[LISTEN_HTTP].port);
	config.url = conf_str(conf, "http.url");
	if (!config.url.len)
		config.url = sbuf_str(&base);
	if (conf_bool(conf, "http.client"))
		config.client = &web_embedded;
	return site_new(&config, ret_site);
}
