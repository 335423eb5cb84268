/* SPDX-License-Identifier: Apache-2.0 */
/* The listeners: each is called, as its clients would, up to where a secret would be needed. */
#include "base/sbuf.h"
#include "net/tls_probe.h"
#include "server/doctor/exam-private.h"

#include <stdio.h>

enum { HEAD_MAX = 2048 /* bytes of what is said */ };

/* What a step is called in a finding. */
struct call {
	const struct exam *x;
	const struct exam_door *door;
	const char *path;
	struct str wanted; /* of an answer */
	struct tls_probe probe;
	const char *step;
};

static enum err secure(struct call *c, struct str alpn)
{
	c->step = "the TLS handshake";
	return tls_probe_secure(&c->probe, alpn);
}

/* RFC 6120 4.2. to has been checked by the configuration: it is a domain. */
static enum err open_stream(struct call *c, const char *ns, struct str to, struct str wanted)
{
	struct sbuf head scoped(sbuf_done) = SBUF(HEAD_MAX);
	enum err e;

	c->step = "the opening of a stream";
	e = sbuf_printf(&head,
			"<?xml version='1.0'?><stream:stream xmlns='%s' version='1.0' "
			"xmlns:stream='http://etherx.jabber.org/streams' to='%.*s'>",
			ns, STR_ARG(to));
	if (!e)
		e = tls_probe_say(&c->probe, sbuf_str(&head));
	return e ? e : tls_probe_hear(&c->probe, wanted);
}

static enum err call_xmpp(struct call *c, const char *ns, bool is_direct)
{
	struct str alpn = str_eq(str_from(ns), STR("jabber:server")) ? STR("xmpp-server")
								     : STR("xmpp-client");
	enum err e = is_direct ? secure(c, alpn) : OK;

	if (!e)
		e = open_stream(c, ns, c->x->domain, STR("</stream:features>"));
	if (e || is_direct)
		return e;
	c->step = "STARTTLS";
	e = tls_probe_say(&c->probe, STR("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
	if (!e)
		e = tls_probe_hear(&c->probe, STR("<proceed"));
	return e ? e : secure(c, alpn);
}

static enum err call_component(struct call *c, bool is_tls)
{
	enum err e = is_tls ? secure(c, STR("xmpp-server")) : OK;

	if (e || !c->x->component_count)
		return e;
	return open_stream(c, "jabber:component:accept", c->x->components[0].domain,
			   STR("<stream:stream"));
}

static enum err call_http(struct call *c, bool is_tls)
{
	struct sbuf head scoped(sbuf_done) = SBUF(HEAD_MAX);
	enum err e = is_tls ? secure(c, STR("http/1.1")) : OK;

	if (e)
		return e;
	c->step = "a request for a page";
	e = sbuf_printf(&head, "GET %s HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\n\r\n",
			c->path, STR_ARG(c->x->ascii));
	if (!e)
		e = tls_probe_say(&c->probe, sbuf_str(&head));
	if (!e)
		e = tls_probe_hear(&c->probe, STR("\r\n"));
	if (!e && (!str_starts(str_from(c->probe.heard), STR("HTTP/1.1 ")) ||
		   c->probe.heard[sizeof("HTTP/1.1 ") - 1] == '5'))
		e = ERR_INVALID;
	return e || !c->wanted.len ? e : tls_probe_hear(&c->probe, c->wanted);
}

static enum err call_any(struct call *c)
{
	switch (c->door->kind) {
	case EXAM_XMPP:
	case EXAM_XMPPS:
		return call_xmpp(c, "jabber:client", c->door->kind == EXAM_XMPPS);
	case EXAM_SERVER:
	case EXAM_SERVER_TLS:
		return call_xmpp(c, "jabber:server", c->door->kind == EXAM_SERVER_TLS);
	case EXAM_HTTP:
	case EXAM_HTTPS:
	case EXAM_METRICS:
		return call_http(c, c->door->kind == EXAM_HTTPS);
	case EXAM_COMPONENT:
	case EXAM_COMPONENT_TLS:
		return call_component(c, c->door->kind == EXAM_COMPONENT_TLS);
	}
	return ERR_UNSUPPORTED;
}

enum err exam_call(const struct exam *x, const struct exam_door *door, usec_t patience,
		   const char *path, struct str wanted, const char **ret_step)
{
	struct call c = { .x = x, .door = door, .path = path, .wanted = wanted };
	enum err e = tls_probe_connect(&c.probe, &door->addr, patience, x->is_stopped);

	c.step = "the connection";
	if (!e)
		e = call_any(&c);
	if (e)
		*ret_step = c.step;
	tls_probe_done(&c.probe);
	return e;
}

static void check_door(struct exam *x, const struct exam_door *door)
{
	char text[ADDR_TEXT_MAX];
	struct str at = addr_format(&door->addr, text);
	const char *path = door->kind == EXAM_METRICS ? "/metrics" : "/", *step = "";
	enum err e = exam_call(x, door, x->patience, path, STR(""), &step);

	if (e)
		exam_note(x, door->check, 'F', "read the server's log, then restart it",
			  "%.*s does not answer: %s fails (%s)", STR_ARG(at), step,
			  e == ERR_AGAIN ? "too slow" : err_text(e));
	else
		exam_note(x, door->check, 'A', "", "%.*s answers", STR_ARG(at));
}

/* What strangers should not reach. */
static void check_reach(struct exam *x, const struct exam_door *door)
{
	if (addr_is_loopback(&door->addr))
		return;
	if (door->kind == EXAM_METRICS)
		exam_note(x, "metrics", 'C', "listen.metrics on a loopback address",
			  "strangers may read the metrics");
	if (door->kind == EXAM_COMPONENT)
		exam_note(x, "components", 'C', "listen.component_tls for other machines",
			  "components may connect from elsewhere without TLS");
}

void exam_doors(struct exam *x)
{
	for (size_t i = 0; i < x->door_count && !exam_is_stopped(x); i++) {
		check_door(x, &x->doors[i]);
		check_reach(x, &x->doors[i]);
	}
}
