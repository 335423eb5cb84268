/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of accounts for the administrator, see control_clients.h. */
#include "server/control_clients.h"

#include "base/mem.h"
#include "server/push/push_list.h"
#include "server/route/clients.h"

struct client_listing {
	void (*fn)(void *arg, enum err e, const struct admin_client *clients, size_t count);
	void *arg;
};

static void on_clients(void *arg, enum err err, const struct client_view *views, size_t count)
{
	struct client_listing *l = arg;
	struct admin_client *rows = mem_zalloc(count + 1, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		rows[i] = (struct admin_client){ .id = views[i].id,
						 .software = views[i].client.software,
						 .device = views[i].client.device,
						 .mechanism = views[i].client.mechanism,
						 .wall_first = views[i].client.wall_first,
						 .wall_last = views[i].client.wall_last,
						 .is_connected = views[i].is_connected,
						 .knows_password = views[i].knows_password,
						 .has_token = views[i].has_token };
	l->fn(l->arg, err, rows, count);
	mem_free(rows);
	mem_free(l);
}

void control_list_clients(void *owner, struct str user,
			  void (*fn)(void *arg, enum err e, const struct admin_client *clients,
				     size_t count),
			  void *arg)
{
	struct client_listing *l = mem_zalloc(1, sizeof(*l));

	l->fn = fn;
	l->arg = arg;
	clients_list(owner, user, on_clients, l);
}

void control_remove_client(void *owner, struct str user, struct str id,
			   void (*fn)(void *arg, enum err e), void *arg)
{
	push_sign_out(owner, user, id);
	clients_sign_out(owner, user, id, fn, arg);
}

/* ---- pushes ---- */

struct push_listing {
	void (*fn)(void *arg, enum err e, const struct admin_push *pushes, size_t count);
	void *arg;
};

static void on_pushes(void *arg, enum err err, const struct push_view *views, size_t count)
{
	struct push_listing *l = arg;
	struct admin_push *rows = mem_zalloc(count + 1, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		rows[i] = (struct admin_push){ .service = views[i].service,
					       .node = views[i].node,
					       .room = views[i].room,
					       .device = views[i].device,
					       .answer = views[i].answer,
					       .wall_enabled = views[i].wall_enabled,
					       .wall_pushed = views[i].wall_pushed,
					       .wall_answered = views[i].wall_answered,
					       .failures = views[i].failures,
					       .waiting = views[i].waiting,
					       .is_web = views[i].is_web,
					       .is_disabled = views[i].is_disabled };
	l->fn(l->arg, err, rows, count);
	mem_free(rows);
	mem_free(l);
}

void control_list_pushes(void *owner, struct str user,
			 void (*fn)(void *arg, enum err e, const struct admin_push *pushes,
				    size_t count),
			 void *arg)
{
	struct push_listing *l = mem_zalloc(1, sizeof(*l));

	l->fn = fn;
	l->arg = arg;
	push_list(owner, user, on_pushes, l);
}
