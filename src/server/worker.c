/* SPDX-License-Identifier: Apache-2.0 */
/* Workers, see worker.h. */
#include "server/worker.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "net/websocket.h"
#include "server/federation.h"
#include "server/route/home_life.h"
#include "server/s2s/s2s_in.h"
#include "server/s2s/s2s_life.h"
#include "server/s2s/s2s_policy.h"

#include <stdio.h>

static const usec_t STOP_POLL_USEC = 20 * USEC_PER_MSEC;

static const struct str http_alpn[] = { STR_INIT("http/1.1"), { .ptr = NULL } };

/* ---- what comes in ---- */

static bool is_full(const struct worker *w)
{
	int64_t max = conf_int(w->home.conf, "limits.connections");

	return w->c2s.is_stopping || (max && metric_sum(METRIC_CONNECTIONS) >= max);
}

static void on_xmpp_any(struct worker *w, struct transport *t, const struct addr *client,
			bool is_direct)
{
	metric_inc(METRIC_ACCEPTED);
	if (is_full(w))
		transport_free(&t);
	else
		c2s_accept(&w->c2s, t, client, is_direct);
}

static void on_xmpp(void *owner, struct transport *t, const struct addr *client)
{
	on_xmpp_any(owner, t, client, false);
}

static void on_xmpps(void *owner, struct transport *t, const struct addr *client)
{
	on_xmpp_any(owner, t, client, true);
}

static void on_http(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	http_server_serve(w->http, http_server_door(&w->addrs[LISTEN_HTTP], false), t, client);
}

static void on_https(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	t = transport_tls_accept(w->net, t, w->c2s.tls, http_alpn,
				 conf_size(w->home.conf, "limits.output_bytes"));
	http_server_serve(w->http, http_server_door(&w->addrs[LISTEN_HTTPS], true), t, client);
}

/* Nothing but challenges and redirects, wherever it listens. */
static void on_acme(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	http_server_serve(w->http, HTTP_DOOR_REDIRECT, t, client);
}

static void on_metrics(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	http_server_serve(w->http, HTTP_DOOR_METRICS, t, client);
}

static void on_component(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	component_conns_accept(&w->component_conns, t, client, false);
}

static void on_component_tls(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	t = transport_tls_accept(w->net, t, w->c2s.tls, NULL, component_output_limit(w->home.conf));
	component_conns_accept(&w->component_conns, t, client, true);
}

static void on_server(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	s2s_in_accept(&w->s2s, t, client, false);
}

static void on_server_tls(void *owner, struct transport *t, const struct addr *client)
{
	struct worker *w = owner;

	metric_inc(METRIC_ACCEPTED);
	s2s_in_accept(&w->s2s, t, client, true);
}

static const struct {
	const char *key, *name;
	void (*on_accept)(void *owner, struct transport *t, const struct addr *client);
} kinds[LISTEN_KINDS] = {
	[LISTEN_XMPP] = { "listen.xmpp", "xmpp", on_xmpp },
	[LISTEN_XMPPS] = { "listen.xmpps", "xmpps", on_xmpps },
	[LISTEN_HTTP] = { "listen.http", "http", on_http },
	[LISTEN_HTTPS] = { "listen.https", "https", on_https },
	[LISTEN_METRICS] = { "listen.metrics", "metrics", on_metrics },
	[LISTEN_SERVER] = { "listen.server", "server", on_server },
	[LISTEN_SERVER_TLS] = { "listen.server_tls", "server_tls", on_server_tls },
	[LISTEN_COMPONENT] = { "listen.component", "component", on_component },
	[LISTEN_COMPONENT_TLS] = { "listen.component_tls", "component_tls", on_component_tls },
	[LISTEN_ACME] = { "acme.http", "acme", on_acme },
};

const char *listen_key(enum listen_kind kind)
{
	return kinds[kind].key;
}

const char *listen_name(enum listen_kind kind)
{
	return kinds[kind].name;
}

/* ---- the web side ---- */

/* RFC 7395 3.1: a stream over a websocket. Login without TLS only on a loopback address, where
 * browsers count it as secure. */
static void on_websocket(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct worker *w = owner;
	struct addr client = request->client;
	struct websocket_config config = { .protocol = STR("xmpp"), .has_deflate = true };
	struct transport *t;

	config.message_limit = C2S_LOGIN_BYTES;
	if (is_full(w) || websocket_accept(conn, request, &config, &t))
		return;
	c2s_accept_ready(&w->c2s, t, &client,
			 addr_is_loopback(&client) && addr_is_loopback(&w->addrs[LISTEN_HTTP]));
}

void worker_serve_http(struct worker *w, struct site *http_site)
{
	struct http_server_config config = { .proxies = w->proxies,
					     .home = &w->home,
					     .challenges = w->challenges,
					     .trusted = w->c2s.trusted,
					     .owner = w,
					     .on_websocket = on_websocket,
					     .routes = upload_routes,
					     .route_count = upload_route_count,
					     .route_owner = &w->uploads };

	w->uploads.home = &w->home;
	w->http = http_server_new(w->net, &config, http_site);
	w->home.web_url = str_from(http_site->url);
}

/* ---- listening ---- */

static enum err listen_at(struct worker *w, enum listen_kind kind, struct addr *addr,
			  struct blame *blame)
{
	bool is_component = kind == LISTEN_COMPONENT || kind == LISTEN_COMPONENT_TLS;
	bool is_server = kind == LISTEN_SERVER || kind == LISTEN_SERVER_TLS;
	struct listener_config config = { .addr = *addr,
					  .is_joining = w->index > 0,
					  .proxies = w->proxies,
					  .owner = w,
					  .on_accept = kinds[kind].on_accept };
	char text[ADDR_TEXT_MAX];
	enum err e;

	config.output_limit = is_component ? component_output_limit(w->home.conf)
			      : is_server  ? s2s_policy_output_limit(w->home.conf)
					   : conf_size(w->home.conf, "limits.output_bytes");
	e = listener_new(w->net, &config, &w->listeners[kind]);
	if (e)
		(void)snprintf(blame->text, sizeof(blame->text), "%s: cannot listen on %.*s: %s",
			       kinds[kind].key, STR_ARG(addr_format(addr, text)), err_text(e));
	else
		*addr = w->addrs[kind] = listener_address(w->listeners[kind]);
	return e;
}

enum err worker_listen(struct worker *w, struct addr addrs[LISTEN_KINDS], struct blame *blame)
{
	enum err e = OK;

	for (enum listen_kind kind = 0; !e && kind < LISTEN_KINDS; kind++) {
		if (addrs[kind].is_set && !w->listeners[kind])
			e = listen_at(w, kind, &addrs[kind], blame);
	}
	return e;
}

static void *thread_main(void *arg)
{
	struct worker *w = arg;

	loop_run(w->loop);
	return NULL;
}

enum err worker_start(struct worker *w)
{
	char name[16];

	if (pthread_create(&w->thread, NULL, thread_main, w))
		return ERR_BUSY;
	(void)snprintf(name, sizeof(name), "worker-%u", w->index);
	(void)pthread_setname_np(w->thread, name);
	return OK;
}

/* ---- end ---- */

static void on_stop_timer(struct timer *t)
{
	struct worker *w = container_of(t, struct worker, stop_timer);

	size_t left = w->c2s.count + w->component_conns.count + w->s2s.in_count + w->s2s.out_count;
	bool is_over = left == 0 || loop_now(w->loop) >= w->stop_at;

	if (is_over && w->is_saved) {
		loop_stop(w->loop);
		return;
	}
	if (is_over) {
		w->is_saved = true;
		home_stop(&w->home);
	}
	loop_timer(w->loop, t, STOP_POLL_USEC);
}

static void on_stop(struct letter *l)
{
	struct worker *w = container_of(l, struct worker, stop_letter);

	for (enum listen_kind kind = 0; kind < LISTEN_KINDS; kind++)
		listener_free(&w->listeners[kind]);
	if (w->http)
		http_server_drain(w->http);
	c2s_stop(&w->c2s);
	component_conns_stop(&w->component_conns);
	s2s_life_stop(&w->s2s);
	w->stop_timer.fn = on_stop_timer;
	w->stop_at = loop_now(w->loop) + WORKER_STOP_USEC;
	loop_timer(w->loop, &w->stop_timer, STOP_POLL_USEC);
}

static void post_all(struct workers_end *end, void (*fn)(struct letter *l))
{
	end->left = end->count;
	for (unsigned i = 0; i < end->count; i++) {
		end->workers[i].farewell_letter.fn = fn;
		loop_post(end->workers[i].loop, &end->workers[i].farewell_letter);
	}
}

static bool is_last(struct workers_end *end)
{
	return !__atomic_sub_fetch(&end->left, 1, __ATOMIC_ACQ_REL);
}

/* What was said has gone through the loops of those whom it is for, and is in the letter boxes of
 * their connections' loops, in front of on_stop. */
static void on_passed(struct letter *l)
{
	struct workers_end *end = container_of(l, struct worker, farewell_letter)->end;

	if (!is_last(end))
		return;
	for (unsigned i = 0; i < end->count; i++) {
		end->workers[i].stop_letter.fn = on_stop;
		loop_post(end->workers[i].loop, &end->workers[i].stop_letter);
	}
}

/* What was said is in the other loops' letter boxes by then, in front of on_passed. */
static void on_farewell(struct letter *l)
{
	struct worker *w = container_of(l, struct worker, farewell_letter);

	home_farewell(&w->home);
	if (is_last(w->end))
		post_all(w->end, on_passed);
}

void workers_stop(struct workers_end *end)
{
	for (unsigned i = 0; i < end->count; i++)
		end->workers[i].end = end;
	post_all(end, on_farewell);
}

/* ---- reload ---- */

/* Takes a count of each. */
static void set_tls(struct worker *w, struct tls_context *take_tls,
		    struct federation *take_federation)
{
	(void)tls_context_unref(w->c2s.tls);
	w->c2s.tls = take_tls;
	federation_reload(take_federation, &w->s2s, take_tls);
	(void)federation_unref(take_federation); /* s2s has what it needs of it */
}

struct renewal {
	struct letter letter;
	struct worker *worker;
	struct tls_context *tls;
	struct federation *federation;
};

static void on_renew(struct letter *l)
{
	struct renewal *r = container_of(l, struct renewal, letter);

	set_tls(r->worker, r->tls, r->federation);
	mem_free(r);
}

void worker_renew(struct worker *w, struct tls_context *tls, struct federation *federation)
{
	struct renewal *r = mem_zalloc(1, sizeof(*r));

	r->worker = w;
	r->tls = tls_context_ref(tls);
	r->federation = federation_ref(federation);
	r->letter.fn = on_renew;
	loop_post(w->loop, &r->letter);
}

struct reload {
	struct letter letter;
	struct worker *worker;
	struct worker_news news;
};

static void on_reload(struct letter *l)
{
	struct reload *r = container_of(l, struct reload, letter);
	struct worker *w = r->worker;
	struct blame blame = { .text = "" };

	(void)conf_unref(w->home.conf);
	w->home.conf = r->news.conf;
	set_tls(w, r->news.tls, r->news.federation);
	http_server_set_site(w->http, r->news.site);
	w->home.web_url = str_from(r->news.site->url);
	(void)site_unref(r->news.site);
	components_reload(&w->components, r->news.services);
	(void)services_unref(r->news.services);
	if (!w->c2s.is_stopping && worker_listen(w, r->news.addrs, &blame))
		log_error(NULL, "a listener could not be opened",
			  F_STR("why", str_from(blame.text)));
	mem_free(r);
}

void worker_reload(struct worker *w, const struct worker_news *news)
{
	struct reload *r = mem_zalloc(1, sizeof(*r));

	r->worker = w;
	r->news = *news;
	(void)conf_ref(news->conf);
	(void)tls_context_ref(news->tls);
	(void)federation_ref(news->federation);
	(void)site_ref(news->site);
	(void)services_ref(news->services);
	r->letter.fn = on_reload;
	loop_post(w->loop, &r->letter);
}
