/* SPDX-License-Identifier: Apache-2.0 */
/* PUT of a file, see put.h. What the head says already decides most; the book decides whether there
 * is room, the receiver takes the body to the disk. 201 comes when all is durable. */
#include "server/upload/put.h"

#include "server/route/home.h"
#include "server/upload/link.h"
#include "server/upload/receive.h"
#include "server/upload/reply.h"
#include "server/upload/settings.h"

enum { ARENA_MAX = 32 * 1024 };

static void refuse(struct http_conn *conn, struct upload_fields *f, unsigned status,
		   struct str text)
{
	upload_respond_text(conn, f, status, text);
}

/* Of the body that was to come: of what was said, the head tells. 0: it fits. */
static unsigned judge(const struct upload_web *w, const struct http_head *head,
		      const struct upload *u, struct str *ret_text)
{
	struct str type = http_head_field(head, STR("Content-Type"));

	if (wall_now() > u->wall_made + conf_duration(w->home->conf, "files.slot_expire")) {
		*ret_text = STR("This slot is too old. Please ask for a new one.\n");
		return 403;
	}
	if (!head->has_length) {
		*ret_text = STR("Content-Length is needed.\n");
		return 411;
	}
	if (head->length != u->size) {
		*ret_text = STR("The file is not as long as the slot says.\n");
		return head->length > u->size ? 413 : 400;
	}
	if (str_is_set(http_head_field(head, STR("Content-Range"))) ||
	    str_is_set(http_head_field(head, STR("Content-Encoding")))) {
		*ret_text = STR("A file is sent whole, and as it is.\n");
		return 400;
	}
	if (u->type.len && str_is_set(type) && !upload_is_same_type(type, u->type)) {
		*ret_text = STR("The file is of another type than the slot says.\n");
		return 415;
	}
	return 0;
}

static void answer(void *owner, struct http_conn *conn, const struct receive_end *end)
{
	struct upload_fields f = { .count = 0 };
	const struct http_request *request = http_request_of(conn);
	struct str text = STR("");
	unsigned status = end->err ? upload_status_of(end->err, &text) : 201;

	upload_add_common(&f, owner, request);
	if (status == 503)
		upload_add_field(&f, STR("Retry-After"), STR("5"));
	upload_respond_text(conn, &f, status, text);
}

void put_run(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct upload_web *w = owner;
	struct upload_fields f = { .count = 0 };
	struct receive r = { .uploads = w->home->uploads, .fn = answer, .owner = w };
	struct upload u;
	struct str id, name, text = STR(""), type;
	unsigned status;

	arena_init(&arena, ARENA_MAX);
	upload_add_common(&f, w, request);
	if (upload_link_read(&arena, request->head.path, &id, &name)) {
		refuse(conn, &f, 404, STR("There is no such slot.\n"));
		return;
	}
	if (upload_read_slot(&arena, w, &request->head, &u) || !str_eq(u.id, id) ||
	    !str_eq(u.name, name)) {
		refuse(conn, &f, 403, STR("The slot's Authorization is needed.\n"));
		return;
	}
	status = judge(w, &request->head, &u, &text);
	if (status) {
		refuse(conn, &f, status, text);
		return;
	}
	type = str_trim(http_head_field(&request->head, STR("Content-Type")));
	if (!u.type.len && upload_is_type(type))
		u.type = type;
	r.u = &u;
	r.rules = upload_rules_of(w->home->conf);
	r.length = u.size;
	r.wall_end = upload_end_of(w->home->conf, u.purpose, wall_now(), u.wall_end);
	receive_start(conn, &r);
}
