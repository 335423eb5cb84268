/* SPDX-License-Identifier: Apache-2.0 */
/* Files of the client over real sockets on 127.0.0.1: forms, conditions, fields, large files to
 * slow readers. */
#include "support/unit.h"

#include "net/listener.h"
#include "server/web/web.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE (20 * USEC_PER_SEC)

enum { BIG = 3 * 1024 * 1024 + 17 /* bytes */ };

static char blob[BIG + 32] = "plain gz br page";

#define FORM(at, len, tag)                                                                         \
	{                                                                                          \
		at, len, STR_INIT("\"" tag "\"")                                                   \
	}

static const struct web_file files[] = {
	{ STR_INIT("/assets/big-1.js"), STR_INIT("text/javascript"), true, { FORM(32, BIG, "b") } },
	{ STR_INIT("/assets/empty-1.css"), STR_INIT("text/css"), true, { FORM(0, 0, "e") } },
	{ STR_INIT("/index.html"), STR_INIT("text/html"), false, { FORM(12, 4, "page") } },
	{ STR_INIT("/sw.js"),
	  STR_INIT("text/javascript"),
	  false,
	  { FORM(0, 5, "p"), FORM(6, 2, "g"), FORM(9, 2, "b") } },
};
static const struct web_bundle bundle = { files, array_len(files), blob };

struct fixture {
	struct loop *loop;
	struct net_loop *net;
	struct http *http;
	struct web *web;
	struct listener *listener;
	char *answer;
	size_t len;
};

static void on_accept(void *owner, struct transport *t, const struct addr *client)
{
	struct fixture *f = owner;

	http_serve(f->http, t, client);
}

static void on_request(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct fixture *f = owner;

	web_respond(f->web, web_find(f->web, request->head.path), conn);
}

static int set_up(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));
	struct http_config http = { .owner = f, .on_request = on_request };
	struct web_config web = { .bundle = &bundle };
	struct listener_config listen = { .output_limit = 128 * KIB,
					  .owner = f,
					  .on_accept = on_accept };

	for (size_t i = 32; i < sizeof(blob); i++)
		blob[i] = (char)('a' + i % 23);
	f->answer = test_malloc(BIG + 4096);
	assert_int_equal(loop_new(0, &f->loop), OK);
	f->net = net_loop_new(f->loop);
	f->http = http_new(f->net, &http);
	f->web = web_new(&web);
	assert_int_equal(addr_parse(STR("127.0.0.1:0"), &listen.addr), OK);
	assert_int_equal(listener_new(f->net, &listen, &f->listener), OK);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	listener_free(&f->listener);
	http_free(&f->http);
	f->web = web_unref(f->web);
	net_loop_free(&f->net);
	loop_free(&f->loop);
	test_free(f->answer);
	test_free(f);
	return 0;
}

static int connect_to(struct fixture *f, const char *text)
{
	struct addr addr = listener_address(f->listener);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&addr, &ss);
	int fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), 0);
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	return fd;
}

/* Reads until the connection ends, at most step bytes between two turns of the loop. */
static void read_all(struct fixture *f, int fd, size_t step)
{
	usec_t end = clock_now() + DEADLINE;
	const bool never = false;
	ssize_t n;

	f->len = 0;
	do {
		size_t left = BIG + 4095 - f->len;

		loop_run_until(f->loop, &never, USEC_PER_MSEC);
		n = recv(fd, f->answer + f->len, left < step ? left : step, MSG_DONTWAIT);
		if (n > 0)
			f->len += (size_t)n;
	} while (n != 0 && clock_now() < end);
	assert_int_equal(n, 0);
	f->answer[f->len] = '\0';
	(void)close(fd);
}

static void ask(struct fixture *f, const char *text)
{
	read_all(f, connect_to(f, text), BIG);
}

static bool has(const struct fixture *f, const char *part)
{
	return strstr(f->answer, part) != NULL;
}

static bool is_status(const struct fixture *f, const char *status)
{
	return strncmp(f->answer, "HTTP/1.1 ", 9) == 0 && strncmp(f->answer + 9, status, 3) == 0;
}

static bool is_body(const struct fixture *f, const char *body)
{
	const char *end = strstr(f->answer, "\r\n\r\n");

	return end && strcmp(end + 4, body) == 0;
}

#define REST " HTTP/1.1\r\nHost: a.b:1\r\nConnection: close\r\n"

static void the_smallest_form_goes_out(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /sw.js" REST "Accept-Encoding: gzip, br\r\n\r\n");
	assert_true(is_status(f, "200") && is_body(f, "br"));
	assert_true(has(f, "Content-Encoding: br\r\n") && has(f, "ETag: \"b\"\r\n"));
	assert_true(has(f, "Vary: Accept-Encoding\r\n") && has(f, "Content-Length: 2\r\n"));
	ask(f, "GET /sw.js" REST "Accept-Encoding: gzip\r\n\r\n");
	assert_true(is_body(f, "gz") && has(f, "Content-Encoding: gzip\r\n"));
	ask(f, "GET /sw.js" REST "\r\n");
	assert_true(is_body(f, "plain") && has(f, "ETag: \"p\"\r\n"));
	assert_true(has(f, "Vary: Accept-Encoding\r\n"));
	assert_false(has(f, "Content-Encoding"));
	ask(f, "GET /" REST "Accept-Encoding: gzip, br\r\n\r\n");
	assert_true(is_body(f, "page"));
	assert_false(has(f, "Content-Encoding"));
}

static void a_head_is_all_but_the_body(void **state)
{
	struct fixture *f = *state;

	ask(f, "HEAD /sw.js" REST "Accept-Encoding: br\r\n\r\n");
	assert_true(is_status(f, "200") && is_body(f, ""));
	assert_true(has(f, "Content-Length: 2\r\n") && has(f, "Content-Encoding: br\r\n"));
	ask(f, "HEAD /assets/big-1.js" REST "\r\n");
	assert_true(has(f, "Content-Length: 3145745\r\n") && is_body(f, ""));
	ask(f, "GET /assets/empty-1.css" REST "\r\n");
	assert_true(is_status(f, "200") && has(f, "Content-Length: 0\r\n") && is_body(f, ""));
}

static void conditions_are_kept(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /sw.js" REST "If-None-Match: \"x\", W/\"b\"\r\nAccept-Encoding: br\r\n\r\n");
	assert_true(is_status(f, "304") && is_body(f, ""));
	assert_true(has(f, "ETag: \"b\"\r\n") && has(f, "Vary: Accept-Encoding\r\n"));
	assert_true(has(f, "Cache-Control: no-cache\r\n"));
	assert_false(has(f, "\r\nContent-Type"));
	/* That of another form is another thing. */
	ask(f, "GET /sw.js" REST "If-None-Match: \"b\"\r\nAccept-Encoding: gzip\r\n\r\n");
	assert_true(is_status(f, "200") && is_body(f, "gz"));
	ask(f, "GET /sw.js" REST "If-None-Match: *\r\n\r\n");
	assert_true(is_status(f, "304"));
	ask(f, "GET /sw.js" REST "If-Match: \"other\"\r\n\r\n");
	assert_true(is_status(f, "412"));
	ask(f, "GET /sw.js" REST "If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
	assert_true(is_status(f, "200"));
	ask(f, "GET /sw.js" REST "Range: bytes=0-1\r\n\r\n"); /* may be ignored: 14.2 */
	assert_true(is_status(f, "200") && is_body(f, "plain"));
}

static void fields_are_those_of_the_file(void **state)
{
	struct fixture *f = *state;

	ask(f, "GET /c/a%40b" REST "\r\n");
	assert_true(has(f, "Content-Type: text/html\r\n"));
	assert_true(has(f, "Cache-Control: no-cache\r\n"));
	assert_true(has(f, "Cross-Origin-Opener-Policy: same-origin\r\n"));
	assert_true(has(f, "Permissions-Policy: camera=(self), "));
	assert_true(has(f, "; connect-src 'self' ws://a.b:1; "));
	assert_true(has(f, "X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n"));
	ask(f, "GET /sw.js" REST "\r\n");
	assert_true(has(f, "Service-Worker-Allowed: /\r\n"));
	assert_true(has(f, "; connect-src 'self' ws://a.b:1; "));
	assert_false(has(f, "Permissions-Policy"));
	ask(f, "GET /assets/empty-1.css" REST "\r\n");
	assert_true(has(f, "Cache-Control: public, max-age=31536000, immutable\r\n"));
	assert_false(has(f, "Service-Worker-Allowed"));
}

/* The listener lets 128 KiB wait: more at once would end the connection. */
static void a_slow_reader_gets_all_of_a_large_file(void **state)
{
	struct fixture *f = *state;
	int fd = connect_to(f, "GET /assets/big-1.js" REST "\r\n");
	const char *body;

	read_all(f, fd, 70000);
	body = strstr(f->answer, "\r\n\r\n");
	assert_non_null(body);
	assert_int_equal(f->len - (size_t)(body + 4 - f->answer), BIG);
	assert_memory_equal(body + 4, blob + 32, BIG);
}

static void who_goes_away_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	int fd = connect_to(f, "GET /assets/big-1.js" REST "\r\n");
	int other = connect_to(f, "GET /assets/big-1.js" REST "\r\n");
	usec_t end = clock_now() + DEADLINE;
	const bool never = false;
	char byte;

	while (recv(fd, &byte, 1, MSG_DONTWAIT) != 1 && clock_now() < end)
		loop_run_until(f->loop, &never, USEC_PER_MSEC);
	(void)close(fd);
	while (http_count(f->http) > 1 && clock_now() < end)
		loop_run_until(f->loop, &never, USEC_PER_MSEC);
	assert_int_equal(http_count(f->http), 1);
	/* The other one's answer still needs the files of a site that was replaced. */
	f->web = web_unref(f->web);
	read_all(f, other, BIG);
	assert_true(f->len > BIG);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

UNIT_TESTS(web_answer, CASE(the_smallest_form_goes_out), CASE(a_head_is_all_but_the_body),
	   CASE(conditions_are_kept), CASE(fields_are_those_of_the_file),
	   CASE(a_slow_reader_gets_all_of_a_large_file), CASE(who_goes_away_leaves_nothing));
