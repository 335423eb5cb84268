/* SPDX-License-Identifier: Apache-2.0 */
/* A client that tries a listener, see tls_probe.h. The descriptor does not block: waiting is done
 * here, in slices. */
#include "net/tls_probe.h"

#include "net/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <unistd.h>

enum { SLICE_MSEC = 100 };

static enum err wait_for(const struct tls_probe *p, short events)
{
	struct pollfd poll_fd = { .fd = p->fd, .events = events };

	while (clock_now() < p->until) {
		if (p->is_stopped && __atomic_load_n(p->is_stopped, __ATOMIC_RELAXED))
			return ERR_CLOSED;
		if (poll(&poll_fd, 1, SLICE_MSEC) > 0)
			return OK;
	}
	return ERR_AGAIN;
}

/* The address itself, or for "all of them" this machine. */
static struct addr goal_of(const struct addr *to)
{
	static const uint8_t any_v6[16], any_v4[16] = { [10] = 0xff, [11] = 0xff };
	struct addr goal = *to;

	if (memcmp(goal.ip, any_v4, sizeof(any_v4)) == 0)
		goal.ip[12] = 127;
	if (memcmp(goal.ip, any_v6, sizeof(any_v6)) == 0 ||
	    memcmp(to->ip, any_v4, sizeof(any_v4)) == 0)
		goal.ip[15] = 1;
	return goal;
}

static enum err connect_to(struct tls_probe *p, const struct addr *to)
{
	struct addr goal = goal_of(to);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&goal, &ss), size = sizeof(int);
	int fault = 0;
	enum err e = OK;

	p->fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0)
		return err_from_errno(errno);
	if (connect(p->fd, (const struct sockaddr *)&ss, len) != 0)
		e = errno == EINPROGRESS ? wait_for(p, POLLOUT) : ERR_CLOSED;
	if (!e && (getsockopt(p->fd, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault))
		e = ERR_CLOSED;
	return e;
}

enum err tls_probe_connect(struct tls_probe *p, const struct addr *to, usec_t patience,
			   const bool *is_stopped)
{
	p->fd = -1;
	p->ssl = NULL;
	p->len = 0;
	p->heard[0] = '\0';
	p->until = clock_now() + patience;
	p->is_stopped = is_stopped;
	return connect_to(p, to);
}

/* After a call of OpenSSL that gave n: what to wait for, or why it is over. */
static enum err wait_for_tls(struct tls_probe *p, int n)
{
	int why = SSL_get_error(p->ssl, n);

	ERR_clear_error();
	if (why == SSL_ERROR_WANT_READ)
		return wait_for(p, POLLIN);
	if (why == SSL_ERROR_WANT_WRITE)
		return wait_for(p, POLLOUT);
	return why == SSL_ERROR_SSL ? ERR_CRYPTO : ERR_CLOSED;
}

enum err tls_probe_secure(struct tls_probe *p, struct str alpn)
{
	unsigned char offer[256];
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	enum err e = OK;
	int n;

	must(ctx && alpn.len > 0 && alpn.len < sizeof(offer));
	offer[0] = (unsigned char)alpn.len;
	memcpy(offer + 1, alpn.ptr, alpn.len);
	must(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION));
	SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	p->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx); /* the connection has a count */
	must(p->ssl && SSL_set_fd(p->ssl, p->fd));
	must(SSL_set_alpn_protos(p->ssl, offer, (unsigned)alpn.len + 1) == 0);
	while (!e && (n = SSL_connect(p->ssl)) != 1)
		e = wait_for_tls(p, n);
	return e;
}

/* Some of it: bytes, or 0 with *ret_err: OK after a wait, or why it is over. */
static size_t say_some(struct tls_probe *p, struct str text, enum err *ret_err)
{
	ssize_t n = p->ssl ? SSL_write(p->ssl, text.ptr, (int)text.len)
			   : send(p->fd, text.ptr, text.len, MSG_NOSIGNAL);

	*ret_err = OK;
	if (n > 0)
		return (size_t)n;
	if (p->ssl)
		*ret_err = wait_for_tls(p, (int)n);
	else
		*ret_err = errno == EAGAIN || errno == EINTR ? wait_for(p, POLLOUT) : ERR_CLOSED;
	return 0;
}

enum err tls_probe_say(struct tls_probe *p, struct str text)
{
	enum err e = OK;

	p->len = 0;
	p->heard[0] = '\0';
	while (!e && text.len)
		text = str_from_at(text, say_some(p, text, &e));
	return e;
}

static enum err hear_some(struct tls_probe *p)
{
	size_t room = TLS_PROBE_HEARD_MAX - p->len;
	char *to = p->heard + p->len;
	ssize_t n;

	if (room == 0)
		return ERR_TOO_BIG;
	n = p->ssl ? SSL_read(p->ssl, to, (int)room) : recv(p->fd, to, room, 0);
	if (n > 0) {
		p->len += (size_t)n;
		p->heard[p->len] = '\0';
		return OK;
	}
	if (p->ssl)
		return wait_for_tls(p, (int)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? wait_for(p, POLLIN) : ERR_CLOSED;
}

enum err tls_probe_hear(struct tls_probe *p, struct str needle)
{
	enum err e = OK;

	while (!e && str_find(str_make(p->heard, p->len), needle) < 0)
		e = hear_some(p);
	return e;
}

void tls_probe_done(struct tls_probe *p)
{
	SSL_free(p->ssl);
	p->ssl = NULL;
	if (p->fd >= 0)
		(void)close(p->fd); /* nothing that could be lost */
	p->fd = -1;
}
