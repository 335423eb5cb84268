/* SPDX-License-Identifier: Apache-2.0 */
/* WebSocket as a filter over a transport, see websocket.h. Frames are worked on when they are
 * whole; only half ones are kept. */
#include "net/websocket.h"

#include "base/mem.h"
#include "codec/utf8.h"
#include "net/websocket-private.h"
#include "net/websocket_deflate.h"
#include "net/websocket_frame.h"

/* What waits for more: only in the middle of a frame or message. */
struct incoming {
	struct sbuf raw;     /* a frame that is not whole */
	struct sbuf message; /* the fragments so far */
	unsigned fragments;
	bool is_compressed;
};

struct websocket {
	struct transport t;
	struct net_loop *net;
	struct transport *below;
	struct incoming *in;
	struct task task; /* for what came behind the upgrade */
	usec_t control_since;
	uint32_t message_limit; /* bytes */
	uint16_t control_count;
	uint8_t end_why; /* what on_end will say once below is closed */
	uint8_t busy;    /* inside of events: free must leave the struct */
	bool is_closing : 1;
	bool is_ended : 1;
	bool is_freed : 1;
	bool is_secure : 1;
	bool has_binding : 1;
	bool has_deflate : 1;
	bool may_deflate : 1;
	uint8_t peer_len;
	char peer[];
};

_Static_assert(offsetof(struct websocket, t) == 0, "a transport is its first member");

static struct websocket *ws_of(struct transport *t)
{
	return container_of(t, struct websocket, t);
}

static const struct websocket *ws_look(const struct transport *t)
{
	return (const struct websocket *)(const void *)t;
}

static void leave(struct websocket *c)
{
	if (--c->busy == 0 && c->is_freed)
		mem_free(c);
}

static void drop_incoming(struct websocket *c)
{
	if (!c->in)
		return;
	sbuf_done(&c->in->raw);
	sbuf_done(&c->in->message);
	mem_free(c->in);
	c->in = NULL;
}

static struct incoming *incoming_of(struct websocket *c)
{
	if (!c->in) {
		c->in = mem_zalloc(1, sizeof(*c->in));
		c->in->raw = SBUF(c->message_limit + WEBSOCKET_HEAD_MAX);
		c->in->message = SBUF(c->message_limit);
	}
	return c->in;
}

static void stop(struct websocket *c)
{
	c->is_ended = true;
	list_remove(&c->task.link);
	drop_incoming(c);
}

static bool is_over(const struct websocket *c)
{
	return c->is_ended || c->is_closing;
}

/* --- output */

static void send_control(struct websocket *c, unsigned opcode, struct str payload)
{
	uint8_t frame[WEBSOCKET_HEAD_MAX + WEBSOCKET_CONTROL_LEN_MAX];
	size_t len = websocket_frame_head(frame, opcode, false, payload.len);
	struct bytes *b;

	if (payload.len)
		memcpy(frame + len, payload.ptr, payload.len);
	b = bytes_new(str_make((const char *)frame, len + payload.len));
	transport_send(c->below, b);
	(void)bytes_unref(b); /* the transport has its own count */
}

/* Says goodbye; on_end follows with why when below is closed. */
static void shut(struct websocket *c, unsigned code, enum transport_end why)
{
	uint8_t payload[2] = { (uint8_t)(code >> 8), (uint8_t)code };

	if (is_over(c))
		return;
	send_control(c, WEBSOCKET_CLOSE, str_make((const char *)payload, code ? 2 : 0));
	c->is_closing = true;
	c->end_why = (uint8_t)why;
	transport_close(c->below);
}

static void fail(struct websocket *c, enum websocket_code code)
{
	shut(c, code, TRANSPORT_PROTOCOL);
}

static void send_frame(struct websocket *c, struct bytes *data, bool is_compressed)
{
	uint8_t head[WEBSOCKET_HEAD_MAX];
	size_t len = websocket_frame_head(head, WEBSOCKET_TEXT, is_compressed, data->len);
	struct bytes *b = bytes_new(str_make((const char *)head, len));

	transport_send(c->below, b);
	transport_send(c->below, data);
	(void)bytes_unref(b); /* the transport has its own count */
}

static void ws_send(struct transport *t, struct bytes *data)
{
	struct websocket *c = ws_of(t);
	struct sbuf packed = SBUF(data->len);
	struct bytes *b;

	if (is_over(c))
		return;
	if (!c->may_deflate || data->len <= WEBSOCKET_DEFLATE_MIN ||
	    websocket_deflate_pack(&c->net->deflate, bytes_str(data), &packed)) {
		send_frame(c, data, false);
	} else {
		b = bytes_new(sbuf_str(&packed));
		send_frame(c, b, true);
		(void)bytes_unref(b); /* the transport has its own count */
	}
	sbuf_done(&packed);
}

static void ws_write(struct transport *t, struct str data)
{
	struct bytes *b = bytes_new(data);

	ws_send(t, b);
	(void)bytes_unref(b); /* the transport has its own count */
}

/* --- input */

/* A whole message; c may be freed inside. */
static void deliver(struct websocket *c, struct str message)
{
	if (!utf8_is_valid(message))
		fail(c, WEBSOCKET_BAD_DATA);
	else
		c->t.events->on_data(c->t.owner, message);
}

static void deliver_packed(struct websocket *c, struct str packed)
{
	/* The stream's end needs room to look for more. */
	struct sbuf plain = SBUF((size_t)c->message_limit + 1);
	enum err e = websocket_deflate_unpack(&c->net->deflate, packed, &plain);

	if (e == ERR_TOO_BIG || plain.len > c->message_limit)
		fail(c, WEBSOCKET_TOO_BIG);
	else if (e)
		fail(c, WEBSOCKET_BAD_DATA);
	else
		deliver(c, sbuf_str(&plain));
	sbuf_done(&plain);
}

static bool is_close_code(unsigned code)
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static void take_close(struct websocket *c, struct str payload)
{
	const uint8_t *p = (const uint8_t *)payload.ptr;
	unsigned code = payload.len < 2 ? 0 : (unsigned)p[0] << 8 | p[1];

	if (payload.len == 1 || (payload.len && !is_close_code(code)))
		fail(c, WEBSOCKET_PROTOCOL_ERROR);
	else if (!utf8_is_valid(str_from_at(payload, 2)))
		fail(c, WEBSOCKET_BAD_DATA);
	else
		shut(c, code, TRANSPORT_CLOSED);
}

static void take_control(struct websocket *c, const struct websocket_frame *frame,
			 struct str masked)
{
	char payload[WEBSOCKET_CONTROL_LEN_MAX] = { 0 };
	struct str plain = str_make(payload, masked.len);
	usec_t now = loop_now(c->net->loop);

	if (now - c->control_since > WEBSOCKET_CONTROL_USEC) {
		c->control_since = now;
		c->control_count = 0;
	}
	if (++c->control_count > WEBSOCKET_CONTROL_MAX) {
		fail(c, WEBSOCKET_POLICY);
		return;
	}
	websocket_frame_unmask(frame, 0, masked, payload);
	if (frame->opcode == WEBSOCKET_CLOSE)
		take_close(c, plain);
	else if (frame->opcode == WEBSOCKET_PING)
		send_control(c, WEBSOCKET_PONG, plain);
}

/* Whether a data frame fits what came before it; otherwise the connection is told why not. */
static bool may_follow(struct websocket *c, const struct websocket_frame *frame)
{
	bool is_inside = c->in && c->in->fragments;
	size_t before = is_inside ? c->in->message.len : 0;

	if ((frame->opcode == WEBSOCKET_CONTINUE) != is_inside ||
	    (frame->is_compressed && !c->has_deflate))
		fail(c, WEBSOCKET_PROTOCOL_ERROR);
	else if (frame->opcode == WEBSOCKET_BINARY)
		fail(c, WEBSOCKET_UNSUPPORTED);
	else if (is_inside && c->in->fragments >= WEBSOCKET_FRAGMENTS_MAX)
		fail(c, WEBSOCKET_POLICY);
	else if (before > c->message_limit || frame->len > c->message_limit - before)
		fail(c, WEBSOCKET_TOO_BIG);
	else
		return true;
	return false;
}

static void take_fragment(struct websocket *c, const struct websocket_frame *frame,
			  struct str masked)
{
	struct incoming *in = incoming_of(c);
	struct sbuf whole;
	bool is_compressed;

	if (in->fragments++ == 0)
		in->is_compressed = frame->is_compressed;
	in->message.limit = c->message_limit;
	if (sbuf_room(&in->message, masked.len)) {
		fail(c, WEBSOCKET_TOO_BIG);
		return;
	}
	if (masked.len) /* there may be no memory behind an empty message */
		websocket_frame_unmask(frame, 0, masked, in->message.ptr + in->message.len);
	in->message.len += masked.len;
	if (!frame->is_last)
		return;
	whole = in->message; /* the owner may free c inside */
	is_compressed = in->is_compressed;
	in->message = SBUF(c->message_limit);
	in->fragments = 0;
	if (is_compressed)
		deliver_packed(c, sbuf_str(&whole));
	else
		deliver(c, sbuf_str(&whole));
	sbuf_done(&whole);
}

static void take_frame(struct websocket *c, const struct websocket_frame *frame, struct str masked)
{
	bool is_alone = frame->is_last && frame->opcode != WEBSOCKET_CONTINUE;
	char *scratch;

	if (frame->opcode >= WEBSOCKET_CLOSE) {
		take_control(c, frame, masked);
	} else if (is_alone && masked.len <= NET_READ_MAX) {
		scratch = net_loop_scratch(c->net);
		websocket_frame_unmask(frame, 0, masked, scratch);
		if (frame->is_compressed)
			deliver_packed(c, str_make(scratch, masked.len));
		else
			deliver(c, str_make(scratch, masked.len));
	} else {
		take_fragment(c, frame, masked);
	}
}

/* Looks at the head of the frame that begins data. ERR_AGAIN: not whole yet. ERR_CLOSED: it was
 * refused. */
static enum err look(struct websocket *c, struct str data, struct websocket_frame *ret_frame,
		     size_t *ret_head)
{
	enum err e = websocket_frame_parse(data, ret_frame, ret_head);

	if (e == ERR_INVALID)
		fail(c, WEBSOCKET_PROTOCOL_ERROR);
	if (e == OK && ret_frame->opcode < WEBSOCKET_CLOSE)
		(void)may_follow(c, ret_frame); /* is_over tells */
	return is_over(c) ? ERR_CLOSED : e;
}

/* Goes on with a frame that was cut. */
static void feed_raw(struct websocket *c, struct str *data)
{
	struct sbuf *raw = &c->in->raw;
	struct websocket_frame frame;
	size_t head = 0, want = 1;
	struct sbuf whole;
	enum err e = look(c, sbuf_str(raw), &frame, &head);

	if (e == ERR_CLOSED)
		return;
	if (e == OK)
		want = head + (size_t)frame.len - raw->len;
	raw->limit = (size_t)c->message_limit + WEBSOCKET_HEAD_MAX + WEBSOCKET_CONTROL_LEN_MAX;
	if (want && sbuf_add(raw, str_sub(*data, 0, want))) {
		fail(c, WEBSOCKET_TOO_BIG);
		return;
	}
	*data = str_from_at(*data, want);
	e = e ? look(c, sbuf_str(raw), &frame, &head) : e;
	if (e || raw->len < head + frame.len)
		return;
	whole = *raw; /* the owner may free c inside */
	*raw = SBUF(0);
	take_frame(c, &frame, str_from_at(sbuf_str(&whole), head));
	sbuf_done(&whole);
}

static void feed(struct websocket *c, struct str *data)
{
	struct websocket_frame frame;
	size_t head = 0;
	enum err e;

	if (c->in && c->in->raw.len) {
		feed_raw(c, data);
		return;
	}
	e = look(c, *data, &frame, &head);
	if (e == OK && frame.len <= data->len - head) {
		struct str payload = str_sub(*data, head, (size_t)frame.len);

		*data = str_from_at(*data, head + payload.len);
		take_frame(c, &frame, payload);
		return;
	}
	if (e == OK || e == ERR_AGAIN) {
		struct sbuf *raw = &incoming_of(c)->raw;

		raw->limit =
			(size_t)c->message_limit + WEBSOCKET_HEAD_MAX + WEBSOCKET_CONTROL_LEN_MAX;
		if (sbuf_add(raw, *data))
			fail(c, WEBSOCKET_TOO_BIG);
		*data = STR_NONE;
	}
}

static void on_below_data(void *owner, struct str data)
{
	struct websocket *c = owner;

	c->busy++;
	while (data.len && !is_over(c))
		feed(c, &data);
	if (c->in && (is_over(c) || (!c->in->fragments && !c->in->raw.len)))
		drop_incoming(c);
	leave(c);
}

static void on_below_end(void *owner, enum transport_end why)
{
	struct websocket *c = owner;

	c->busy++;
	if (c->is_closing)
		why = (enum transport_end)c->end_why;
	else if (why == TRANSPORT_CLOSED)
		why = TRANSPORT_BROKEN; /* without a close frame */
	if (!c->is_ended) {
		stop(c);
		c->t.events->on_end(c->t.owner, why);
	}
	leave(c);
}

static void on_below_drained(void *owner)
{
	struct websocket *c = owner;

	c->busy++;
	if (!is_over(c) && c->t.events->on_drained)
		c->t.events->on_drained(c->t.owner);
	leave(c);
}

static const struct transport_events below_events = {
	.on_data = on_below_data,
	.on_end = on_below_end,
	.on_drained = on_below_drained,
};

/* What the client sent behind its upgrade, once the owner is known. */
static void on_task(struct task *task)
{
	struct websocket *c = container_of(task, struct websocket, task);
	struct sbuf rest;

	if (!c->in)
		return;
	rest = c->in->raw;
	c->in->raw = SBUF(0);
	c->busy++;
	on_below_data(c, sbuf_str(&rest));
	sbuf_done(&rest);
	leave(c);
}

/* --- the transport */

static void ws_pause(struct transport *t, bool is_paused)
{
	struct websocket *c = ws_of(t);

	if (!c->is_ended)
		transport_pause(c->below, is_paused);
}

static void ws_close(struct transport *t)
{
	shut(ws_of(t), WEBSOCKET_NORMAL, TRANSPORT_CLOSED);
}

static void ws_free(struct transport *t)
{
	struct websocket *c = ws_of(t);

	stop(c);
	transport_free(&c->below);
	if (c->busy)
		c->is_freed = true;
	else
		mem_free(c);
}

static size_t ws_unsent(const struct transport *t)
{
	return transport_unsent(ws_look(t)->below);
}

static bool ws_is_secure(const struct transport *t)
{
	return ws_look(t)->is_secure;
}

static bool ws_is_framed(const struct transport *t)
{
	(void)t;
	return true;
}

static size_t ws_binding(const struct transport *t, enum channel_binding kind, uint8_t *buf)
{
	const struct websocket *c = ws_look(t);

	return c->has_binding ? transport_binding(c->below, kind, buf) : 0;
}

static struct str ws_peer(const struct transport *t)
{
	return str_make(ws_look(t)->peer, ws_look(t)->peer_len);
}

static const struct transport_ops ws_ops = {
	.send = ws_send,
	.write = ws_write,
	.pause = ws_pause,
	.close = ws_close,
	.free = ws_free,
	.unsent = ws_unsent,
	.is_secure = ws_is_secure,
	.is_framed = ws_is_framed,
	.binding = ws_binding,
	.peer_name = ws_peer,
};

struct transport *websocket_over(struct net_loop *net, struct transport *take_below,
				 const struct websocket_start *start)
{
	const struct http_request *request = start->request;
	size_t peer_len = request->peer.len > UINT8_MAX ? UINT8_MAX : request->peer.len;
	struct websocket *c = mem_zalloc(1, sizeof(*c) + peer_len);

	c->t.ops = &ws_ops;
	c->net = net;
	c->below = take_below;
	c->task.fn = on_task;
	list_init(&c->task.link);
	c->control_since = loop_now(net->loop);
	websocket_set_limit(&c->t, start->message_limit);
	c->is_secure = request->is_secure;
	/* A binding to TLS that ends at a proxy says nothing about the client. */
	c->has_binding = !request->is_forwarded;
	c->has_deflate = start->has_deflate;
	c->peer_len = (uint8_t)peer_len;
	if (peer_len)
		memcpy(c->peer, request->peer.ptr, peer_len);
	transport_own(take_below, &below_events, c);
	if (!str_is_empty(start->rest)) {
		struct sbuf *raw = &incoming_of(c)->raw;

		*raw = SBUF(start->rest.len);
		must(sbuf_add(raw, start->rest) == OK);
		loop_task(net->loop, &c->task);
	}
	return &c->t;
}

void websocket_set_limit(struct transport *t, size_t message_limit)
{
	ws_of(t)->message_limit = message_limit > INT32_MAX ? INT32_MAX : (uint32_t)message_limit;
}

void websocket_allow_deflate(struct transport *t)
{
	ws_of(t)->may_deflate = ws_of(t)->has_deflate;
}

void websocket_ping(struct transport *t)
{
	if (!is_over(ws_of(t)))
		send_control(ws_of(t), WEBSOCKET_PING, STR(""));
}

void websocket_close(struct transport *t, enum websocket_code code)
{
	shut(ws_of(t), code, TRANSPORT_CLOSED);
}
