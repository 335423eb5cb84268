/* SPDX-License-Identifier: Apache-2.0 */
/* Workers, see worker.h. */
#include "server/worker.h"

#include "base/mem.h"
#include "base/metric.h"

#include <stdio.h>

static const usec_t STOP_POLL_USEC = 20 * USEC_PER_MSEC;

static void on_accept(struct worker *w, struct transport *t, const struct addr *client, bool is_direct)
{
	int64_t max = conf_int(w->home.conf, "limits.connections");

	metric_inc(METRIC_ACCEPTED);
	if (w->c2s.is_stopping || (max && metric_sum(METRIC_CONNECTIONS) >= max)) {
		transport_free(&t);
		return;
	}
	c2s_accept(&w->c2s, t, client, is_direct);
}

static void on_xmpp(void *owner, struct transport *t, const struct addr *client)
{
	on_accept(owner, t, client, false);
}

static void on_xmpps(void *owner, struct transport *t, const struct addr *client)
{
	on_accept(owner, t, client, true);
}

static enum err listen_on(struct worker *w, const char *key, struct addr *addr, struct listener **ret_listener, struct blame *blame)
{
	struct listener_config config = { .addr = *addr, .is_joining = w->index > 0, .owner = w };
	enum err e;

	if (!addr->is_set)
		return OK;
	config.output_limit = conf_size(w->home.conf, "limits.output_bytes");
	config.on_accept = ret_listener == &w->xmpps ? on_xmpps : on_xmpp;
	e = listener_new(w->net, &config, ret_listener);
	if (e) {
		char text[ADDR_TEXT_MAX];

		(void)snprintf(blame->text, sizeof(blame->text), "%s: cannot listen on %.*s: %s", key,
			       STR_ARG(addr_format(addr, text)), err_text(e));
		return e;
	}
	*addr = listener_address(*ret_listener);
	return OK;
}

enum err worker_listen(struct worker *w, struct addr *xmpp, struct addr *xmpps, struct blame *blame)
{
	enum err e = listen_on(w, "listen.xmpp", xmpp, &w->xmpp, blame);

	return e ? e : listen_on(w, "listen.xmpps", xmpps, &w->xmpps, blame);
}

static void *thread_main(void *arg)
{
	struct worker *w = arg;

	loop_run(w->loop);
	return NULL;
}

enum err worker_start(struct worker *w)
{
	char name[16];

	if (pthread_create(&w->thread, NULL, thread_main, w))
		return ERR_BUSY;
	(void)snprintf(name, sizeof(name), "worker-%u", w->index);
	(void)pthread_setname_np(w->thread, name);
	return OK;
}

static void on_stop_timer(struct timer *t)
{
	struct worker *w = container_of(t, struct worker, stop_timer);

	if (w->c2s.count == 0 || loop_now(w->loop) >= w->stop_at)
		loop_stop(w->loop);
	else
		loop_timer(w->loop, t, STOP_POLL_USEC);
}

static void on_stop(struct letter *l)
{
	struct worker *w = container_of(l, struct worker, stop_letter);

	listener_free(&w->xmpp);
	listener_free(&w->xmpps);
	c2s_stop(&w->c2s);
	w->stop_timer.fn = on_stop_timer;
	w->stop_at = loop_now(w->loop) + WORKER_STOP_USEC;
	loop_timer(w->loop, &w->stop_timer, STOP_POLL_USEC);
}

void worker_stop(struct worker *w)
{
	w->stop_letter.fn = on_stop;
	loop_post(w->loop, &w->stop_letter);
}

struct reload {
	struct letter letter;
	struct worker *worker;
	struct conf *conf;
	struct tls_context *tls;
};

static void on_reload(struct letter *l)
{
	struct reload *r = container_of(l, struct reload, letter);
	struct worker *w = r->worker;

	(void)conf_unref(w->home.conf);
	w->home.conf = r->conf;
	(void)tls_context_unref(w->c2s.tls);
	w->c2s.tls = r->tls;
	mem_free(r);
}

void worker_reload(struct worker *w, struct conf *conf, struct tls_context *tls)
{
	struct reload *r = mem_zalloc(1, sizeof(*r));

	r->worker = w;
	r->conf = conf_ref(conf);
	r->tls = tls_context_ref(tls);
	r->letter.fn = on_reload;
	loop_post(w->loop, &r->letter);
}
