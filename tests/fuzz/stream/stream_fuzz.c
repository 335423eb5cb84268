/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: the same is heard however the input is cut, and nothing is kept beyond the limits. The
 * first byte: length of the pieces, 0: framed. */
#include "stream/stream.h"

#include "base/mem.h"

enum { LOG_MAX = 1024 * 1024, RESTARTS_MAX = 8 };

static const struct xml_limits limits = {
	.stanza_bytes = 2000, .depth = 16, .attrs = 16, .name_bytes = 64, .children = 64
};

struct owner {
	struct transport transport;
	struct stream stream;
	struct sbuf log;
	unsigned restarts;
	bool is_framed, is_over;
};

static void t_send(struct transport *t, struct bytes *data)
{
	(void)t;
	(void)data;
}

static void t_close(struct transport *t)
{
	(void)t;
}

static bool t_is_framed(const struct transport *t)
{
	return ((const struct owner *)t->owner)->is_framed;
}

static const struct transport_ops ops = { .send = t_send,
					  .close = t_close,
					  .is_framed = t_is_framed };

static bool end(struct owner *o)
{
	o->is_over = true;
	return false;
}

static bool on_open(void *arg, const struct xml *open)
{
	struct owner *o = arg;

	(void)sbuf_printf(&o->log, "open %.*s\n", STR_ARG(xml_attr(open, STR("to"))));
	return o->stream.scope && o->stream.scope->prefix_count > 4 ? end(o) : true;
}

static bool on_element(void *arg, struct str text)
{
	struct owner *o = arg;

	must(text.len <= limits.stanza_bytes);
	(void)sbuf_printf(&o->log, "element %.*s\n", STR_ARG(text));
	if (str_starts(text, STR("<auth")) && o->restarts++ < RESTARTS_MAX)
		stream_restart(&o->stream, &o->transport);
	return str_starts(text, STR("<starttls")) ? end(o) : true;
}

static bool on_close(void *arg)
{
	struct owner *o = arg;

	(void)sbuf_lit(&o->log, "close\n");
	return end(o);
}

static bool on_fault(void *arg, enum stream_condition why)
{
	struct owner *o = arg;

	(void)why; /* which of several it is may depend on where the input was cut */
	(void)sbuf_lit(&o->log, "fault\n");
	stream_error(&o->stream, STR("localhost"), why, STR_NONE);
	return end(o);
}

static const struct stream_events events = {
	.on_open = on_open, .on_element = on_element, .on_close = on_close, .on_fault = on_fault
};

static void play(struct owner *o, struct str text, size_t piece, bool is_framed)
{
	*o = (struct owner){ .log = SBUF(LOG_MAX), .is_framed = is_framed };
	o->transport = (struct transport){ .ops = &ops, .owner = o };
	stream_init(&o->stream, &o->transport, &events, o);
	o->stream.limits = &limits;
	for (size_t i = 0; i < text.len && !o->is_over; i += piece) {
		struct str part = str_sub(text, i, piece);
		char *copy = str_dup(part); /* reading past its end is seen */

		stream_feed(&o->stream, str_make(copy, part.len));
		mem_free(copy);
		must(o->is_over || o->stream.half.len <= limits.stanza_bytes);
	}
	stream_done(&o->stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct owner whole, cut;
	struct str text;

	if (size < 2 || size > 100000)
		return 0;
	text = str_make((const char *)data + 1, size - 1);
	play(&whole, text, text.len, data[0] == 0);
	if (data[0]) {
		play(&cut, text, data[0], false);
		must(str_eq(sbuf_str(&whole.log), sbuf_str(&cut.log)));
		sbuf_done(&cut.log);
	}
	sbuf_done(&whole.log);
	return 0;
}
