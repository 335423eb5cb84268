/* SPDX-License-Identifier: Apache-2.0 */
/* The web listeners over real sockets on 127.0.0.1: routes, fields, redirects, origins, metrics. */
#include "support/unit.h"

#include "net/listener.h"
#include "server/http/http_server.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE (20 * USEC_PER_SEC)

struct fixture {
	struct loop *loop;
	struct net_loop *net;
	struct http_server *server;
	struct listener *listener;
	enum http_door door;
	unsigned sockets, files;
	char answer[96 * 1024];
};

static void on_accept(void *owner, struct transport *t, const struct addr *client)
{
	struct fixture *f = owner;

	http_server_serve(f->server, f->door, t, client);
}

static void on_websocket(void *owner, struct http_conn *conn,
			 unused_arg const struct http_request *request)
{
	struct fixture *f = owner;

	f->sockets++;
	http_respond_text(conn, 400, STR("taken"));
}

static void run_file(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct fixture *f = owner;

	f->files++;
	http_respond_text(conn, 200, request->head.path);
}

static const struct http_route routes[] = {
	{ STR_INIT("/file/"), true, HTTP_VERB_BIT(HTTP_VERB_GET) | HTTP_VERB_BIT(HTTP_VERB_PUT),
	  run_file },
};
static const struct str origins[] = { STR_INIT("https://chat.example") };

static struct addr_nets proxies;
static struct addr_net local;

static int set_up(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct site_config content = { .landing = { .domain = STR("example.org"),
						    .websocket_url = STR("wss://example.org/x") },
				       .host = STR("example.org"),
				       .https_port = 5443,
				       .origins = origins,
				       .origin_count = 1 };
	struct http_server_config config = { .proxies = &proxies,
					     .routes = routes,
					     .route_owner = f,
					     .route_count = 1,
					     .owner = f,
					     .on_websocket = on_websocket };
	struct listener_config listen = { .output_limit = MIB, .owner = f, .on_accept = on_accept };
	struct site *site;

	assert_int_equal(loop_new(0, &f->loop), OK);
	f->net = net_loop_new(f->loop);
	assert_int_equal(site_new(&content, &site), OK);
	f->server = http_server_new(f->net, &config, site);
	(void)site_unref(site);
	assert_int_equal(addr_parse(STR("127.0.0.1:0"), &listen.addr), OK);
	listen.proxies = &proxies;
	assert_int_equal(listener_new(f->net, &listen, &f->listener), OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	proxies = (struct addr_nets){ .items = NULL };
	listener_free(&f->listener);
	http_server_free(&f->server);
	net_loop_free(&f->net);
	loop_free(&f->loop);
	test_free(f);
	return 0;
}

/* Sends text on a connection of its own, and keeps all that comes back until its end. */
static void ask(struct fixture *f, const char *text)
{
	struct addr addr = listener_address(f->listener);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&addr, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	usec_t end = clock_now() + DEADLINE;
	const bool never = false;
	size_t have = 0;
	ssize_t n;

	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	do {
		loop_run_until(f->loop, &never, 5 * USEC_PER_MSEC);
		n = recv(fd, f->answer + have, sizeof(f->answer) - 1 - have, MSG_DONTWAIT);
		if (n > 0)
			have += (size_t)n;
	} while (n != 0 && clock_now() < end);
	assert_int_equal(n, 0);
	f->answer[have] = '\0';
	(void)close(fd);
}

static bool has(const struct fixture *f, const char *part)
{
	return strstr(f->answer, part) != NULL;
}

static bool is_status(const struct fixture *f, const char *status)
{
	return strncmp(f->answer, "HTTP/1.1 ", 9) == 0 && strncmp(f->answer + 9, status, 3) == 0;
}

#define REST " HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"

static void serves_pages(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /" REST);
	assert_true(is_status(f, "200"));
	assert_true(has(f, "text/html; charset=utf-8"));
	assert_true(has(f, "X-Content-Type-Options: nosniff\r\n"));
	assert_true(has(f, "Referrer-Policy: no-referrer\r\n"));
	assert_true(has(f, "Content-Security-Policy: default-src 'none'; style-src 'sha256-"));
	assert_true(has(f, "Cache-Control: no-cache\r\n"));
	assert_true(has(f, "<h1>example.org</h1>"));
	ask(f, "HEAD /" REST);
	assert_true(is_status(f, "200"));
	assert_true(has(f, "nosniff"));
	assert_false(has(f, "<html"));
	ask(f, "GET /.well-known/host-meta" REST);
	assert_true(is_status(f, "200"));
	assert_true(has(f, "Access-Control-Allow-Origin: *\r\n"));
	assert_true(has(f, "application/xrd+xml"));
	assert_true(has(f, "href='wss://example.org/x'"));
	ask(f, "GET /.well-known/host-meta.json?x=1" REST);
	assert_true(is_status(f, "200"));
	assert_true(has(f, "\"href\":\"wss://example.org/x\""));
}

static void refuses_what_is_not_there(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /nothing" REST);
	assert_true(is_status(f, "404"));
	assert_true(has(f, "There is no such page"));
	assert_true(has(f, "Content-Security-Policy: "));
	assert_false(has(f, "nothing"));
	ask(f, "GET /metrics" REST);
	assert_true(is_status(f, "404"));
	ask(f, "DELETE /" REST);
	assert_true(is_status(f, "405"));
	assert_true(has(f, "Allow: GET, HEAD\r\n"));
	ask(f, "PROPFIND /" REST);
	assert_true(is_status(f, "405"));
	ask(f, "DELETE /file/x" REST);
	assert_true(is_status(f, "405"));
	assert_true(has(f, "Allow: GET, HEAD, PUT\r\n"));
	assert_int_equal(f->files, 0);
	ask(f, "GET /file/x" REST);
	assert_true(is_status(f, "200"));
	ask(f, "PUT /file/y" REST);
	assert_true(is_status(f, "200"));
	assert_int_equal(f->files, 2);
}

#define UPGRADE                                                                                    \
	" HTTP/1.1\r\nHost: example.org\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n"

static void judges_origins(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /xmpp-websocket" REST);
	assert_true(is_status(f, "426"));
	assert_true(has(f, "Upgrade: websocket\r\n"));
	assert_int_equal(f->sockets, 0);
	ask(f, "GET /xmpp-websocket" UPGRADE "Origin: https://evil.example\r\n\r\n");
	assert_true(is_status(f, "403"));
	assert_int_equal(f->sockets, 0);
	ask(f, "GET /xmpp-websocket" UPGRADE "\r\n");
	assert_int_equal(f->sockets, 1);
	ask(f, "GET /xmpp-websocket" UPGRADE "Origin: https://example.org\r\n\r\n");
	assert_int_equal(f->sockets, 2);
	ask(f, "GET /xmpp-websocket" UPGRADE "Origin: https://chat.example\r\n\r\n");
	assert_int_equal(f->sockets, 3);
}

static void redirects(void **state)
{
	struct fixture *f = *state;

	f->door = HTTP_DOOR_REDIRECT;
	ask(f, "GET /a/b?c=d HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
	assert_true(is_status(f, "308"));
	assert_true(has(f, "Location: https://example.org:5443/a/b?c=d\r\n"));
	assert_false(has(f, "evil"));
	ask(f, "GET //evil.example/" REST);
	assert_true(has(f, "Location: https://example.org:5443//evil.example/\r\n"));
	ask(f, "POST /" REST);
	assert_true(is_status(f, "404"));
	ask(f, "GET /xmpp-websocket" UPGRADE "\r\n");
	assert_true(is_status(f, "308"));
	assert_int_equal(f->sockets, 0);
	ask(f, "OPTIONS * HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n");
	assert_true(is_status(f, "404"));
	/* What only a proxy may say. */
	ask(f, "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n"
	       "Forwarded: for=192.0.2.1;proto=https\r\n\r\n");
	assert_true(is_status(f, "400"));
	assert_int_equal(addr_net_parse(STR("127.0.0.0/8"), &local), OK);
	proxies = (struct addr_nets){ .items = &local, .count = 1 };
	ask(f, "GET / HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n"
	       "Forwarded: for=192.0.2.1;proto=https\r\n\r\n");
	assert_true(is_status(f, "200"));
}

static void serves_metrics_alone(void **state)
{
	struct fixture *f = *state;

	f->door = HTTP_DOOR_METRICS;
	ask(f, "GET /metrics" REST);
	assert_true(is_status(f, "200"));
	assert_true(has(f, "text/plain; version=0.0.4"));
	assert_true(has(f, "\nparley_connections "));
	assert_true(has(f, "\nprocess_open_fds "));
	ask(f, "GET /" REST);
	assert_true(is_status(f, "404"));
	ask(f, "POST /metrics" REST);
	assert_true(is_status(f, "404"));
	ask(f, "GET /xmpp-websocket" UPGRADE "\r\n");
	assert_true(is_status(f, "404"));
}

static void swaps_the_site(void **state)
{
	struct fixture *f = *state;
	struct site_config content = { .landing = { .domain = STR("other.example") } };
	struct site *site;

	assert_int_equal(site_new(&content, &site), OK);
	http_server_set_site(f->server, site);
	(void)site_unref(site);
	ask(f, "GET /" REST);
	assert_true(has(f, "<h1>other.example</h1>"));
	ask(f, "GET /.well-known/host-meta.json" REST);
	assert_true(has(f, "{\"links\":[]}"));
	f->door = HTTP_DOOR_REDIRECT;
	ask(f, "GET /" REST);
	assert_true(is_status(f, "404"));
}

static void serves_the_client_if_it_is_there(void **state)
{
	static const struct web_file files[] = {
		{ STR_INIT("/index.html"),
		  STR_INIT("text/html"),
		  false,
		  { { 0, 8, STR_INIT("\"p\"") } } },
	};
	static const struct web_bundle client = { files, 1, "the page" };
	struct fixture *f = *state;
	struct site_config content = { .landing = { .domain = STR("other.example") } };
	struct site *site;

	ask(f, "GET /login" REST);
	assert_true(is_status(f, "404"));
	ask(f, "GET /about" REST);
	assert_true(has(f, "<h1>example.org</h1>"));
	content.client = &client;
	assert_int_equal(site_new(&content, &site), OK);
	http_server_set_site(f->server, site);
	(void)site_unref(site);
	ask(f, "GET /" REST);
	assert_true(is_status(f, "200") && has(f, "\r\n\r\nthe page"));
	ask(f, "GET /login?x=1" REST);
	assert_true(is_status(f, "200") && has(f, "\r\n\r\nthe page"));
	ask(f, "GET /about" REST);
	assert_true(has(f, "<h1>other.example</h1>"));
	ask(f, "GET /nothing" REST);
	assert_true(is_status(f, "404") && has(f, "There is no such page"));
	ask(f, "POST /login" REST);
	assert_true(is_status(f, "405") && has(f, "Allow: GET, HEAD\r\n"));
	ask(f, "GET /file/x" REST);
	assert_int_equal(f->files, 1);
	f->door = HTTP_DOOR_REDIRECT;
	ask(f, "GET /login" REST);
	assert_true(is_status(f, "404"));
}

static void knows_its_doors(void **state)
{
	struct addr a;

	assert_int_equal(addr_parse(STR("127.0.0.5:80"), &a), OK);
	assert_int_equal(http_server_door(&a, false), HTTP_DOOR_ALL);
	assert_int_equal(addr_parse(STR("[::1]:80"), &a), OK);
	assert_int_equal(http_server_door(&a, false), HTTP_DOOR_ALL);
	assert_int_equal(addr_parse(STR("0.0.0.0:80"), &a), OK);
	assert_int_equal(http_server_door(&a, false), HTTP_DOOR_REDIRECT);
	assert_int_equal(http_server_door(&a, true), HTTP_DOOR_ALL);
}

static void names_the_websocket(void **state)
{
	struct sbuf out scoped(sbuf_done) = SBUF(KIB);

	site_write_websocket_url(&out, STR("a.b"), 443, 80);
	assert_true(str_eq(sbuf_str(&out), STR("wss://a.b/xmpp-websocket")));
	sbuf_reset(&out);
	site_write_websocket_url(&out, STR("a.b"), 5443, 0);
	assert_true(str_eq(sbuf_str(&out), STR("wss://a.b:5443/xmpp-websocket")));
	sbuf_reset(&out);
	site_write_websocket_url(&out, STR("localhost"), 0, 5280);
	assert_true(str_eq(sbuf_str(&out), STR("ws://localhost:5280/xmpp-websocket")));
	sbuf_reset(&out);
	site_write_websocket_url(&out, STR("a.b"), 0, 0);
	assert_int_equal(out.len, 0);
}

static void compares_origins(void **state)
{
	static const struct {
		const char *origin, *host;
		bool may;
	} rows[] = {
		{ NULL, "a.b", true },
		{ "https://a.b", "a.b", true },
		{ "https://A.B", "a.b:443", true },
		{ "http://a.b:80", "a.b", true },
		{ "http://a.b:5280", "a.b:5280", true },
		{ "https://chat.example", "a.b", true },
		{ "https://a.b:444", "a.b", false },
		{ "http://a.b", "a.b:443", false },
		{ "https://xa.b", "a.b", false },
		{ "https://a.b.evil", "a.b", false },
		{ "https://chat.example.evil", "a.b", false },
		{ "a.b", "a.b", false },
		{ "null", "a.b", false },
		{ "https://", "", false },
		{ "", "a.b", false },
		{ "https://", "a.b", false },
	};

	for (size_t i = 0; i < array_len(rows); i++)
		assert_int_equal(route_may_come_from(str_from(rows[i].origin),
						     str_from(rows[i].host), origins, 1),
				 rows[i].may);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

UNIT_TESTS(http_server, WITH_SERVER(serves_pages), WITH_SERVER(refuses_what_is_not_there),
	   WITH_SERVER(judges_origins), WITH_SERVER(redirects), WITH_SERVER(serves_metrics_alone),
	   WITH_SERVER(swaps_the_site), WITH_SERVER(serves_the_client_if_it_is_there),
	   cmocka_unit_test(knows_its_doors), cmocka_unit_test(names_the_websocket),
	   cmocka_unit_test(compares_origins));
