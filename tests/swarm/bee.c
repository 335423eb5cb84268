/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one client, see bee.h. */
#include "bee.h"

#include "login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

void bee_mark(struct bee *b)
{
	if (b->is_dirty)
		return;
	b->is_dirty = true;
	b->next_dirty = b->rules->dirty;
	b->rules->dirty = b;
}

void bee_drop(struct bee *b)
{
	if (b->wire.ssl && b->wire.is_secure)
		(void)SSL_shutdown(b->wire.ssl); /* a courtesy */
	wire_done(&b->wire);
	b->state = BEE_IDLE;
}

static void gone(struct bee *b, enum err why)
{
	enum bee_state was = b->state;

	bee_drop(b);
	b->rules->on_gone(b, was, was == BEE_CLOSING ? OK : why);
}

/* A socket from one of the loopback's many addresses: one address has too few ports for big runs.
 */
static int make_socket(const struct bee *b)
{
	struct sockaddr_in from = { .sin_family = AF_INET };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	from.sin_addr.s_addr =
		htonl(INADDR_LOOPBACK + (uint32_t)(b->number % b->rules->opt->from_addr));
	if (fd < 0)
		return fd;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)); /* only slower without */
	(void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)(void *)&from, sizeof(from)) == 0)
		return fd;
	(void)close(fd); /* bind's error counts */
	return -1;
}

static enum err dial(struct bee *b)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)b->rules->opt->port) };
	int fd;

	if (inet_pton(AF_INET, options_host(b->rules->opt, b->number), &to.sin_addr) != 1 ||
	    ntohl(to.sin_addr.s_addr) >> 24 != IN_LOOPBACKNET)
		return ERR_DENIED;
	fd = make_socket(b);
	if (fd < 0)
		return err_from_errno(errno);
	if (connect(fd, (struct sockaddr *)(void *)&to, sizeof(to)) != 0 && errno != EINPROGRESS) {
		enum err e = err_from_errno(errno);

		(void)close(fd); /* connect's error counts */
		return e;
	}
	return wire_open(&b->wire, fd, b->rules->epfd, b);
}

void bee_start(struct bee *b)
{
	enum err e;

	b->state = BEE_CONNECTING;
	b->wire = WIRE_CLOSED;
	b->cutter = (struct cutter){ .is_open = false };
	b->has_sm = false;
	b->sm_in = 0;
	b->started = clock_now();
	e = dial(b);
	if (e)
		gone(b, e);
}

/* A quote that the raw attribute value may stand in. */
static char quote_for(struct str raw)
{
	return str_index(raw, '\'') < 0 ? '\'' : '"';
}

static enum err put_attr(struct sbuf *out, const char *name, struct str raw)
{
	char quote = quote_for(raw);

	return str_is_set(raw) ? sbuf_printf(out, " %s=%c%.*s%c", name, quote, STR_ARG(raw), quote)
			       : OK;
}

/* RFC 6120 8.2.3: every get and set is answered. */
static enum err answer(struct bee *b, struct str piece)
{
	struct str type = piece_attr(piece, STR("type"));
	bool is_ping = piece_has(piece, STR("urn:xmpp:ping"));
	struct sbuf *out = &b->wire.out;
	enum err e;

	if (!str_eq(type, STR("get")) && !str_eq(type, STR("set")))
		return OK;
	bee_mark(b);
	e = sbuf_printf(out, "<iq type='%s'", is_ping ? "result" : "error");
	if (!e)
		e = put_attr(out, "id", piece_attr(piece, STR("id")));
	if (!e)
		e = put_attr(out, "to", piece_attr(piece, STR("from")));
	if (!e)
		e = is_ping ? sbuf_lit(out, "/>")
			    : sbuf_lit(
				      out,
				      "><error type='cancel'><service-unavailable "
				      "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
	return e;
}

static enum err acknowledge(struct bee *b)
{
	bee_mark(b);
	return sbuf_printf(&b->wire.out, "<a xmlns='urn:xmpp:sm:3' h='%u'/>",
			   (unsigned)(uint32_t)b->sm_in);
}

/* What may come at any time once the session stands. */
static enum err live_piece(struct bee *b, struct str piece)
{
	struct str name = piece_name(piece);
	bool is_message = str_eq(name, STR("message")), is_iq = str_eq(name, STR("iq"));
	bool is_presence = str_eq(name, STR("presence"));
	bool is_stanza = is_message || is_iq || is_presence;

	if (str_eq(name, STR("stream:error")))
		return ERR_CLOSED;
	if (str_eq(name, STR("enabled"))) {
		b->has_sm = true;
		return OK;
	}
	if (str_eq(name, STR("r")) && b->has_sm)
		return acknowledge(b);
	b->sm_in += is_stanza && b->has_sm;
	if (b->state == BEE_PINGING)
		return login_piece(b, piece);
	if (is_message && b->state == BEE_READY)
		b->rules->on_message(b, piece);
	if (is_iq && b->state == BEE_READY)
		b->rules->on_iq(b, piece);
	if (is_presence && b->state == BEE_READY)
		b->rules->on_presence(b, piece);
	return is_iq ? answer(b, piece) : OK;
}

static enum err take_piece(struct bee *b, struct str piece)
{
	if (str_eq(piece_name(piece), STR("stream:stream")))
		return OK;
	return b->state >= BEE_PINGING ? live_piece(b, piece) : login_piece(b, piece);
}

static enum err eat_xml(struct bee *b, struct str data, size_t *ret_eaten)
{
	struct str rest = data, piece;
	enum err e = OK;

	while (e == OK && b->state != BEE_SHAKING && b->state != BEE_IDLE) {
		e = cutter_next(&b->cutter, &rest, &piece);
		if (!e)
			e = take_piece(b, piece);
	}
	if (b->state == BEE_SHAKING && rest.len)
		return ERR_INVALID; /* words in clear behind <proceed/> */
	*ret_eaten = data.len - rest.len;
	return e == ERR_AGAIN ? OK : e;
}

static enum err eat_lines(struct bee *b, struct str data, size_t *ret_eaten)
{
	struct str rest = data;
	enum err e = OK;
	ptrdiff_t end;

	while (e == OK && (end = str_index(rest, '\n')) >= 0) {
		struct str line = str_sub(rest, 0, (size_t)end + 1);

		if (b->state == BEE_READY)
			b->rules->on_message(b, line);
		else
			e = login_piece(b, line);
		rest = str_from_at(rest, line.len);
	}
	*ret_eaten = data.len - rest.len;
	return e;
}

static enum err eat(void *arg, struct str data, size_t *ret_eaten)
{
	struct bee *b = arg;

	return options_is_relay(b->rules->opt) ? eat_lines(b, data, ret_eaten)
					       : eat_xml(b, data, ret_eaten);
}

static enum err on_connected(struct bee *b)
{
	int why = 0;
	socklen_t size = sizeof(why);

	if (getsockopt(b->wire.fd, SOL_SOCKET, SO_ERROR, &why, &size) != 0 || why)
		return ERR_IO;
	return login_begin(b);
}

static enum err on_event(struct bee *b)
{
	enum err e;

	if (b->state == BEE_CONNECTING)
		return on_connected(b);
	if (b->state == BEE_SHAKING) {
		e = wire_shake(&b->wire);
		if (e)
			return e == ERR_AGAIN ? OK : e;
		e = login_secured(b);
		if (e)
			return e;
	}
	return wire_pull(&b->wire, eat, b);
}

void bee_event(struct bee *b, uint32_t events)
{
	enum err e;

	if (b->state == BEE_IDLE)
		return; /* dropped earlier this turn */
	if (b->state == BEE_CONNECTING && !(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
		return;
	e = on_event(b);
	if (!e && b->state == BEE_SHAKING)
		e = on_event(b); /* the hello goes out with what began it */
	if (e) {
		gone(b, e);
		return;
	}
	bee_mark(b);
}

void bee_flush(struct bee *b)
{
	enum err e;

	if (b->state == BEE_IDLE)
		return;
	e = wire_flush(&b->wire);
	if (!e)
		e = wire_watch(&b->wire, b->rules->epfd, b);
	if (e)
		gone(b, e);
}

void bee_quit(struct bee *b)
{
	enum err e = OK;

	if (b->state == BEE_IDLE || b->state == BEE_CLOSING)
		return;
	if (options_is_relay(b->rules->opt) || b->state < BEE_AUTH_FEATURES) {
		b->state = BEE_CLOSING;
		(void)shutdown(b->wire.fd, SHUT_WR); /* the other side's end follows */
		return;
	}
	if (b->has_sm)
		e = acknowledge(b);
	if (!e)
		e = sbuf_lit(&b->wire.out, "</stream:stream>");
	b->state = BEE_CLOSING;
	bee_mark(b);
	if (e)
		(void)shutdown(b->wire.fd, SHUT_RDWR); /* not gone(): b may be in wire_pull */
}
