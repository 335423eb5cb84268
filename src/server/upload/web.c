/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads over HTTP, see web.h: the table, and the small requests. */
#include "server/upload/web.h"

#include "base/mem.h"
#include "server/route/home.h"
#include "server/upload/fetch.h"
#include "server/upload/link.h"
#include "server/upload/put.h"
#include "server/upload/tus.h"

enum { ARENA_MAX = 32 * 1024 };

/* ---- OPTIONS ---- */

/* A browser asks before it sends a PUT for a page of another host (Fetch, 3.2.2). */
static void run_options(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct upload_fields f = { .count = 0 };

	upload_add_common(&f, owner, request);
	upload_add_field(&f, STR("Allow"), STR("GET, HEAD, PUT, DELETE, OPTIONS"));
	upload_add_field(&f, STR("Access-Control-Allow-Methods"),
			 STR("GET, HEAD, PUT, DELETE, OPTIONS"));
	upload_add_field(&f, STR("Access-Control-Allow-Headers"),
			 STR("Authorization, Content-Type, Range, If-Range"));
	upload_add_field(&f, STR("Access-Control-Max-Age"), STR("86400"));
	upload_respond_text(conn, &f, 204, STR(""));
}

/* ---- DELETE: whoever has the slot has sent the file ---- */

struct deletion {
	struct http_conn *conn; /* NULL: it is gone */
	struct upload_fields fields;
	struct arena arena;
};

static void on_deletion_gone(void *arg)
{
	struct deletion *x = arg;

	x->conn = NULL;
}

static const struct http_events deletion_events = { .on_gone = on_deletion_gone };

static void on_deleted(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct deletion *x = arg;
	struct str text = STR("");
	unsigned status = err ? upload_status_of(err, &text) : 204;

	if (x->conn) {
		http_listen(x->conn, NULL, NULL);
		upload_respond_text(x->conn, &x->fields, status, text);
	}
	arena_done(&x->arena);
	mem_free(x);
}

static void run_delete(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct upload_web *w = owner;
	struct deletion *x = mem_zalloc(1, sizeof(*x));
	struct str id = STR(""), name;
	struct upload u = { .id = STR("") };

	arena_init(&x->arena, ARENA_MAX);
	x->conn = conn;
	upload_add_common(&x->fields, w, request);
	if (upload_link_read(&x->arena, request->head.path, &id, &name)) {
		on_deleted(x, ERR_NOT_FOUND, NULL);
		return;
	}
	if (upload_read_slot(&x->arena, w, &request->head, &u) || !str_eq(u.id, id) ||
	    !str_eq(u.name, name)) {
		on_deleted(x, ERR_DENIED, NULL);
		return;
	}
	http_listen(conn, &deletion_events, x);
	uploads_delete(w->home->uploads, id, u.owner, on_deleted, x);
}

/* ---- the table ---- */

const struct http_route upload_routes[] = {
	{ STR_INIT("/file/"), true, HTTP_VERB_BIT(HTTP_VERB_GET), fetch_run },
	{ STR_INIT("/file/"), true, HTTP_VERB_BIT(HTTP_VERB_PUT), put_run },
	{ STR_INIT("/file/"), true, HTTP_VERB_BIT(HTTP_VERB_DELETE), run_delete },
	{ STR_INIT("/file/"), true, HTTP_VERB_BIT(HTTP_VERB_OPTIONS), run_options },
	{ STR_INIT("/file/tus/"), true, HTTP_VERB_BIT(HTTP_VERB_POST), tus_run_post },
	{ STR_INIT("/file/tus/"), true, HTTP_VERB_BIT(HTTP_VERB_HEAD), tus_run_head },
	{ STR_INIT("/file/tus/"), true, HTTP_VERB_BIT(HTTP_VERB_PATCH), tus_run_patch },
	{ STR_INIT("/file/tus/"), true, HTTP_VERB_BIT(HTTP_VERB_DELETE), tus_run_delete },
	{ STR_INIT("/file/tus/"), true, HTTP_VERB_BIT(HTTP_VERB_OPTIONS), tus_run_options },
};
const size_t upload_route_count = array_len(upload_routes);
