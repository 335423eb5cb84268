/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever frames come: the messages that are heard, and the end, do not depend on how the bytes
 * were cut, and stay within the limit. */
#include "base/mem.h"
#include "net/websocket-private.h"

enum { LIMIT = 2000 /* bytes, of a message */ };

/* A transport that swallows what it is given. */
struct pipe {
	struct transport t;
	uint64_t sent; /* a sum of all bytes */
	bool is_closed;
};

static void pipe_send(struct transport *t, struct bytes *data)
{
	struct pipe *p = container_of(t, struct pipe, t);

	for (size_t i = 0; i < data->len; i++)
		p->sent = p->sent * 31 + (unsigned char)data->data[i] + 1;
}

static void pipe_write(struct transport *t, struct str data)
{
	struct bytes *b = bytes_new(data);

	pipe_send(t, b);
	(void)bytes_unref(b); /* ours alone */
}

static void pipe_pause(struct transport *t, bool is_paused)
{
	(void)t;
	(void)is_paused;
}

static void pipe_close(struct transport *t)
{
	container_of(t, struct pipe, t)->is_closed = true;
}

static void pipe_free(struct transport *t)
{
	(void)t;
}

static size_t pipe_unsent(const struct transport *t)
{
	(void)t;
	return 0;
}

static const struct transport_ops pipe_ops = {
	.send = pipe_send,
	.write = pipe_write,
	.pause = pipe_pause,
	.close = pipe_close,
	.free = pipe_free,
	.unsent = pipe_unsent,
};

struct heard {
	struct transport *t;
	uint64_t sum;
	unsigned messages, ends;
	enum transport_end why;
};

static void on_data(void *owner, struct str data)
{
	struct heard *h = owner;

	must(data.len <= LIMIT);
	h->messages++;
	for (size_t i = 0; i < data.len; i++)
		h->sum = h->sum * 31 + (unsigned char)data.ptr[i] + 1;
}

static void on_end(void *owner, enum transport_end why)
{
	struct heard *h = owner;

	h->ends++;
	h->why = why;
}

static const struct transport_events events = { .on_data = on_data, .on_end = on_end };

static struct heard listen_to(struct net_loop *net, struct str text, size_t step,
			      uint64_t *ret_sent)
{
	struct http_request *request = mem_zalloc(1, sizeof(*request));
	struct websocket_start start = { .request = request,
					 .message_limit = LIMIT,
					 .has_deflate = true };
	struct pipe p = { .t.ops = &pipe_ops };
	struct heard h = { .t = websocket_over(net, &p.t, &start) };

	mem_free(request);
	transport_own(h.t, &events, &h);
	while (text.len && !p.is_closed) {
		p.t.events->on_data(p.t.owner, str_sub(text, 0, step));
		text = str_from_at(text, step);
	}
	p.t.events->on_end(p.t.owner, TRANSPORT_CLOSED);
	must(h.ends == 1);
	transport_free(&h.t);
	*ret_sent = p.sent;
	return h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Long content arrives as the network brings it, in a buffer of NET_READ_MAX. */
	struct str text = str_make((const char *)data, size > NET_READ_MAX ? NET_READ_MAX : size);
	uint64_t sent[2];
	struct loop *loop = NULL;
	struct net_loop *net;
	struct heard whole, cut;

	if (loop_new(0, &loop))
		return 0;
	net = net_loop_new(loop);
	whole = listen_to(net, text, SIZE_MAX, &sent[0]);
	cut = listen_to(net, text, 1, &sent[1]);
	must(whole.messages == cut.messages && whole.sum == cut.sum && whole.why == cut.why);
	must(sent[0] == sent[1]);
	net_loop_free(&net);
	loop_free(&loop);
	return 0;
}
