/* SPDX-License-Identifier: Apache-2.0 */
/* TLS as a filter over a transport, see tls.h. */
#include "net/tls-private.h"

#include "base/mem.h"
#include "base/metric.h"
#include "crypto/secret.h"
#include "net/tls_challenges-private.h"
#include "net/tls_context-private.h"
#include "net/tls_io.h"
#include "net/tls_record.h"

#include <openssl/err.h>

_Static_assert(offsetof(struct tls, t) == 0, "a transport is its first member");

static struct tls *tls_of(struct transport *t)
{
	return container_of(t, struct tls, t);
}

static void leave(struct tls *c)
{
	if (--c->busy == 0 && c->is_freed)
		mem_free(c);
}

static void stop_deadline(struct tls *c)
{
	if (!c->deadline)
		return;
	loop_timer_stop(c->net->loop, &c->deadline->timer);
	secret_wipe(&c->deadline->secrets, sizeof(c->deadline->secrets));
	mem_free(c->deadline);
	c->deadline = NULL;
}

/* Lets go of all but the transport below and the struct. */
static void stop(struct tls *c)
{
	if (c->is_ended)
		return;
	c->is_ended = true;
	stop_deadline(c);
	list_remove(&c->flush.link);
	outq_clear(&c->out, &c->net->outq_pool);
	tls_record_drop(&c->partial);
	tls_crypt_stop(c);
	OPENSSL_cleanse(c->exporter, sizeof(c->exporter));
	c->has_exporter = false;
}

static void end(struct tls *c, enum transport_end why)
{
	if (c->is_ended)
		return;
	stop(c);
	c->t.events->on_end(c->t.owner, why);
}

/* Readies the loop's wire for calls to OpenSSL on behalf of c. */
static struct tls_io *open_io(struct tls *c, struct str in)
{
	struct tls_io *io = tls_io_of(&c->net->tls_io);

	ERR_clear_error();
	io->in = in;
	io->alpn = c->deadline ? c->deadline->alpn : NULL;
	io->secrets = c->deadline ? &c->deadline->secrets : NULL;
	io->is_peer = c->is_peer;
	sbuf_reset(&io->out);
	return io;
}

static void send_io(struct tls *c, struct tls_io *io)
{
	if (io->out.len)
		transport_write(c->below, sbuf_str(&io->out));
	sbuf_reset(&io->out);
}

/* Closes below in order; on_end follows with why when that is done. */
static void close_below(struct tls *c, enum transport_end why)
{
	if (c->is_closing_below)
		return;
	c->is_closing = c->is_closing_below = true;
	c->end_why = (uint8_t)why;
	outq_clear(&c->out, &c->net->outq_pool);
	transport_close(c->below);
}

/* What OpenSSL's failure means. Its alert is among io->out already. */
static void fail(struct tls *c, struct tls_io *io)
{
	unsigned long code = ERR_peek_error();
	bool is_alert =
		ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET;

	ERR_clear_error();
	send_io(c, io);
	close_below(c, is_alert ? TRANSPORT_BROKEN : TRANSPORT_PROTOCOL);
}

static void handshake_done(struct tls *c, struct tls_io *io)
{
	static const char label[] = "EXPORTER-Channel-Binding";
	bool is_13 = SSL_version(c->ssl) == TLS1_3_VERSION;

	c->state = TLS_OPENSSL;
	metric_inc(METRIC_TLS_KEPT);
	if (tls_challenges_is_shown(c->ssl)) { /* RFC 8737 3: nothing follows */
		stop_deadline(c);
		transport_close(&c->t);
		return;
	}
	metric_inc(is_13 ? METRIC_TLS13 : METRIC_TLS12);
	/* An empty context is a context (RFC 9266, 4.2). */
	c->has_exporter =
		is_13 && SSL_export_keying_material(c->ssl, c->exporter, sizeof(c->exporter), label,
						    sizeof(label) - 1, NULL, 0, 0) == 1;
	tls_crypt_hibernate(c, io);
	stop_deadline(c);
	if (c->out.unsent || c->is_closing)
		loop_task(c->net->loop, &c->flush);
	if (c->t.events->on_ready && !c->is_closing)
		c->t.events->on_ready(c->t.owner);
}

static void do_handshake(struct tls *c, struct tls_io *io)
{
	int result, error;

	result = SSL_do_handshake(c->ssl);
	error = SSL_get_error(c->ssl, result);
	if (result == 1) {
		send_io(c, io);
		handshake_done(c, io);
	} else if (error == SSL_ERROR_WANT_READ) {
		send_io(c, io);
	} else {
		fail(c, io);
	}
}

static void peer_closed(struct tls *c, struct tls_io *io)
{
	tls_crypt_close(c, io); /* answers with our close_notify */
	send_io(c, io);
	close_below(c, TRANSPORT_CLOSED);
}

static void read_plain(struct tls *c, struct tls_io *io)
{
	while (!c->is_ended && !c->is_closing_below) {
		int n, error;
		bool is_done;

		ERR_clear_error(); /* the owner may have used OpenSSL */
		n = SSL_read(c->ssl, io->plain, sizeof(io->plain));
		error = SSL_get_error(c->ssl, n);
		if (n > 0) {
			send_io(c, io);
			is_done = io->in.len == 0 && !SSL_has_pending(c->ssl);
			if (!c->is_closing)
				c->t.events->on_data(c->t.owner, str_make(io->plain, (size_t)n));
			/* Asking OpenSSL for what cannot be there costs it a buffer. */
			if (is_done)
				return;
			continue;
		}
		if (error == SSL_ERROR_WANT_READ) {
			send_io(c, io);
			return;
		}
		if (error == SSL_ERROR_ZERO_RETURN)
			peer_closed(c, io);
		else
			fail(c, io);
	}
}

static void read_hibernated(struct tls *c, struct tls_io *io, struct str record)
{
	enum tls_alert alert;
	struct str data;

	switch (tls_hibernated_open(c->record, io->aead, record, io->plain, &data, &alert)) {
	case TLS_HEARD_NOTHING:
		break;
	case TLS_HEARD_DATA:
		if (!c->is_closing)
			c->t.events->on_data(c->t.owner, data);
		break;
	case TLS_HEARD_CLOSE:
		peer_closed(c, io);
		break;
	case TLS_HEARD_ALERT:
		close_below(c, TRANSPORT_BROKEN);
		break;
	case TLS_HEARD_WRONG:
		tls_crypt_alert(c, io, alert);
		send_io(c, io);
		close_below(c, TRANSPORT_PROTOCOL);
		break;
	}
}

/* One whole record, head included. */
static void take_record(struct tls *c, struct str record)
{
	struct tls_io *io;

	/* After a TLS 1.2 handshake this can only be a renegotiation. */
	if (c->state == TLS_OPENSSL && record.ptr[0] == TLS_RECORD_HANDSHAKE) {
		close_below(c, TRANSPORT_PROTOCOL);
		return;
	}
	io = open_io(c, record);
	if (c->state == TLS_HANDSHAKE)
		do_handshake(c, io);
	else if (c->state == TLS_HIBERNATED)
		read_hibernated(c, io, record);
	else
		read_plain(c, io);
	if (!c->is_ended && transport_unsent(c->below) > TLS_BACKLOG_MAX)
		close_below(c, TRANSPORT_OVERFLOW);
}

static void on_below_data(void *owner, struct str data)
{
	struct tls *c = owner;
	struct tls_record record;
	enum err e;

	c->busy++;
	while (!c->is_ended && !c->is_closing_below) {
		/* SSL_in_before: the very first record must be a handshake. */
		bool is_first = c->state == TLS_HANDSHAKE && SSL_in_before(c->ssl);

		e = tls_record_next(&c->partial, &data, is_first, &record);
		if (e == ERR_AGAIN)
			break;
		if (e) {
			close_below(c, TRANSPORT_PROTOCOL);
			break;
		}
		take_record(c, record.whole);
		tls_record_drop(&record.kept);
	}
	leave(c);
}

static void on_below_end(void *owner, enum transport_end why)
{
	struct tls *c = owner;

	c->busy++;
	if (c->is_closing_below)
		why = (enum transport_end)c->end_why;
	else if (why == TRANSPORT_CLOSED)
		why = TRANSPORT_BROKEN; /* without close_notify: cut off */
	end(c, why);
	leave(c);
}

/* Encrypts up to TLS_BATCH_MAX bytes of what waits and hands them down. */
static bool send_batch(struct tls *c)
{
	struct tls_io *io = open_io(c, STR_NONE);
	size_t batch = 0;

	while (c->out.unsent && batch < TLS_BATCH_MAX) {
		size_t n = outq_peek(&c->out, io->collect, sizeof(io->collect));
		size_t written = 0;

		if (!tls_crypt_write(c, io, n, &written)) {
			fail(c, io);
			return false;
		}
		outq_drop(&c->out, &c->net->outq_pool, written);
		batch += written;
	}
	send_io(c, io);
	return true;
}

static void all_sent(struct tls *c)
{
	if (c->is_closing) {
		struct tls_io *io = open_io(c, STR_NONE);

		tls_crypt_close(c, io); /* close_notify; we do not wait for the peer's */
		send_io(c, io);
		close_below(c, TRANSPORT_CLOSED);
		return;
	}
	if (!c->t.events->on_drained)
		return;
	c->is_draining = true;
	c->t.events->on_drained(c->t.owner);
	c->is_draining = false;
}

static void flush(struct tls *c)
{
	if (c->is_ended || c->is_closing_below || c->state == TLS_HANDSHAKE)
		return;
	while (c->out.unsent && transport_unsent(c->below) == 0) {
		if (!send_batch(c))
			return;
	}
	if (c->out.unsent == 0 && transport_unsent(c->below) == 0)
		all_sent(c);
}

static void on_flush(struct task *task)
{
	struct tls *c = container_of(task, struct tls, flush);

	c->busy++;
	if (c->is_overflow)
		end(c, TRANSPORT_OVERFLOW);
	else
		flush(c);
	leave(c);
}

static void on_below_drained(void *owner)
{
	struct tls *c = owner;

	c->busy++;
	flush(c);
	leave(c);
}

static void on_below_ready(void *owner)
{
	(void)owner; /* our own on_ready comes with the handshake */
}

static void on_late(struct timer *timer)
{
	struct tls *c = container_of(timer, struct deadline, timer)->tls;

	c->busy++;
	end(c, c->is_closing_below ? (enum transport_end)c->end_why : TRANSPORT_BROKEN);
	leave(c);
}

static void start_deadline(struct tls *c, usec_t delay_usec)
{
	if (!c->deadline) {
		c->deadline = mem_zalloc(1, sizeof(*c->deadline));
		c->deadline->timer.fn = on_late;
		c->deadline->tls = c;
	}
	loop_timer(c->net->loop, &c->deadline->timer, delay_usec);
}

static const struct transport_events below_events = {
	.on_data = on_below_data,
	.on_ready = on_below_ready,
	.on_end = on_below_end,
	.on_drained = on_below_drained,
};

static void push(struct tls *c, struct bytes *data, size_t limit)
{
	if (c->is_ended || c->is_closing || c->is_overflow)
		return;
	if (outq_push(&c->out, &c->net->outq_pool, data, limit)) {
		c->is_overflow = true;
		list_remove(&c->flush.link); /* it may stand among those of the next turn */
		loop_task(c->net->loop, &c->flush);
	} else if (c->is_draining) {
		net_loop_later(c->net, &c->flush);
	} else {
		loop_task(c->net->loop, &c->flush);
	}
}

static void tls_send(struct transport *t, struct bytes *data)
{
	struct tls *c = tls_of(t);

	push(c, data, c->output_limit);
}

static void tls_write(struct transport *t, struct str data)
{
	struct bytes *copy = bytes_new(data);

	push(tls_of(t), copy, SIZE_MAX);
	(void)bytes_unref(copy); /* the queue holds it */
}

static void tls_pause(struct transport *t, bool is_paused)
{
	struct tls *c = tls_of(t);

	if (!c->is_ended)
		transport_pause(c->below, is_paused);
}

static void tls_close(struct transport *t)
{
	struct tls *c = tls_of(t);

	if (c->is_ended || c->is_closing)
		return;
	c->is_closing = true;
	/* A peer that does not read must not keep us: below only counts from its own close. */
	start_deadline(c, CLOSE_LINGER_USEC);
	if (c->state == TLS_HANDSHAKE)
		close_below(c, TRANSPORT_CLOSED);
	else
		loop_task(c->net->loop, &c->flush);
}

static void tls_free(struct transport *t)
{
	struct tls *c = tls_of(t);

	stop(c);
	transport_free(&c->below);
	c->ctx = tls_context_unref(c->ctx);
	if (c->busy)
		c->is_freed = true;
	else
		mem_free(c);
}

static size_t tls_unsent(const struct transport *t)
{
	const struct tls *c = tls_look(t);

	return c->out.unsent + transport_unsent(c->below);
}

static bool tls_is_secure(const struct transport *t)
{
	return tls_look(t)->state != TLS_HANDSHAKE;
}

static bool tls_is_framed(const struct transport *t)
{
	(void)t;
	return false;
}

static struct str tls_peer_name(const struct transport *t)
{
	return transport_peer(tls_look(t)->below);
}

static const struct transport_ops tls_ops = {
	.send = tls_send,
	.write = tls_write,
	.pause = tls_pause,
	.close = tls_close,
	.free = tls_free,
	.unsent = tls_unsent,
	.is_secure = tls_is_secure,
	.is_framed = tls_is_framed,
	.binding = tls_binding,
	.peer_name = tls_peer_name,
	.addresses = tls_addresses,
};

static struct tls *make(struct net_loop *net, struct transport *below, struct tls_context *ctx,
			size_t output_limit)
{
	struct tls *c = mem_zalloc(1, sizeof(*c));
	BIO *bio = tls_io_of(&net->tls_io)->bio;

	c->t.ops = &tls_ops;
	c->net = net;
	c->below = below;
	c->ctx = tls_context_ref(ctx);
	list_init(&c->flush.link);
	c->flush.fn = on_flush;
	c->output_limit = output_limit > UINT32_MAX ? UINT32_MAX : (uint32_t)output_limit;
	c->state = TLS_HANDSHAKE;
	ERR_clear_error();
	c->ssl = SSL_new(ctx->ssl_ctx);
	must(c->ssl);
	must(BIO_up_ref(bio));
	SSL_set_bio(c->ssl, bio, bio);
	start_deadline(c, TLS_HANDSHAKE_USEC);
	transport_own(below, &below_events, c);
	return c;
}

struct transport *transport_tls_accept(struct net_loop *net, struct transport *below,
				       struct tls_context *ctx, const struct str *alpn,
				       size_t output_limit)
{
	struct tls *c = make(net, below, ctx, output_limit);

	must(ctx->is_server);
	c->deadline->alpn = alpn;
	SSL_set_accept_state(c->ssl);
	return &c->t;
}

void tls_ask_certificate(struct transport *t)
{
	struct tls *c = tls_of(t);

	if (c->ctx->trusts_clients)
		SSL_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
}

void tls_ask_peer(struct transport *t)
{
	struct tls *c = tls_of(t);

	must(c->ctx->is_server);
	c->is_peer = true;
	SSL_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
	/* The roots for clients are not those for servers: from any. */
	SSL_set_client_CA_list(c->ssl, sk_X509_NAME_new_null());
}

enum err transport_tls_connect(struct net_loop *net, struct transport *below,
			       struct tls_context *ctx, const struct tls_want *want,
			       struct transport **ret_t)
{
	struct tls *c = make(net, below, ctx, want->output_limit);
	struct tls_io *io = open_io(c, STR_NONE);
	enum err e = tls_context_want(c->ssl, want);
	int result = 0;

	must(!ctx->is_server);
	if (!e) {
		SSL_set_connect_state(c->ssl);
		result = SSL_do_handshake(c->ssl); /* writes the ClientHello and wants the answer */
		if (SSL_get_error(c->ssl, result) != SSL_ERROR_WANT_READ)
			e = ERR_CRYPTO;
	}
	if (e) {
		c->below = NULL; /* stays with the caller */
		tls_free(&c->t);
		return e;
	}
	send_io(c, io);
	*ret_t = &c->t;
	return OK;
}
