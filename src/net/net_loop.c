/* SPDX-License-Identifier: Apache-2.0 */
/* The shared things of a loop's transports, see net_loop.h. */
#include "net/net_loop.h"

#include "base/mem.h"
#include "net/tls_io.h"
#include "net/websocket_deflate.h"

static void run_later(struct timer *timer)
{
	struct net_loop *net = container_of(timer, struct net_loop, later_timer);

	list_each (link, &net->later) {
		struct task *task = list_entry(link, struct task, link);

		list_remove(link);
		loop_task(net->loop, task);
	}
}

struct net_loop *net_loop_new(struct loop *loop)
{
	struct net_loop *net = mem_zalloc(1, sizeof(*net));

	net->loop = loop;
	net->read_buf = mem_alloc(NET_READ_MAX);
	list_init(&net->later);
	net->later_timer.fn = run_later;
	return net;
}

void net_loop_free(struct net_loop **net)
{
	struct net_loop *n = *net;

	*net = NULL;
	if (!n)
		return;
	loop_timer_stop(n->loop, &n->later_timer);
	tls_io_free(&n->tls_io);
	websocket_deflate_free(&n->deflate);
	outq_pool_done(&n->outq_pool);
	mem_free(n->scratch);
	mem_free(n->read_buf);
	mem_free(n);
}

void net_loop_later(struct net_loop *net, struct task *task)
{
	if (!list_is_empty(&task->link))
		return;
	if (list_is_empty(&net->later))
		loop_timer(net->loop, &net->later_timer, 0);
	list_append(&net->later, &task->link);
}

char *net_loop_scratch(struct net_loop *net)
{
	if (!net->scratch)
		net->scratch = mem_alloc(NET_READ_MAX);
	return net->scratch;
}
