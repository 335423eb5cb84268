/* SPDX-License-Identifier: Apache-2.0 */
/* Resumable uploads, see tus.h. An upload is begun with POST, which makes a part on the disk and a
 * row; PATCH appends to it, HEAD tells how much is there, and it becomes a file with its last byte.
 * Nothing is kept in memory between requests. Section numbers are those of tus 1.0.0. */
#include "server/upload/tus.h"

#include "base/mem.h"
#include "loop/pool.h"
#include "net/http_range.h"
#include "server/route/home.h"
#include "server/store/blob.h"
#include "server/upload/link.h"
#include "server/upload/receive.h"
#include "server/upload/reply.h"
#include "server/upload/settings.h"

enum { ARENA_MAX = 32 * 1024 };

/* One request but PATCH, whose body the receiver takes. */
struct visit {
	struct upload_web *web;
	struct http_conn *conn; /* NULL: it is gone */
	struct arena arena;
	struct upload u; /* as the slot says */
	struct upload_fields fields;
	struct job job;
	enum err err;
	uint64_t offset;
	char hash[BLOB_HASH_LEN + 1];
};

/* ---- answers ---- */

static void add_common(struct upload_fields *f, struct upload_web *w,
		       const struct http_request *request)
{
	upload_add_common(f, w, request);
	upload_add_field(f, STR("Tus-Resumable"), STR("1.0.0"));
	upload_add_field(f, STR("Cache-Control"), STR("no-store"));
}

static usec_t end_of(const struct upload_web *w, const struct upload *u)
{
	return u->wall_made + conf_duration(w->home->conf, "files.resume_expire");
}

static void add_expiry(struct upload_fields *f, struct arena *a, usec_t wall_end)
{
	char *date = arena_alloc(a, HTTP_DATE_LEN + 1);

	upload_add_field(f, STR("Upload-Expires"), http_date_write(wall_end, date));
}

static void add_number(struct upload_fields *f, struct arena *a, struct str name, uint64_t n)
{
	upload_add_field(f, name, arena_printf(a, "%llu", (unsigned long long)n));
}

/* What is in hand is 423 here, so that clients come back. */
static unsigned status_of(enum err err, struct str *ret_text)
{
	unsigned status = upload_status_of(err, ret_text);

	return err == ERR_AGAIN ? 423 : status;
}

static void visit_free(struct visit *v)
{
	arena_done(&v->arena);
	mem_free(v);
}

static void respond(struct visit *v, unsigned status, struct str text)
{
	if (v->conn) {
		http_listen(v->conn, NULL, NULL);
		upload_respond_text(v->conn, &v->fields, status, text);
	}
	visit_free(v);
}

static void fail(struct visit *v, enum err err)
{
	struct str text;
	unsigned status = status_of(err, &text);

	respond(v, status, text);
}

/* ---- what all requests need ---- */

/* The slot that the request carries, for this id (unset: any). 0, or the status to refuse with. */
static unsigned read_slot(struct arena *a, const struct upload_web *w, const struct http_head *head,
			  struct str id, struct upload *ret_upload, struct str *ret_text)
{
	struct str version = http_head_field(head, STR("Tus-Resumable"));

	if (!str_eq(version, STR("1.0.0"))) {
		*ret_text = STR("Tus-Resumable: 1.0.0 is needed.\n");
		return 412;
	}
	if (upload_read_slot(a, w, head, ret_upload) ||
	    (str_is_set(id) && !str_eq(ret_upload->id, id))) {
		*ret_text = STR("The slot's Authorization is needed.\n");
		return 403;
	}
	if (wall_now() > end_of(w, ret_upload)) {
		*ret_text = STR("This slot is too old. Please ask for a new one.\n");
		return 410;
	}
	return 0;
}

static struct str id_of(const struct http_request *request)
{
	return str_from_at(request->head.path, UPLOAD_TUS_PATH.len);
}

static void on_gone(void *arg)
{
	struct visit *v = arg;

	v->conn = NULL;
}

static const struct http_events events = { .on_gone = on_gone };

/* NULL: it was answered. */
static struct visit *visit_new(void *owner, struct http_conn *conn,
			       const struct http_request *request, struct str id)
{
	struct visit *v = mem_zalloc(1, sizeof(*v));
	struct str text = STR("");
	unsigned status;

	arena_init(&v->arena, ARENA_MAX);
	v->web = owner;
	v->conn = conn;
	add_common(&v->fields, owner, request);
	status = read_slot(&v->arena, owner, &request->head, id, &v->u, &text);
	if (status == 412)
		upload_add_field(&v->fields, STR("Tus-Version"), STR("1.0.0"));
	if (status) {
		respond(v, status, text);
		return NULL;
	}
	http_listen(conn, &events, v);
	return v;
}

static bool submit(struct visit *v, void (*run)(struct job *j, void *thread_ctx),
		   void (*done)(struct job *j))
{
	v->job.run = run;
	v->job.done = done;
	return pool_submit(uploads_pool(v->web->home->uploads), &v->job) == OK;
}

/* ---- POST: creation ---- */

static void created(struct visit *v)
{
	upload_add_field(&v->fields, STR("Location"),
			 ARENA_JOIN(&v->arena, v->web->home->web_url, UPLOAD_TUS_PATH, v->u.id));
	add_expiry(&v->fields, &v->arena, end_of(v->web, &v->u));
	respond(v, 201, STR(""));
}

static void on_recorded(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct visit *v = arg;

	if (err)
		fail(v, err);
	else
		created(v);
}

static void run_make(struct job *j, unused_arg void *thread_ctx)
{
	struct visit *v = container_of(j, struct visit, job);
	struct blob_file file;

	v->err = blob_resume(uploads_blobs(v->web->home->uploads), v->u.id, true, &file);
	if (!v->err)
		v->err = blob_leave(&file);
}

static void on_made(struct job *j)
{
	struct visit *v = container_of(j, struct visit, job);

	if (v->err) {
		uploads_give_up(v->web->home->uploads, v->u.id);
		fail(v, v->err);
		return;
	}
	v->u.hash = STR("");
	v->u.wall_end = end_of(v->web, &v->u);
	uploads_end(v->web->home->uploads, &v->u, on_recorded, v);
}

/* The answer to a POST was lost, perhaps: it is the same one again. */
static void on_found_again(void *arg, enum err err, const struct upload *u)
{
	struct visit *v = arg;

	if (err)
		fail(v, err == ERR_NOT_FOUND ? ERR_EXISTS : err);
	else if (u->hash.len)
		fail(v, ERR_EXISTS);
	else
		created(v);
}

static void on_begun(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct visit *v = arg;

	if (err == ERR_EXISTS) {
		uploads_find(v->web->home->uploads, v->u.id, on_found_again, v);
		return;
	}
	if (err) {
		fail(v, err);
		return;
	}
	if (submit(v, run_make, on_made))
		return;
	uploads_give_up(v->web->home->uploads, v->u.id);
	fail(v, ERR_BUSY);
}

void tus_run_post(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct str length = http_head_field(&request->head, STR("Upload-Length"));
	struct visit *v = visit_new(owner, conn, request, STR_NONE);
	struct upload_rules rules;
	uint64_t n;

	if (!v)
		return;
	rules = upload_rules_of(v->web->home->conf);
	if (id_of(request).len)
		respond(v, 404, STR("There is no such upload.\n"));
	else if (str_to_u64(length, &n) || n != v->u.size)
		respond(v, !str_is_set(length) || n <= v->u.size ? 400 : 413,
			STR("Upload-Length is not that of the slot.\n"));
	else if (wall_now() >
		 v->u.wall_made + conf_duration(v->web->home->conf, "files.slot_expire"))
		respond(v, 403, STR("This slot is too old. Please ask for a new one.\n"));
	else
		uploads_begin(v->web->home->uploads, &v->u, &rules, on_begun, v);
}

/* ---- HEAD: how much is there ---- */

static void tell(struct visit *v)
{
	add_number(&v->fields, &v->arena, STR("Upload-Offset"), v->offset);
	add_number(&v->fields, &v->arena, STR("Upload-Length"), v->u.size);
	add_expiry(&v->fields, &v->arena, end_of(v->web, &v->u));
	respond(v, 200, STR(""));
}

static void run_measure(struct job *j, unused_arg void *thread_ctx)
{
	struct visit *v = container_of(j, struct visit, job);

	v->err = blob_part_size(uploads_blobs(v->web->home->uploads), v->u.id, &v->offset);
}

static void on_adopted(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct visit *v = arg;

	if (err)
		fail(v, err);
	else
		tell(v);
}

static void run_complete(struct job *j, unused_arg void *thread_ctx)
{
	struct visit *v = container_of(j, struct visit, job);
	struct blob_store *blobs = uploads_blobs(v->web->home->uploads);
	struct blob_file file;

	v->err = blob_resume(blobs, v->u.id, false, &file);
	v->offset = v->err ? 0 : file.size;
	if (!v->err)
		v->err = blob_finish(blobs, &file, v->hash);
	else if (v->err == ERR_NOT_FOUND)
		v->err = blob_hash(blobs, v->u.id, &v->offset, v->hash);
	if (!v->err && v->offset != v->u.size)
		v->err = ERR_IO;
}

static void on_complete(struct job *j)
{
	struct visit *v = container_of(j, struct visit, job);

	if (v->err) {
		uploads_give_up(v->web->home->uploads, v->u.id);
		fail(v, v->err);
		return;
	}
	v->u.hash = str_from(v->hash);
	v->u.wall_end = upload_end_of(v->web->home->conf, v->u.purpose, wall_now(), v->u.wall_end);
	uploads_end(v->web->home->uploads, &v->u, on_adopted, v);
}

static void on_in_hand(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct visit *v = arg;

	if (err) {
		fail(v, err);
		return;
	}
	if (submit(v, run_complete, on_complete))
		return;
	uploads_give_up(v->web->home->uploads, v->u.id);
	fail(v, ERR_BUSY);
}

/* Its last byte came in front of a crash, its row did not: the client, which hears that all is
 * there, must find the file. */
static void on_measured(struct job *j)
{
	struct visit *v = container_of(j, struct visit, job);

	if (v->err == ERR_NOT_FOUND || (!v->err && v->offset == v->u.size))
		uploads_resume(v->web->home->uploads, &v->u, on_in_hand, v);
	else if (v->err)
		fail(v, v->err);
	else
		tell(v);
}

static void on_found(void *arg, enum err err, const struct upload *u)
{
	struct visit *v = arg;

	if (err) {
		fail(v, err);
	} else if (u->hash.len) {
		v->offset = u->size;
		tell(v);
	} else if (!submit(v, run_measure, on_measured)) {
		fail(v, ERR_BUSY);
	}
}

void tus_run_head(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct visit *v = visit_new(owner, conn, request, id_of(request));

	if (v)
		uploads_find(v->web->home->uploads, v->u.id, on_found, v);
}

/* ---- DELETE: termination ---- */

static void on_deleted(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct visit *v = arg;

	if (err)
		fail(v, err);
	else
		respond(v, 204, STR(""));
}

void tus_run_delete(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct visit *v = visit_new(owner, conn, request, id_of(request));

	if (v)
		uploads_delete(v->web->home->uploads, v->u.id, v->u.owner, on_deleted, v);
}

/* ---- PATCH ---- */

static void answer_patch(void *owner, struct http_conn *conn, const struct receive_end *end)
{
	struct arena arena scoped(arena_done) = { 0 };
	const struct http_request *request = http_request_of(conn);
	struct upload_fields f = { .count = 0 };
	struct upload u;
	struct str text = STR("");
	unsigned status = end->err ? status_of(end->err, &text) : 204;

	arena_init(&arena, ARENA_MAX);
	add_common(&f, owner, request);
	if (!end->err)
		add_number(&f, &arena, STR("Upload-Offset"), end->size);
	if (!end->err && upload_read_slot(&arena, owner, &request->head, &u) == OK)
		add_expiry(&f, &arena, end_of(owner, &u));
	upload_respond_text(conn, &f, status, text);
}

/* 0, or the status to refuse with. */
static unsigned judge_patch(const struct http_head *head, const struct upload *u,
			    uint64_t *ret_offset, struct str *ret_text)
{
	struct str type = http_head_field(head, STR("Content-Type"));

	if (!upload_is_same_type(type, STR("application/offset+octet-stream"))) {
		*ret_text = STR("Content-Type must be application/offset+octet-stream.\n");
		return 415;
	}
	if (str_to_u64(http_head_field(head, STR("Upload-Offset")), ret_offset)) {
		*ret_text = STR("Upload-Offset is needed.\n");
		return 400;
	}
	if (*ret_offset > u->size) {
		*ret_text = STR("The upload is at another offset.\n");
		return 409;
	}
	if (head->has_length && head->length > u->size - *ret_offset) {
		*ret_text = STR("The file is longer than the slot says.\n");
		return 413;
	}
	return 0;
}

void tus_run_patch(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct upload_web *w = owner;
	struct upload_fields f = { .count = 0 };
	struct receive r = {
		.uploads = w->home->uploads, .is_part = true, .fn = answer_patch, .owner = w
	};
	struct str text = STR("");
	struct upload u;
	unsigned status;

	arena_init(&arena, ARENA_MAX);
	add_common(&f, w, request);
	status = read_slot(&arena, w, &request->head, id_of(request), &u, &text);
	if (status == 412)
		upload_add_field(&f, STR("Tus-Version"), STR("1.0.0"));
	if (!status)
		status = judge_patch(&request->head, &u, &r.offset, &text);
	if (status) {
		upload_respond_text(conn, &f, status, text);
		return;
	}
	r.u = &u;
	r.length = u.size - r.offset;
	r.wall_end = upload_end_of(w->home->conf, u.purpose, wall_now(), u.wall_end);
	receive_start(conn, &r);
}

/* ---- OPTIONS: what we can, and what pages may ---- */

void tus_run_options(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct arena arena scoped(arena_done) = { 0 };
	struct upload_web *w = owner;
	struct upload_fields f = { .count = 0 };

	arena_init(&arena, ARENA_MAX);
	add_common(&f, w, request);
	upload_add_field(&f, STR("Tus-Version"), STR("1.0.0"));
	upload_add_field(&f, STR("Tus-Extension"), STR("creation,termination,expiration"));
	add_number(&f, &arena, STR("Tus-Max-Size"), conf_size(w->home->conf, "files.max_size"));
	upload_add_field(&f, STR("Access-Control-Allow-Methods"),
			 STR("POST, HEAD, PATCH, DELETE, OPTIONS"));
	upload_add_field(&f, STR("Access-Control-Allow-Headers"),
			 STR("Authorization, Content-Type, Tus-Resumable, Upload-Length, "
			     "Upload-Offset, Upload-Metadata"));
	upload_add_field(&f, STR("Access-Control-Max-Age"), STR("86400"));
	upload_respond_text(conn, &f, 204, STR(""));
}
