/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 connections, see http.h. A request in hand is a struct job; a connection between
 * requests has none. */
#include "net/http.h"

#include "base/mem.h"
#include "net/http_body.h"
#include "net/http_forward.h"

#include <stdio.h>

enum state {
	STATE_HEAD, /* waits for a head, or for its rest */
	STATE_WAIT, /* the handler has the word */
	STATE_BODY, /* the body goes to the handler */
	STATE_OVER, /* answered; the rest of the body is read over */
	STATE_SHUT, /* only the end of the transport is awaited */
};

enum { STEPS_MAX = 256 /* requests and parts of bodies in one turn */ };

struct job {
	struct http_request request;
	struct http_body body;
	uint64_t body_limit, body_got; /* bytes */
	uint64_t answer_left;          /* bytes that http_write may still send */
	const struct http_events *events;
	void *arg;
	bool is_begun;    /* the answer's head was sent */
	bool is_ended;    /* the answer is complete */
	bool is_read;     /* on_body_end was called */
	bool is_last;     /* the connection ends with this answer */
	bool is_dropping; /* the rest of the body is being read over */
	bool is_held;     /* the handler does not want more of the body now */
	char peer[ADDR_TEXT_MAX];
	char text[]; /* the head */
};

struct http {
	struct net_loop *net;
	struct http_config config;
	struct list conns;
	unsigned count;
	bool is_draining;
};

struct http_conn {
	struct list link;
	struct http *http;
	struct transport *t;
	struct task task;
	struct timer timer;
	struct addr client;
	struct job *job;
	struct sbuf input; /* what has come and cannot be worked on yet */
	struct str view;   /* what run() works on */
	size_t found;      /* bytes of the head that were looked at */
	size_t watermark;  /* what on_timer saw last */
	uint8_t state;
	bool is_paused : 1;
	bool is_running : 1;
	bool is_gone : 1; /* the struct waits for the end of run() */
};

/* --- ends */

static void job_free(struct http_conn *c)
{
	mem_free(c->job);
	c->job = NULL;
}

/* Tells the handler that its answer is not wanted any more. */
static void abandon(struct http_conn *c)
{
	struct job *j = c->job;

	if (j && !j->is_ended && j->events && j->events->on_gone) {
		const struct http_events *events = j->events;

		j->events = NULL;
		events->on_gone(j->arg);
	}
}

static void conn_free(struct http_conn *c)
{
	if (c->is_gone)
		return;
	abandon(c);
	c->is_gone = true;
	list_remove(&c->link);
	list_remove(&c->task.link);
	loop_timer_stop(c->http->net->loop, &c->timer);
	c->http->count--;
	transport_free(&c->t);
	sbuf_done(&c->input);
	if (c->is_running)
		return;
	job_free(c);
	mem_free(c);
}

static void start_timer(struct http_conn *c, usec_t delay_usec)
{
	loop_timer(c->http->net->loop, &c->timer, delay_usec);
}

/* Nothing more is read; ends once all has left. */
static void shut(struct http_conn *c)
{
	c->state = STATE_SHUT;
	c->view = STR_NONE;
	sbuf_done(&c->input);
	loop_timer_stop(c->http->net->loop, &c->timer);
	transport_close(c->t);
}

/* --- answers */

/* Whether the rest of the body is short enough to be read over. */
static bool may_keep(const struct http_conn *c)
{
	const struct job *j = c->job;

	if (!j->request.head.is_keep_alive || c->http->is_draining)
		return false;
	return j->body.is_done || (!j->body.is_chunked && j->body.left <= HTTP_DRAIN_MAX &&
				   !j->request.head.wants_continue);
}

static void send_head(struct http_conn *c, const struct http_answer *answer, uint64_t length)
{
	struct sbuf out = SBUF(HTTP_ANSWER_HEAD_MAX);
	struct job *j = c->job;
	bool has_body = http_answer_has_body(answer);
	struct bytes *head;

	j->is_last = !may_keep(c) || (length == HTTP_LENGTH_UNKNOWN && has_body);
	if (http_answer_head(&out, answer, length, j->is_last)) {
		j->is_last = true; /* the handler said too much: a 500 stands there */
		has_body = false;
	}
	head = bytes_new(sbuf_str(&out));
	transport_send(c->t, head);
	(void)bytes_unref(head); /* the transport has its own count */
	sbuf_done(&out);
	if (!has_body || j->request.head.verb == HTTP_VERB_HEAD)
		length = 0;
	j->answer_left = length;
}

void http_begin(struct http_conn *conn, const struct http_answer *answer, uint64_t length)
{
	if (conn->is_gone || !conn->job || conn->job->is_begun)
		return;
	conn->job->is_begun = true;
	send_head(conn, answer, length);
	conn->watermark = 0;
	start_timer(conn, HTTP_STALL_USEC);
}

void http_write(struct http_conn *conn, struct bytes *part)
{
	struct job *j = conn->job;
	struct bytes *cut = NULL;

	if (conn->is_gone || !j || !j->is_begun || j->is_ended)
		return;
	if (j->answer_left != HTTP_LENGTH_UNKNOWN && part->len > j->answer_left)
		part = cut = bytes_new(str_sub(bytes_str(part), 0, (size_t)j->answer_left));
	if (j->answer_left != HTTP_LENGTH_UNKNOWN)
		j->answer_left -= part->len;
	if (part->len)
		transport_send(conn->t, part);
	(void)bytes_unref(cut); /* the transport has its own count */
}

void http_end(struct http_conn *conn)
{
	struct job *j = conn->job;

	if (conn->is_gone || !j || !j->is_begun || j->is_ended)
		return;
	if (j->answer_left != HTTP_LENGTH_UNKNOWN && j->answer_left > 0)
		j->is_last = true; /* the client must not take what follows for the rest */
	j->is_ended = true;
	conn->state = STATE_OVER;
	loop_task(conn->http->net->loop, &conn->task);
}

/* An answer to what is not worth a handler; the connection ends. */
static void refuse(struct http_conn *c, unsigned status)
{
	char text[160];
	struct str reason = str_from(http_reason(status));
	int n = snprintf(text, sizeof(text),
			 "HTTP/1.1 %u %.40s\r\nContent-Type: text/plain\r\nContent-Length: %u\r\n"
			 "Connection: close\r\n\r\n%.40s\n",
			 status, reason.ptr, (unsigned)reason.len + 1, reason.ptr);
	struct bytes *answer = bytes_new(str_make(text, (size_t)n));
	bool is_begun = c->job && c->job->is_begun;

	abandon(c);
	if (!is_begun) /* in the middle of another answer this one would be read as its body */
		transport_send(c->t, answer);
	(void)bytes_unref(answer); /* the transport has its own count */
	shut(c);
}

/* --- requests */

static void ask(struct http_conn *c, struct job *j)
{
	struct http_client client;
	unsigned status =
		http_forward_client(&j->request.head, &c->client, c->http->config.proxies, &client);

	if (status) {
		refuse(c, status);
		return;
	}
	j->request.client = client.addr;
	j->request.peer = addr_format_ip(&client.addr, j->peer);
	j->request.is_forwarded = client.is_forwarded;
	j->request.is_secure = transport_is_secure(c->t) || client.is_secure;
	http_body_init(&j->body, &j->request.head);
	c->state = STATE_WAIT;
	loop_timer_stop(c->http->net->loop, &c->timer);
	c->http->config.on_request(c->http->config.owner, c, &j->request);
}

/* Whether there is more to do. */
static bool run_head(struct http_conn *c)
{
	unsigned status;
	enum err e;

	/* An empty line before a request is left from an old client's body (RFC 9112, 2.2). */
	while (c->found == 0 && str_starts(c->view, STR("\r\n")))
		c->view = str_from_at(c->view, 2);
	if (str_is_empty(c->view))
		return false;
	if (c->found == 0)
		start_timer(c, HTTP_HEAD_USEC);
	e = http_head_find(c->view, &c->found);
	if (e == ERR_AGAIN)
		return false;
	if (e) {
		refuse(c, e == ERR_TOO_BIG ? 431 : 400);
		return false;
	}
	c->job = mem_zalloc(1, sizeof(*c->job) + c->found);
	memcpy(c->job->text, c->view.ptr, c->found);
	status = http_head_parse(str_make(c->job->text, c->found), &c->job->request.head);
	c->view = str_from_at(c->view, c->found);
	c->found = 0;
	if (status)
		refuse(c, status);
	else
		ask(c, c->job);
	return true;
}

static void end_body(struct http_conn *c)
{
	struct job *j = c->job;

	c->state = STATE_WAIT;
	j->is_read = true;
	loop_timer_stop(c->http->net->loop, &c->timer);
	if (j->is_begun)
		start_timer(c, HTTP_STALL_USEC);
	if (j->events && j->events->on_body_end)
		j->events->on_body_end(j->arg);
}

static bool run_body(struct http_conn *c)
{
	struct job *j = c->job;
	struct str part = STR_NONE;

	if (j->is_held || (!j->body.is_done && str_is_empty(c->view)))
		return false;
	if (http_body_next(&j->body, &c->view, &part)) {
		refuse(c, 400);
		return false;
	}
	j->body_got += part.len;
	if (j->body_got > j->body_limit) {
		refuse(c, 413);
		return false;
	}
	if (part.len && j->events && j->events->on_body)
		j->events->on_body(j->arg, part);
	if (!c->is_gone && c->state == STATE_BODY && j->body.is_done)
		end_body(c);
	return true;
}

/* Behind an answer: the rest of the body, then the next request. */
static bool run_over(struct http_conn *c)
{
	struct job *j = c->job;
	struct str part;

	/* transport_close would give a long answer only CLOSE_LINGER_USEC: on_drained comes back
	 * here. */
	if (transport_unsent(c->t) > (j->is_last ? 0 : HTTP_DRAIN_MAX))
		return false;
	if (j->is_last) {
		shut(c);
		return false;
	}
	while (!j->body.is_done && !str_is_empty(c->view)) {
		if (http_body_next(&j->body, &c->view, &part)) {
			shut(c);
			return false;
		}
	}
	if (!j->body.is_done) {
		if (!j->is_dropping)
			start_timer(c, HTTP_HEAD_USEC);
		j->is_dropping = true;
		return false;
	}
	job_free(c);
	c->state = STATE_HEAD;
	if (c->http->is_draining) {
		shut(c);
		return false;
	}
	start_timer(c, HTTP_IDLE_USEC);
	return true;
}

static bool step(struct http_conn *c)
{
	switch ((enum state)c->state) {
	case STATE_HEAD:
		return run_head(c);
	case STATE_BODY:
		return run_body(c);
	case STATE_OVER:
		return run_over(c);
	case STATE_WAIT:
	case STATE_SHUT:
		break;
	}
	return false;
}

/* Stops reading when more than enough waits, or the handler cannot take more. */
static void set_pause(struct http_conn *c)
{
	bool is_held = c->state == STATE_BODY && c->job->is_held;
	bool is_full = is_held || ((c->state == STATE_WAIT || c->state == STATE_OVER) &&
				   c->input.len >= HTTP_PIPELINE_MAX / 2);

	if (is_full != c->is_paused && c->state != STATE_SHUT) {
		c->is_paused = is_full;
		transport_pause(c->t, is_full);
	}
}

/* Keeps what was not worked on. had: bytes that lay in input; otherwise the view is of what has
 * just come. */
static enum err keep_rest(struct http_conn *c, size_t had)
{
	enum err e = OK;

	if (c->view.len == 0)
		sbuf_done(&c->input);
	else if (had == 0)
		e = sbuf_add(&c->input, c->view);
	else if (c->input.len == had)
		sbuf_drop(&c->input, had - c->view.len);
	c->view = STR_NONE;
	return e;
}

/* Works on what has waited, or else on fresh, as far as it goes; c may be gone afterwards. */
static void run(struct http_conn *c, struct str fresh)
{
	size_t had = c->input.len;
	bool is_more = true;

	c->view = had ? sbuf_str(&c->input) : fresh;
	c->is_running = true;
	for (int i = 0; i < STEPS_MAX && is_more; i++)
		is_more = !c->is_gone && step(c);
	c->is_running = false;
	if (c->is_gone) {
		job_free(c);
		mem_free(c);
		return;
	}
	if (is_more)
		net_loop_later(c->http->net, &c->task);
	if (keep_rest(c, had))
		conn_free(c);
	else
		set_pause(c);
}

static void on_task(struct task *task)
{
	run(container_of(task, struct http_conn, task), STR_NONE);
}

static void on_data(void *owner, struct str data)
{
	struct http_conn *c = owner;

	if (c->state == STATE_SHUT)
		return;
	if (c->input.len && sbuf_add(&c->input, data)) {
		conn_free(c);
		return;
	}
	run(c, data);
}

static void on_end(void *owner, enum transport_end why)
{
	(void)why;
	conn_free(owner);
}

static void on_drained(void *owner)
{
	struct http_conn *c = owner;
	struct job *j = c->job;

	if (c->state == STATE_OVER)
		loop_task(c->http->net->loop, &c->task);
	else if (j && j->is_begun && !j->is_ended && j->events && j->events->on_drained)
		j->events->on_drained(j->arg);
}

/* Whether the answer or the body got on since the last look. */
static bool gets_on(struct http_conn *c)
{
	struct job *j = c->job;
	size_t unsent = transport_unsent(c->t);
	bool is_better;

	if (c->state == STATE_BODY) {
		if (j->is_held) /* it is us who are slow */
			return true;
		is_better = j->body_got >= c->watermark + HTTP_BODY_STEP;
		c->watermark = (size_t)j->body_got;
		return is_better;
	}
	/* A handler that takes its time is no fault of the peer's. */
	is_better = unsent == 0 || unsent != c->watermark;
	c->watermark = unsent;
	return is_better;
}

static void on_timer(struct timer *timer)
{
	struct http_conn *c = container_of(timer, struct http_conn, timer);
	bool is_answering =
		c->state == STATE_WAIT || (c->state == STATE_OVER && transport_unsent(c->t) > 0);

	if ((is_answering || c->state == STATE_BODY) && gets_on(c))
		start_timer(c, HTTP_STALL_USEC);
	else if (is_answering)
		conn_free(c);
	else if (c->state == STATE_BODY || (c->state == STATE_HEAD && c->found))
		refuse(c, 408);
	else if (c->state != STATE_SHUT)
		shut(c);
}

static const struct transport_events events_below = {
	.on_data = on_data,
	.on_end = on_end,
	.on_drained = on_drained,
};

void http_listen(struct http_conn *conn, const struct http_events *events, void *arg)
{
	if (conn->is_gone || !conn->job)
		return;
	conn->job->events = events;
	conn->job->arg = arg;
}

const struct http_request *http_request_of(const struct http_conn *conn)
{
	return &conn->job->request;
}

enum err http_read_body(struct http_conn *conn, uint64_t limit)
{
	struct job *j = conn->job;

	if (conn->is_gone || conn->state != STATE_WAIT || j->is_read)
		return ERR_CLOSED;
	if (!j->body.is_chunked && j->body.left > limit)
		return ERR_TOO_BIG;
	j->body_limit = limit;
	conn->state = STATE_BODY;
	conn->watermark = 0;
	start_timer(conn, HTTP_STALL_USEC);
	if (j->request.head.wants_continue && !j->body.is_done)
		transport_write(conn->t, STR("HTTP/1.1 100 Continue\r\n\r\n"));
	j->request.head.wants_continue = false;
	loop_task(conn->http->net->loop, &conn->task);
	return OK;
}

void http_hold_body(struct http_conn *conn, bool is_held)
{
	if (conn->is_gone || !conn->job || conn->job->is_held == is_held)
		return;
	conn->job->is_held = is_held;
	loop_task(conn->http->net->loop, &conn->task);
}

struct transport *http_take(struct http_conn *conn, struct sbuf *rest)
{
	struct transport *t = conn->t;

	must(conn->is_running && conn->state == STATE_WAIT);
	(void)sbuf_add(rest, conn->view); /* the error sticks to rest */
	conn->t = NULL;
	conn->job->events = NULL;
	conn_free(conn);
	return t;
}

struct net_loop *http_net(const struct http_conn *conn)
{
	return conn->http->net;
}

/* --- the server */

struct http *http_new(struct net_loop *net, const struct http_config *config)
{
	struct http *h = mem_zalloc(1, sizeof(*h));

	h->net = net;
	h->config = *config;
	list_init(&h->conns);
	return h;
}

void http_free(struct http **http)
{
	struct http *h = *http;

	*http = NULL;
	if (!h)
		return;
	while (!list_is_empty(&h->conns))
		conn_free(list_entry(h->conns.next, struct http_conn, link));
	mem_free(h);
}

void http_drain(struct http *http)
{
	http->is_draining = true;
	list_each (link, &http->conns) {
		struct http_conn *c = list_entry(link, struct http_conn, link);

		if (c->state == STATE_HEAD && !c->found)
			shut(c);
	}
}

unsigned http_count(const struct http *http)
{
	return http->count;
}

void http_serve(struct http *http, struct transport *take_t, const struct addr *client)
{
	struct http_conn *c = mem_zalloc(1, sizeof(*c));

	c->http = http;
	c->t = take_t;
	c->client = *client;
	c->task.fn = on_task;
	list_init(&c->task.link);
	c->timer.fn = on_timer;
	c->input = SBUF(HTTP_PIPELINE_MAX + 2 * NET_READ_MAX);
	list_append(&http->conns, &c->link);
	http->count++;
	transport_own(take_t, &events_below, c);
	start_timer(c, HTTP_IDLE_USEC);
}
