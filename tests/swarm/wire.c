/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets and OpenSSL, see wire.h. Buffers go back as soon as they are empty, so that memory per
 * idle connection is TLS alone. */
#include "wire.h"

#include <errno.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum err wire_open(struct wire *w, int fd, int epfd, void *who)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLOUT, .data.ptr = who };

	*w = WIRE_CLOSED;
	w->fd = fd;
	w->events = ev.events;
	if (epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev) != 0)
		return err_from_errno(errno);
	return OK;
}

void wire_done(struct wire *w)
{
	if (!w)
		return;
	SSL_free(w->ssl);
	if (w->fd >= 0)
		(void)close(w->fd); /* nothing to do about it */
	sbuf_done(&w->in);
	sbuf_done(&w->out);
	*w = WIRE_CLOSED;
}

enum err wire_secure(struct wire *w, SSL_CTX *ctx, bool is_server)
{
	w->ssl = SSL_new(ctx);
	if (!w->ssl || SSL_set_fd(w->ssl, w->fd) != 1)
		return ERR_CRYPTO;
	if (is_server)
		SSL_set_accept_state(w->ssl);
	else
		SSL_set_connect_state(w->ssl);
	return OK;
}

/* What OpenSSL's answer n means; blocked is ERR_AGAIN. */
static enum err ssl_result(struct wire *w, int n)
{
	int why = SSL_get_error(w->ssl, n);

	ERR_clear_error();
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return ERR_AGAIN;
	return why == SSL_ERROR_ZERO_RETURN ? ERR_CLOSED : ERR_IO;
}

enum err wire_shake(struct wire *w)
{
	int n = SSL_do_handshake(w->ssl);

	if (n != 1)
		return ssl_result(w, n);
	w->is_secure = true;
	return OK;
}

static enum err read_some(struct wire *w, char *buf, size_t size, size_t *ret_len)
{
	ssize_t n;

	if (w->ssl) {
		int got = SSL_read(w->ssl, buf, (int)size);

		if (got <= 0)
			return ssl_result(w, got);
		*ret_len = (size_t)got;
		return OK;
	}
	n = recv(w->fd, buf, size, 0);
	if (n == 0)
		return ERR_CLOSED;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? ERR_AGAIN : ERR_IO;
	*ret_len = (size_t)n;
	return OK;
}

/* Feeds data, in front of it what was left over. */
static enum err feed(struct wire *w, struct str data, wire_eat_fn eat, void *arg)
{
	bool was_left = w->in.len > 0;
	size_t eaten = 0;
	enum err e = OK;

	if (was_left) {
		e = sbuf_add(&w->in, data);
		if (e)
			return e;
		data = sbuf_str(&w->in);
	}
	e = eat(arg, data, &eaten);
	if (e)
		return e;
	if (was_left)
		sbuf_drop(&w->in, eaten);
	else
		e = sbuf_add(&w->in, str_from_at(data, eaten));
	if (!w->in.len)
		sbuf_done(&w->in);
	return e;
}

enum err wire_pull(struct wire *w, wire_eat_fn eat, void *arg)
{
	char scratch[WIRE_SCRATCH];

	do {
		size_t len = 0;
		enum err e = read_some(w, scratch, sizeof(scratch), &len);

		if (e)
			return e == ERR_AGAIN ? OK : e;
		e = feed(w, str_make(scratch, len), eat, arg);
		if (e)
			return e;
	} while (w->is_secure && SSL_has_pending(w->ssl));
	return OK;
}

static enum err write_some(struct wire *w, size_t *ret_len)
{
	ssize_t n;

	if (w->ssl) {
		int put = SSL_write(w->ssl, w->out.ptr, (int)w->out.len);

		if (put <= 0)
			return ssl_result(w, put);
		*ret_len = (size_t)put;
		return OK;
	}
	n = send(w->fd, w->out.ptr, w->out.len, MSG_NOSIGNAL);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? ERR_AGAIN : ERR_IO;
	*ret_len = (size_t)n;
	return OK;
}

enum err wire_flush(struct wire *w)
{
	if (w->ssl && !w->is_secure)
		return OK;
	while (w->out.len) {
		size_t len = 0;
		enum err e = write_some(w, &len);

		if (e)
			return e == ERR_AGAIN ? OK : e;
		sbuf_drop(&w->out, len);
	}
	sbuf_done(&w->out);
	return OK;
}

enum err wire_watch(struct wire *w, int epfd, void *who)
{
	bool wants_room = w->out.len > 0 || (w->ssl && !w->is_secure && SSL_want_write(w->ssl));
	struct epoll_event ev = { .events = EPOLLIN | (wants_room ? EPOLLOUT : 0),
				  .data.ptr = who };

	if (ev.events == w->events)
		return OK;
	w->events = ev.events;
	if (epoll_ctl(epfd, EPOLL_CTL_MOD, w->fd, &ev) != 0)
		return err_from_errno(errno);
	return OK;
}

SSL_CTX *wire_context(const char *cert, const char *key)
{
	SSL_CTX *ctx = SSL_CTX_new(cert ? TLS_server_method() : TLS_client_method());

	if (!ctx)
		return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_read_ahead(ctx, 1);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) == 1 &&
	    (!cert || (SSL_CTX_use_certificate_chain_file(ctx, cert) == 1 &&
		       SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1)))
		return ctx;
	SSL_CTX_free(ctx);
	return NULL;
}
