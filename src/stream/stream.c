/* SPDX-License-Identifier: Apache-2.0 */
/* XML streams, see stream.h. */
#include "stream/stream.h"

#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"
#include "xml/write.h"
#include "xmpp/ns.h"

enum {
	OUT_MAX = 64 * 1024 /* bytes of one element that a stream itself sends */,
	OPEN_ARENA_MAX = 64 * 1024
};

static const struct xml_scope tcp_scope = {
	.default_ns = STR_INIT("jabber:client"),
	.prefixes = { { STR_INIT("stream"), STR_INIT("http://etherx.jabber.org/streams") } },
	.prefix_count = 1,
};
static const struct xml_scope framed_scope = { .prefix_count = 0 };

const struct xml_scope *stream_scope(bool is_framed)
{
	return is_framed ? &framed_scope : &tcp_scope;
}

static struct str put(char **at, struct str s)
{
	char *p = *at;

	if (s.len)
		memcpy(p, s.ptr, s.len);
	*at += s.len;
	return s.ptr ? str_make(p, s.len) : STR_NONE;
}

struct xml_scope *stream_scope_dup(const struct xml_scope *scope)
{
	struct xml_scope *copy;
	size_t bytes;
	char *at;

	if (!scope)
		return NULL;
	bytes = scope->default_ns.len;
	for (size_t i = 0; i < scope->prefix_count; i++)
		bytes += scope->prefixes[i].prefix.len + scope->prefixes[i].ns.len;
	copy = mem_zalloc(1, sizeof(*copy) + bytes);
	at = (char *)(copy + 1);
	copy->prefix_count = scope->prefix_count;
	copy->default_ns = put(&at, scope->default_ns);
	for (size_t i = 0; i < scope->prefix_count; i++) {
		copy->prefixes[i].prefix = put(&at, scope->prefixes[i].prefix);
		copy->prefixes[i].ns = put(&at, scope->prefixes[i].ns);
	}
	return copy;
}

enum stream_condition stream_condition_of(enum xml_fault fault)
{
	switch (fault) {
	case XML_FAULT_RESTRICTED:
		return STREAM_RESTRICTED_XML;
	case XML_FAULT_ENCODING:
		return STREAM_UNSUPPORTED_ENCODING;
	case XML_FAULT_NAMESPACE:
		return STREAM_BAD_NAMESPACE_PREFIX;
	case XML_FAULT_TOO_BIG:
		return STREAM_POLICY_VIOLATION;
	case XML_FAULT_NONE:
	case XML_FAULT_NOT_WELL_FORMED:
		break;
	}
	return STREAM_NOT_WELL_FORMED;
}

void stream_init(struct stream *s, struct transport *transport, const struct stream_events *events,
		 void *owner)
{
	*s = (struct stream){
		.transport = transport, .events = events, .owner = owner, .content_ns = NS_CLIENT
	};
	s->is_framed = transport_is_framed(transport);
	xml_scan_init(&s->scan);
}

static void drop_half(struct stream *s)
{
	metric_add(METRIC_MEM_HALF, -(int64_t)s->half.cap);
	sbuf_done(&s->half);
}

static void forget_open(struct stream *s)
{
	mem_free(s->scope);
	s->scope = NULL;
	mem_free((void *)(uintptr_t)s->lang.ptr);
	s->lang = STR_NONE;
}

void stream_done(struct stream *s)
{
	drop_half(s);
	forget_open(s);
	sbuf_done(&s->held);
}

void stream_restart(struct stream *s, struct transport *transport)
{
	s->transport = transport;
	s->is_open_in = s->is_open_out = false;
	forget_open(s);
	xml_scan_init(&s->scan);
	drop_half(s);
}

/* ---- in ---- */

static bool keep_half(struct stream *s, struct str part)
{
	size_t before = s->half.cap;
	enum err e;

	s->half.limit = s->limits->stanza_bytes;
	e = sbuf_add(&s->half, part);
	metric_add(METRIC_MEM_HALF, (int64_t)(s->half.cap - before));
	return e == OK;
}

/* An idle stream keeps nothing unless its peer declared something of its own. */
static void keep_open(struct stream *s, const struct xml *open, const struct xml_scope *scope)
{
	struct str lang = xml_attr_ns(open, XML_NS_XML, STR("lang"));

	forget_open(s);
	if (lang.len && lang.len <= STREAM_LANG_MAX)
		s->lang = str_make(str_dup(lang), lang.len);
	if (scope &&
	    !(scope->prefix_count == 1 && str_eq(scope->prefixes[0].prefix, STR("stream"))))
		s->scope = stream_scope_dup(scope);
	if (s->scope)
		s->scope->default_ns = NS_CLIENT; /* what content_ns is read as */
}

static bool open_with(struct stream *s, const struct xml *open, const struct xml_scope *scope)
{
	struct str name = s->is_framed ? STR("open") : STR("stream");

	if (!str_eq(open->name, name))
		return s->events->on_fault(s->owner, STREAM_BAD_FORMAT);
	if (!str_eq(open->ns, s->is_framed ? NS_FRAMING : NS_STREAM) ||
	    (scope && !str_eq(scope->default_ns, s->content_ns)))
		return s->events->on_fault(s->owner, STREAM_INVALID_NAMESPACE);
	s->is_open_in = true;
	keep_open(s, open, scope);
	return s->events->on_open(s->owner, open);
}

static bool on_open_tag(struct stream *s, struct str text)
{
	struct arena a scoped(arena_done) = { 0 };
	struct xml_scope scope;
	struct xml *open;
	enum xml_fault fault;

	arena_init(&a, OPEN_ARENA_MAX);
	fault = xml_parse_open(&a, text, s->limits, &open, &scope);
	if (fault)
		return s->events->on_fault(s->owner, stream_condition_of(fault));
	return open_with(s, open, &scope);
}

/* One unit of the scanner; text may lie in half. */
static bool on_unit(struct stream *s, enum xml_scan_event event, struct str text)
{
	struct sbuf half = s->half;
	bool goes_on;

	/* The owner may restart or free the stream: what is handled now is no longer its half. */
	s->half = SBUF(half.limit);
	if (event == XML_SCAN_OPEN)
		goes_on = on_open_tag(s, text);
	else if (event == XML_SCAN_CLOSE)
		goes_on = s->events->on_close(s->owner);
	else
		goes_on = s->events->on_element(s->owner, text);
	metric_add(METRIC_MEM_HALF, -(int64_t)half.cap);
	sbuf_done(&half);
	return goes_on;
}

static bool feed_once(struct stream *s, struct str *data)
{
	size_t used, skipped;
	enum xml_scan_event event = xml_scan_feed(&s->scan, s->limits, *data, &used, &skipped);
	struct str part = str_sub(*data, skipped, used - skipped);

	if (event == XML_SCAN_ERROR)
		return s->events->on_fault(s->owner,
					   stream_condition_of((enum xml_fault)s->scan.fault));
	if (event == XML_SCAN_MORE || s->half.len) {
		if (part.len && !keep_half(s, part))
			return s->events->on_fault(s->owner, STREAM_POLICY_VIOLATION);
		part = sbuf_str(&s->half);
	}
	*data = str_from_at(*data, used);
	return event == XML_SCAN_MORE || on_unit(s, event, part);
}

static bool is_framing(struct str text, struct str name)
{
	return text.len > name.len + 1 && text.ptr[0] == '<' &&
	       str_eq(str_sub(text, 1, name.len), name) &&
	       (text.ptr[name.len + 1] == ' ' || text.ptr[name.len + 1] == '/' ||
		text.ptr[name.len + 1] == '\t' || text.ptr[name.len + 1] == '\n' ||
		text.ptr[name.len + 1] == '\r' || text.ptr[name.len + 1] == '>');
}

/* RFC 7395 3.3: a message is one whole element, without white space or declaration in front. */
static void feed_framed(struct stream *s, struct str text)
{
	struct arena a scoped(arena_done) = { 0 };
	bool is_open = is_framing(text, STR("open")), is_close = is_framing(text, STR("close"));
	enum xml_fault fault;
	struct xml *el;

	arena_init(&a, OPEN_ARENA_MAX);
	if (text.len > s->limits->stanza_bytes) {
		(void)s->events->on_fault(s->owner, STREAM_POLICY_VIOLATION); /* nothing follows */
		return;
	}
	if (!is_open && !is_close) {
		(void)s->events->on_element(s->owner, text); /* nothing follows */
		return;
	}
	fault = xml_parse(&a, text, &framed_scope, s->limits, &el);
	if (fault)
		(void)s->events->on_fault(s->owner,
					  stream_condition_of(fault)); /* nothing follows */
	else if (is_open)
		(void)open_with(s, el, NULL); /* nothing follows */
	else if (str_eq(el->ns, NS_FRAMING))
		(void)s->events->on_close(s->owner); /* nothing follows */
	else
		(void)s->events->on_fault(s->owner, STREAM_INVALID_NAMESPACE); /* nothing follows */
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void keep_held(struct stream *s, struct str data)
{
	s->held.limit = STREAM_HELD_MAX;
	if (s->is_framed || sbuf_add(&s->held, data))
		(void)s->events->on_fault(s->owner, STREAM_POLICY_VIOLATION); /* nothing follows */
}

void stream_feed(struct stream *s, struct str data)
{
	if (s->is_held) {
		keep_held(s, data);
		return;
	}
	if (s->is_framed) {
		feed_framed(s, data);
		return;
	}
	/* COMPAT(go-xmpp): white space behind the last element of the stream before, then an XML
	 * declaration. */
	while (data.len && !s->is_open_in && xml_scan_is_idle(&s->scan) && is_space(data.ptr[0]))
		data = str_from_at(data, 1);
	while (data.len && feed_once(s, &data)) {
		if (s->is_held && data.len) {
			keep_held(s, data);
			return;
		}
	}
}

void stream_hold(struct stream *s)
{
	s->is_held = true;
}

void stream_go_on(struct stream *s)
{
	struct sbuf held = s->held;

	s->held = SBUF(STREAM_HELD_MAX);
	s->is_held = false;
	if (held.len)
		stream_feed(s, sbuf_str(&held));
	sbuf_done(&held);
}

/* ---- out ---- */

static void send_sbuf(struct stream *s, struct sbuf *out)
{
	struct bytes *bytes;

	must(out->err == OK);
	bytes = bytes_new(sbuf_str(out));
	transport_send(s->transport, bytes);
	(void)bytes_unref(bytes);
}

static void add_attr(struct sbuf *out, const char *name, struct str value)
{
	if (!value.len)
		return;
	(void)sbuf_printf(out, " %s='", name);
	(void)xml_write_attr(out, value);
	(void)sbuf_lit(out, "'");
}

void stream_send_open(struct stream *s, struct str from, struct str to, struct str id)
{
	struct sbuf out scoped(sbuf_done) = SBUF(OUT_MAX);

	if (s->is_framed)
		(void)sbuf_lit(&out, "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'");
	else
		(void)sbuf_printf(&out,
				  "<?xml version='1.0'?><stream:stream xmlns='%.*s' "
				  "xmlns:stream='http://etherx.jabber.org/streams'",
				  STR_ARG(s->content_ns));
	add_attr(&out, "from", from);
	add_attr(&out, "to", to);
	add_attr(&out, "id", id);
	if (str_eq(s->content_ns, NS_SERVER)) /* XEP-0220 2.3.1 */
		(void)sbuf_printf(&out, " xmlns:db='%.*s'", STR_ARG(NS_DIALBACK));
	/* XEP-0114 has streams without a version: they have no features. */
	if (!str_eq(s->content_ns, NS_COMPONENT))
		(void)sbuf_lit(&out, " version='1.0'");
	(void)sbuf_lit(&out, " xml:lang='en'");
	(void)sbuf_add(&out, s->is_framed ? STR("/>") : STR(">"));
	send_sbuf(s, &out);
	s->is_open_out = true;
}

void stream_send(struct stream *s, const struct xml *el)
{
	struct sbuf out scoped(sbuf_done) = SBUF(OUT_MAX);
	struct bytes *bytes;

	if (xml_write(&out, el, NS_CLIENT))
		return;
	bytes = bytes_new(sbuf_str(&out));
	stream_send_bytes(s, bytes);
	(void)bytes_unref(bytes);
}

/* What a websocket message must declare itself (RFC 7395 3.3.3), for an element that is written for
 * an open stream. */
static struct str declaration(struct str text)
{
	if (str_starts(text, STR("<stream:")))
		return STR(
			" xmlns:stream='http://etherx.jabber.org/streams' xmlns='jabber:client'");
	if (str_starts(text, STR("<message")) || str_starts(text, STR("<presence")) ||
	    str_starts(text, STR("<iq")))
		return STR(" xmlns='jabber:client'");
	return STR("");
}

static size_t name_end(struct str text)
{
	size_t i = 1;

	while (i < text.len && text.ptr[i] != ' ' && text.ptr[i] != '>' && text.ptr[i] != '/')
		i++;
	return i;
}

void stream_send_bytes(struct stream *s, struct bytes *bytes)
{
	struct str text = bytes_str(bytes), head = s->is_framed ? declaration(text) : STR("");
	size_t at = name_end(text);
	struct bytes *whole;

	if (!head.len) {
		transport_send(s->transport, bytes);
		return;
	}
	whole = bytes_new_empty(text.len + head.len);
	memcpy(whole->data, text.ptr, at);
	memcpy(whole->data + at, head.ptr, head.len);
	memcpy(whole->data + at + head.len, text.ptr + at, text.len - at);
	transport_send(s->transport, whole);
	(void)bytes_unref(whole);
}

void stream_close(struct stream *s)
{
	struct sbuf out scoped(sbuf_done) = SBUF(OUT_MAX);

	if (s->is_closed_out)
		return;
	s->is_closed_out = true;
	if (s->is_open_out) {
		(void)sbuf_add(&out,
			       s->is_framed
				       ? STR("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>")
				       : STR("</stream:stream>"));
		send_sbuf(s, &out);
	}
	transport_close(s->transport);
}

void stream_error(struct stream *s, struct str from, enum stream_condition c, struct str text)
{
	struct arena a scoped(arena_done) = { 0 };

	if (s->is_closed_out)
		return;
	arena_init(&a, OPEN_ARENA_MAX);
	if (!s->is_open_out) { /* RFC 6120 4.9.1.2; 4.7.3: with an id */
		char id[17];

		random_token(id, sizeof(id) - 1);
		stream_send_open(s, from, STR_NONE, str_from(id));
	}
	stream_send(s, stream_error_new(&a, c, text));
	stream_close(s);
}
