/* SPDX-License-Identifier: Apache-2.0 */
/* A connection's life: its end in all ways, waiting for look-ups, asking for a session. See conn.h.
 */
#include "server/session/conn.h"

#include "base/mem.h"
#include "base/metric.h"
#include "server/route/enrol.h"

void conn_drop_auth(struct conn *c)
{
	if (c->drop_auth)
		c->drop_auth(c);
}

static void reap(struct task *t)
{
	struct conn *c = container_of(t, struct conn, reaper);

	if (c->pins)
		return;
	mem_free((void *)(uintptr_t)c->bare.ptr);
	mem_free(c->bind_id);
	enrol_pass_free(&c->pass);
	mem_free(c);
	metric_add(METRIC_MEM_CONNECTION, -(int64_t)sizeof(*c));
}

/* The link's answer, if one is awaited, does not come any more. */
static void leave(struct conn *c, bool is_in_order)
{
	if (c->is_binding)
		c->pins--;
	c->is_binding = false;
	link_leave(&c->session, is_in_order);
}

void conn_die(struct conn *c, bool is_in_order)
{
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_DEAD;
	loop_timer_stop(c->c2s->home->loop, &c->deadline);
	list_remove(&c->link);
	c->c2s->count--;
	metric_add(METRIC_CONNECTIONS, -1);
	leave(c, is_in_order);
	conn_drop_auth(c);
	stream_done(&c->stream);
	transport_free(&c->transport);
	list_remove(&c->reader.link);
	loop_task(c->c2s->home->loop, &c->reaper);
}

static void on_deadline(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, deadline);

	if (c->state == CONN_ENDING || c->state == CONN_TLS)
		conn_die(c, true);
	else
		(void)conn_fail(c, STREAM_CONNECTION_TIMEOUT, STR_NONE);
}

static void wait_for_end(struct conn *c)
{
	conn_drop_auth(c);
	if (c->state == CONN_DEAD)
		return;
	c->state = CONN_ENDING;
	loop_timer(c->c2s->home->loop, &c->deadline, CLOSE_LINGER_USEC);
}

bool conn_fail(struct conn *c, enum stream_condition why, struct str text)
{
	if (c->state == CONN_DEAD || c->state == CONN_ENDING)
		return false;
	metric_inc(METRIC_STREAM_ERRORS);
	log_debug(NULL, "stream error", F_STR("peer", transport_peer(c->transport)),
		  F_STR("condition", stream_condition_name(why)));
	leave(c, false);
	stream_error(&c->stream, c->c2s->home->domain, why, text);
	wait_for_end(c);
	return false;
}

bool conn_close(struct conn *c)
{
	if (c->state == CONN_DEAD || c->state == CONN_ENDING)
		return false;
	leave(c, true);
	stream_close(&c->stream);
	wait_for_end(c);
	return false;
}

/* ---- waiting ---- */

void conn_wait(struct conn *c)
{
	c->pins++;
	c->state_before = c->state;
	c->state = CONN_BUSY;
	stream_hold(&c->stream);
	transport_pause(c->transport, true);
}

bool conn_resume(struct conn *c)
{
	c->pins--;
	if (c->state == CONN_DEAD) {
		loop_task(c->c2s->home->loop, &c->reaper);
		return false;
	}
	if (c->state != CONN_BUSY)
		return false;
	c->state = c->state_before;
	return true;
}

void conn_read_on(struct conn *c)
{
	if (c->state == CONN_DEAD || c->state == CONN_ENDING || c->state == CONN_BUSY)
		return;
	transport_pause(c->transport, false);
	stream_go_on(&c->stream);
}

bool conn_is_trusted(const struct conn *c)
{
	return addr_nets_have(c->c2s->trusted, &c->client);
}

struct str conn_counted_address(const struct conn *c, char buf[ADDR_TEXT_MAX])
{
	struct addr network = addr_network(&c->client);

	return addr_format_ip(&network, buf);
}

void conn_send(struct conn *c, const struct xml *el)
{
	if (c->state != CONN_DEAD && c->state != CONN_ENDING)
		stream_send(&c->stream, el);
}

void conn_authenticated(struct conn *c, struct str bare)
{
	mem_free((void *)(uintptr_t)c->bare.ptr);
	c->bare = str_make(str_dup(bare), bare.len);
	c->state = CONN_AUTHED;
	metric_inc(METRIC_LOGIN_OK);
}

void conn_bind(struct conn *c, const struct bind_request *request)
{
	struct bind_request r = *request;

	r.bare = c->bare;
	r.is_framed = c->stream.is_framed;
	r.is_secure = transport_is_secure(c->transport);
	r.begun = c->begun;
	r.peer = transport_peer(c->transport);
	r.scope = c->stream.scope;
	r.lang = c->stream.lang;
	conn_wait(c);
	c->is_binding = true;
	if (!c->session)
		c->session =
			link_new(c->c2s->conn_ops, c, &binding_ops, home_of(c->c2s->home, c->bare));
	link_request(c->session, &r);
}

static void read_on(struct task *t)
{
	conn_read_on(container_of(t, struct conn, reader));
}

struct conn *conn_new(struct c2s *c2s, struct transport *t, const struct addr *client)
{
	struct conn *c = mem_zalloc(1, sizeof(*c));

	c->c2s = c2s;
	c->client = *client;
	c->begun = clock_now();
	c->transport = t;
	c->deadline.fn = on_deadline;
	c->reaper.fn = reap;
	list_init(&c->reaper.link);
	c->reader.fn = read_on;
	list_init(&c->reader.link);
	list_append(&c2s->conns, &c->link);
	c2s->count++;
	metric_inc(METRIC_CONNECTIONS);
	metric_add(METRIC_MEM_CONNECTION, (int64_t)sizeof(*c));
	loop_timer(c2s->home->loop, &c->deadline,
		   conf_duration(c2s->home->conf, "limits.login_time"));
	return c;
}
