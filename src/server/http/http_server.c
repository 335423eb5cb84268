/* SPDX-License-Identifier: Apache-2.0 */
/* The web side of one loop. */
#include "server/http/http_server.h"

#include "base/mem.h"
#include "net/tls_challenges.h"
#include "server/http/metrics.h"

enum { DOORS = HTTP_DOOR_METRICS + 1, LOCATION_MAX = 16 * 1024 /* bytes */ };

struct http_server {
	struct http_server_config config;
	struct site *site;
	struct join join;
	struct http *doors[DOORS];
};

#define HTML STR("text/html; charset=utf-8")

/* ---- answers ---- */

/* With the fields that every answer has; more may be unset. */
static void respond(struct http_server *s, struct http_conn *conn, unsigned status,
		    struct str content_type, struct str cache, const struct http_field *more,
		    struct bytes *body)
{
	const struct http_field fields[] = {
		{ STR("Cache-Control"), cache },
		{ STR("X-Content-Type-Options"), STR("nosniff") },
		{ STR("Referrer-Policy"), STR("no-referrer") },
		{ STR("Content-Security-Policy"), str_from(s->site->csp) },
		more ? *more : (struct http_field){ .name = STR_NONE },
	};
	struct http_answer answer = { .status = status,
				      .content_type = content_type,
				      .fields = fields,
				      .count = array_len(fields) - (more ? 0 : 1) };

	http_respond(conn, &answer, body);
}

static void respond_error(struct http_server *s, struct http_conn *conn, unsigned status,
			  const struct http_field *more, struct bytes *page)
{
	respond(s, conn, status, HTML, STR("no-store"), more, page);
}

/* Whether a certificate authority (or whoever asks as one) has got its answer. RFC 8555 8.3. */
static bool show_challenge(struct http_server *s, struct http_conn *conn,
			   const struct http_head *head)
{
	struct sbuf text scoped(sbuf_done) = SBUF(TLS_CHALLENGES_TEXT_MAX);
	struct str prefix = STR(TLS_CHALLENGES_PATH);
	struct bytes *body;

	if (!s->config.challenges || !str_starts(head->path, prefix) ||
	    (head->verb != HTTP_VERB_GET && head->verb != HTTP_VERB_HEAD) ||
	    !tls_challenges_find_text(s->config.challenges, str_from_at(head->path, prefix.len),
				      &text))
		return false;
	body = bytes_new(sbuf_str(&text));
	respond(s, conn, 200, STR("application/octet-stream"), STR("no-store"), NULL, body);
	(void)bytes_unref(body); /* the answer holds it */
	return true;
}

/* ---- our own routes ---- */

static void run_landing(void *owner, struct http_conn *conn,
			unused_arg const struct http_request *request)
{
	struct http_server *s = owner;

	respond(s, conn, 200, HTML, STR("no-cache"), NULL, s->site->landing);
}

static void run_client(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct http_server *s = owner;

	web_respond(s->site->client, web_find(s->site->client, request->head.path), conn);
}

/* Web clients of other hosts look for the WebSocket with it (XEP-0156, 3.1). */
static const struct http_field for_all = { STR_INIT("Access-Control-Allow-Origin"), STR_INIT("*") };

static void run_host_meta(void *owner, struct http_conn *conn,
			  unused_arg const struct http_request *request)
{
	struct http_server *s = owner;

	respond(s, conn, 200, STR("application/xrd+xml; charset=utf-8"), STR("max-age=600"),
		&for_all, s->site->host_meta);
}

static void run_host_meta_json(void *owner, struct http_conn *conn,
			       unused_arg const struct http_request *request)
{
	struct http_server *s = owner;

	respond(s, conn, 200, STR("application/json"), STR("max-age=600"), &for_all,
		s->site->host_meta_json);
}

static void run_websocket(void *owner, struct http_conn *conn, const struct http_request *request)
{
	static const struct http_field upgrade = { STR_INIT("Upgrade"), STR_INIT("websocket") };
	struct http_server *s = owner;
	struct str origin = http_head_field(&request->head, STR("Origin"));

	if (!s->config.on_websocket)
		respond_error(s, conn, 404, NULL, s->site->not_found);
	else if (!route_may_come_from(origin, request->head.host, s->site->origins,
				      s->site->origin_count))
		respond_error(s, conn, 403, NULL, s->site->foreign);
	else if (!request->head.wants_upgrade)
		respond_error(s, conn, 426, &upgrade, s->site->upgrade);
	else
		s->config.on_websocket(s->config.owner, conn, request);
}

static const struct http_route own_routes[] = {
	{ STR_INIT("/about"), false, HTTP_VERB_BIT(HTTP_VERB_GET), run_landing },
	{ STR_INIT("/.well-known/host-meta"), false, HTTP_VERB_BIT(HTTP_VERB_GET), run_host_meta },
	{ STR_INIT("/.well-known/host-meta.json"), false, HTTP_VERB_BIT(HTTP_VERB_GET),
	  run_host_meta_json },
	{ STR_INIT("/xmpp-websocket"), false, HTTP_VERB_BIT(HTTP_VERB_GET), run_websocket },
};

/* Where the client has something. */
static const struct http_route client_route = {
	STR_INIT("/"),
	true,
	HTTP_VERB_BIT(HTTP_VERB_GET),
	run_client,
};

/* Without the client the server presents itself. */
static const struct http_route start_route = {
	STR_INIT("/"),
	false,
	HTTP_VERB_BIT(HTTP_VERB_GET),
	run_landing,
};

/* ---- doors ---- */

/* The floors above go first; what they do not have may still be ours. *ret_owner: whose route it
 * is. */
static enum route_result find_route(struct http_server *s, const struct http_head *head,
				    const struct http_route **ret_route, void **ret_owner,
				    unsigned *ret_verbs)
{
	enum route_result above = route_find(s->config.routes, s->config.route_count, head->verb,
					     head->path, ret_route, ret_verbs);
	enum route_result own;

	*ret_owner = s->config.route_owner;
	if (above == ROUTE_FOUND)
		return above;
	*ret_owner = s;
	own = route_find(own_routes, array_len(own_routes), head->verb, head->path, ret_route,
			 ret_verbs);
	if (own == ROUTE_NO_PATH)
		own = route_find(web_find(s->site->client, head->path) ? &client_route
								       : &start_route,
				 1, head->verb, head->path, ret_route, ret_verbs);
	if (own == ROUTE_NO_PATH && s->config.home) {
		*ret_owner = &s->join;
		own = route_find(join_routes, join_route_count, head->verb, head->path, ret_route,
				 ret_verbs);
	}
	return own == ROUTE_NO_PATH ? above : own;
}

static void on_all(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct http_server *s = owner;
	struct sbuf allow scoped(sbuf_done) = SBUF(KIB);
	const struct http_route *route = NULL;
	struct http_field field = { .name = STR("Allow") };
	void *route_owner = NULL;
	unsigned verbs = 0;

	if (show_challenge(s, conn, &request->head))
		return;
	switch (find_route(s, &request->head, &route, &route_owner, &verbs)) {
	case ROUTE_FOUND:
		route->run(route_owner, conn, request);
		return;
	case ROUTE_NO_PATH:
		respond_error(s, conn, 404, NULL, s->site->not_found);
		return;
	case ROUTE_NO_VERB:
		must(route_write_verbs(&allow, verbs) == OK);
		field.value = sbuf_str(&allow);
		respond_error(s, conn, 405, &field, s->site->no_verb);
		return;
	}
}

static void redirect(struct http_server *s, struct http_conn *conn, const struct http_head *head)
{
	struct sbuf location scoped(sbuf_done) = SBUF(LOCATION_MAX);
	struct http_field field = { .name = STR("Location") };

	/* Our own name, not the one in Host: nobody can be led elsewhere. */
	sbuf_printf(&location, "https://%s", s->site->host);
	if (s->site->https_port != 443)
		sbuf_printf(&location, ":%u", (unsigned)s->site->https_port);
	sbuf_add(&location, head->path);
	if (str_is_set(head->query)) {
		sbuf_lit(&location, "?");
		sbuf_add(&location, head->query);
	}
	if (location.err) {
		respond_error(s, conn, 404, NULL, s->site->not_found);
		return;
	}
	field.value = sbuf_str(&location);
	respond(s, conn, 308, STR(""), STR("no-store"), &field, NULL);
}

static void on_redirect(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct http_server *s = owner;
	enum http_verb verb = request->head.verb;

	if (request->is_secure)
		on_all(owner, conn, request);
	else if (show_challenge(s, conn, &request->head))
		return;
	else if (s->site->https_port && str_starts(request->head.path, STR("/")) &&
		 (verb == HTTP_VERB_GET || verb == HTTP_VERB_HEAD))
		redirect(s, conn, &request->head);
	else
		respond_error(s, conn, 404, NULL, s->site->not_found);
}

static void on_metrics(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct http_server *s = owner;
	struct sbuf out scoped(sbuf_done) = SBUF(METRICS_MAX);
	enum http_verb verb = request->head.verb;
	struct bytes *body;

	if (!str_eq(request->head.path, STR("/metrics")) ||
	    (verb != HTTP_VERB_GET && verb != HTTP_VERB_HEAD)) {
		respond_error(s, conn, 404, NULL, s->site->not_found);
		return;
	}
	must(metrics_write(&out) == OK);
	body = bytes_new(sbuf_str(&out));
	respond(s, conn, 200, STR("text/plain; version=0.0.4; charset=utf-8"), STR("no-store"),
		NULL, body);
	(void)bytes_unref(body);
}

/* ---- life ---- */

struct http_server *http_server_new(struct net_loop *net, const struct http_server_config *config,
				    struct site *site)
{
	static void (*const on_request[DOORS])(void *owner, struct http_conn *conn,
					       const struct http_request *request) = {
		[HTTP_DOOR_ALL] = on_all,
		[HTTP_DOOR_REDIRECT] = on_redirect,
		[HTTP_DOOR_METRICS] = on_metrics,
	};
	struct http_server *s = mem_zalloc(1, sizeof(*s));

	s->config = *config;
	s->site = site_ref(site);
	if (config->home)
		join_init(&s->join, config->home, config->trusted);
	s->join.has_client = site->client != NULL;
	for (size_t i = 0; i < DOORS; i++) {
		struct http_config http = { .proxies = config->proxies,
					    .owner = s,
					    .on_request = on_request[i] };

		s->doors[i] = http_new(net, &http);
	}
	return s;
}

void http_server_free(struct http_server **server)
{
	struct http_server *s = *server;

	if (!s)
		return;
	for (size_t i = 0; i < DOORS; i++)
		http_free(&s->doors[i]);
	s->site = site_unref(s->site);
	join_done(&s->join);
	mem_free(s);
	*server = NULL;
}

void http_server_set_site(struct http_server *server, struct site *site)
{
	struct site *before = server->site;

	server->site = site_ref(site);
	server->join.has_client = site->client != NULL;
	(void)site_unref(before);
}

enum http_door http_server_door(const struct addr *listens_on, bool is_tls)
{
	return is_tls || addr_is_loopback(listens_on) ? HTTP_DOOR_ALL : HTTP_DOOR_REDIRECT;
}

void http_server_serve(struct http_server *server, enum http_door door, struct transport *take_t,
		       const struct addr *client)
{
	http_serve(server->doors[door], take_t, client);
}

void http_server_drain(struct http_server *server)
{
	for (size_t i = 0; i < DOORS; i++)
		http_drain(server->doors[i]);
}
