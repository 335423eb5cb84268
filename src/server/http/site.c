/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of one configuration. Any thread. */
#include "server/http/site.h"

#include "base/mem.h"
#include "server/http/page.h"
#include "server/http/well_known.h"

enum { ORIGINS_MAX = 64 * 1024 /* bytes of all origins */ };

struct site *site_ref(struct site *s)
{
	(void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	return s;
}

static void site_free(struct site *s)
{
	s->client = web_unref(s->client);
	s->landing = bytes_unref(s->landing);
	s->host_meta = bytes_unref(s->host_meta);
	s->host_meta_json = bytes_unref(s->host_meta_json);
	s->not_found = bytes_unref(s->not_found);
	s->no_verb = bytes_unref(s->no_verb);
	s->foreign = bytes_unref(s->foreign);
	s->upgrade = bytes_unref(s->upgrade);
	mem_free(s->host);
	mem_free(s->csp);
	mem_free(s->url);
	mem_free(s->origins);
	mem_free(s->origin_text);
	mem_free(s);
}

struct site *site_unref(struct site *s)
{
	if (s && __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) == 0)
		site_free(s);
	return NULL;
}

/* What stands in out becomes *ret, and out is empty again. */
static enum err keep(struct sbuf *out, enum err err, struct bytes **ret)
{
	if (!err)
		*ret = bytes_new(sbuf_str(out));
	sbuf_reset(out);
	return err;
}

static enum err make_error(struct sbuf *out, struct str domain, unsigned status,
			   struct str headline, struct str sentence, struct bytes **ret)
{
	return keep(out, page_write_error(out, domain, status, headline, sentence), ret);
}

static enum err make_errors(struct site *s, struct sbuf *out, struct str domain)
{
	enum err err = make_error(out, domain, 404, STR("There is no such page"),
				  STR("The address may have been mistyped, or the page is gone."),
				  &s->not_found);

	if (!err)
		err = make_error(out, domain, 405, STR("This cannot be done here"),
				 STR("The page is there, but does not take this kind of request."),
				 &s->no_verb);
	if (!err)
		err = make_error(out, domain, 403, STR("Not from this page"),
				 STR("Pages of another host may not connect to this server."),
				 &s->foreign);
	if (!err)
		err = make_error(
			out, domain, 426, STR("For clients"),
			STR("At this address clients open a WebSocket; there is nothing to "
			    "read."),
			&s->upgrade);
	return err;
}

static enum err make_pages(struct site *s, const struct landing *landing)
{
	struct sbuf out scoped(sbuf_done) = SBUF(PAGE_MAX);
	struct str url = landing->websocket_url;
	enum err err = keep(&out, landing_write(&out, landing), &s->landing);

	if (!err)
		err = keep(&out, well_known_write_xml(&out, url), &s->host_meta);
	if (!err)
		err = keep(&out, well_known_write_json(&out, url), &s->host_meta_json);
	if (!err)
		err = make_errors(s, &out, landing->domain);
	if (!err)
		err = page_write_csp(&out);
	if (!err)
		s->csp = str_dup(sbuf_str(&out));
	return err;
}

static enum err copy_origins(struct site *s, const struct site_config *config)
{
	struct sbuf text scoped(sbuf_done) = SBUF(ORIGINS_MAX);
	size_t at = 0;

	for (size_t i = 0; i < config->origin_count; i++)
		sbuf_add(&text, config->origins[i]);
	if (text.err)
		return text.err;
	s->origin_text = str_dup(sbuf_str(&text));
	s->origins = mem_zalloc(config->origin_count, sizeof(*s->origins));
	for (size_t i = 0; i < config->origin_count; i++) {
		s->origins[i] = str_make(s->origin_text + at, config->origins[i].len);
		at += config->origins[i].len;
	}
	s->origin_count = config->origin_count;
	return OK;
}

static struct web *make_client(const struct site_config *config)
{
	struct web_config web = { .bundle = config->client,
				  .websocket_url = config->landing.websocket_url,
				  .url = config->url };

	return web_new(&web);
}

enum err site_new(const struct site_config *config, struct site **ret_site)
{
	struct site *s = mem_zalloc(1, sizeof(*s));
	enum err err;

	s->refs = 1;
	s->https_port = config->https_port;
	s->host = str_dup(config->host);
	s->url = str_dup(config->url);
	if (config->client)
		s->client = make_client(config);
	err = make_pages(s, &config->landing);
	if (!err)
		err = copy_origins(s, config);
	if (err)
		site_free(s);
	else
		*ret_site = s;
	return err;
}

static enum err write_base(struct sbuf *out, struct str scheme, struct str domain,
			   uint16_t https_port, uint16_t http_port)
{
	uint16_t port = https_port ? https_port : http_port;

	if (!port)
		return out->err;
	sbuf_add(out, scheme);
	sbuf_add(out, https_port ? STR("s://") : STR("://"));
	sbuf_add(out, domain);
	if (port != (https_port ? 443 : 80))
		sbuf_printf(out, ":%u", (unsigned)port);
	return out->err;
}

enum err site_write_websocket_url(struct sbuf *out, struct str domain, uint16_t https_port,
				  uint16_t http_port)
{
	size_t before = out->len;

	(void)write_base(out, STR("ws"), domain, https_port, http_port); /* out->err tells */
	return out->len > before ? sbuf_lit(out, "/xmpp-websocket") : out->err;
}

enum err site_write_url(struct sbuf *out, struct str domain, uint16_t https_port,
			uint16_t http_port)
{
	return write_base(out, STR("http"), domain, https_port, http_port);
}
