/* SPDX-License-Identifier: Apache-2.0 */
/* Files to clients, see fetch.h. A step of the file goes to the connection when the one before has
 * left. What the kernel has in memory is read at once, on the loop; the rest in the pool. */
#include "server/upload/fetch.h"

#include "base/mem.h"
#include "loop/pool.h"
#include "net/http_range.h"
#include "server/route/home.h"
#include "server/store/blob.h"
#include "server/upload/link.h"
#include "server/upload/reply.h"

#include <stdio.h>

enum { ARENA_MAX = 32 * 1024, NAME_SHOWN_MAX = UPLOAD_NAME_MAX };
static const usec_t FRESH_USEC = 365 * USEC_PER_DAY; /* what never changes */

struct fetch {
	struct upload_web *web;
	struct http_conn *conn; /* NULL: it is gone */
	const struct http_request *request;
	struct arena arena;
	struct str id, name;
	struct upload u;
	struct job job;
	bool is_busy;
	bool is_open;
	enum err err;
	struct blob_reader reader;
	struct bytes *step;
	uint64_t at, end; /* what is still to be sent */
};

static struct fetch *of_job(struct job *j)
{
	return container_of(j, struct fetch, job);
}

static void fetch_free(struct fetch *f)
{
	f->web->fetches--;
	if (f->is_open)
		blob_close(&f->reader);
	(void)bytes_unref(f->step);
	arena_done(&f->arena);
	mem_free(f);
}

static bool submit(struct fetch *f, void (*run)(struct job *j, void *thread_ctx),
		   void (*done)(struct job *j))
{
	f->job.run = run;
	f->job.done = done;
	f->is_busy = pool_submit(uploads_pool(f->web->home->uploads), &f->job) == OK;
	return f->is_busy;
}

/* ---- answers without the file ---- */

static void fail(struct fetch *f, enum err err)
{
	struct upload_fields fields = { .count = 0 };
	struct str text;
	unsigned status = upload_status_of(err, &text);

	if (f->conn) {
		http_listen(f->conn, NULL, NULL);
		upload_add_common(&fields, f->web, f->request);
		upload_add_field(&fields, STR("Cache-Control"), STR("no-store"));
		upload_respond_text(f->conn, &fields, status, text);
	}
	fetch_free(f);
}

/* ---- the body ---- */

static void finish(struct fetch *f)
{
	http_end(f->conn);
	fetch_free(f);
}

static void give_step(struct fetch *f)
{
	f->at += f->step->len;
	http_write(f->conn, f->step);
	f->step = bytes_unref(f->step);
	if (f->at == f->end)
		finish(f);
}

static void run_read(struct job *j, unused_arg void *thread_ctx)
{
	struct fetch *f = of_job(j);

	f->err = blob_read(&f->reader, f->at, f->step->data, f->step->len, false);
}

/* Too few bytes end the connection: the client sees that it has not got all. */
static void on_read(struct job *j)
{
	struct fetch *f = of_job(j);

	f->is_busy = false;
	if (!f->conn)
		fetch_free(f);
	else if (f->err)
		finish(f);
	else
		give_step(f);
}

static void next_step(struct fetch *f)
{
	uint64_t left = f->end - f->at;

	f->step = bytes_new_empty(left < FETCH_STEP ? (size_t)left : FETCH_STEP);
	f->err = blob_read(&f->reader, f->at, f->step->data, f->step->len, true);
	if (!f->err)
		give_step(f);
	else if (f->err != ERR_AGAIN || !submit(f, run_read, on_read))
		finish(f);
}

static void on_drained(void *arg)
{
	struct fetch *f = arg;

	if (!f->is_busy)
		next_step(f);
}

static void on_gone(void *arg)
{
	struct fetch *f = arg;

	f->conn = NULL;
	if (!f->is_busy)
		fetch_free(f);
}

static const struct http_events events = { .on_drained = on_drained, .on_gone = on_gone };

/* ---- the head ---- */

/* RFC 6266: the name twice, for old readers as far as ASCII goes. */
static struct str disposition(struct fetch *f, bool is_inline)
{
	char *plain = arena_alloc(&f->arena, f->u.name.len + 1);

	for (size_t i = 0; i < f->u.name.len; i++) {
		char c = f->u.name.ptr[i];

		plain[i] = c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' ? '_' : c;
	}
	return ARENA_JOIN(&f->arena, is_inline ? STR("inline") : STR("attachment"),
			  STR("; filename=\""), str_make(plain, f->u.name.len),
			  STR("\"; filename*=UTF-8''"), upload_escape(&f->arena, f->u.name));
}

static struct str cache_control(struct fetch *f)
{
	usec_t left = f->u.wall_end ? f->u.wall_end - wall_now() : FRESH_USEC;

	if (left > FRESH_USEC)
		left = FRESH_USEC;
	return arena_printf(&f->arena, "private, max-age=%lld, immutable",
			    (long long)(left > 0 ? left / USEC_PER_SEC : 0));
}

static void add_validators(struct fetch *f, struct upload_fields *fields, struct str tag)
{
	char *date = arena_alloc(&f->arena, HTTP_DATE_LEN + 1);

	upload_add_common(fields, f->web, f->request);
	upload_add_field(fields, STR("ETag"), tag);
	upload_add_field(fields, STR("Last-Modified"), http_date_write(f->u.wall_made, date));
	upload_add_field(fields, STR("Cache-Control"), cache_control(f));
	upload_add_field(fields, STR("Accept-Ranges"), STR("bytes"));
}

static void send_nothing(struct fetch *f, struct upload_fields *fields, unsigned status)
{
	struct http_answer answer = { .status = status,
				      .fields = fields->list,
				      .count = fields->count };

	if (status == 416)
		upload_add_field(fields, STR("Content-Range"),
				 arena_printf(&f->arena, "bytes */%llu",
					      (unsigned long long)f->u.size));
	answer.count = fields->count;
	http_listen(f->conn, NULL, NULL);
	http_respond(f->conn, &answer, NULL);
	fetch_free(f);
}

static void send_file(struct fetch *f, struct upload_fields *fields, bool is_part, uint64_t last)
{
	struct upload_manner manner = upload_manner(f->u.type);
	struct http_answer answer = { .status = is_part ? 206 : 200,
				      .content_type = manner.type,
				      .fields = fields->list };

	upload_add_field(fields, STR("Content-Disposition"), disposition(f, manner.is_inline));
	if (is_part)
		upload_add_field(fields, STR("Content-Range"),
				 arena_printf(&f->arena, "bytes %llu-%llu/%llu",
					      (unsigned long long)f->at, (unsigned long long)last,
					      (unsigned long long)f->u.size));
	answer.count = fields->count;
	f->end = last + 1;
	http_begin(f->conn, &answer, f->end - f->at);
	if (f->request->head.verb == HTTP_VERB_HEAD || f->at == f->end)
		finish(f);
	else
		next_step(f);
}

static void answer(struct fetch *f)
{
	struct upload_fields fields = { .count = 0 };
	struct str tag = ARENA_JOIN(&f->arena, STR("\""), str_sub(f->u.hash, 0, 32), STR("\""));
	uint64_t first = 0, last = f->u.size - 1;
	enum http_wish wish =
		http_wish_read(&f->request->head, tag, f->u.wall_made, f->u.size, &first, &last);

	add_validators(f, &fields, tag);
	switch (wish) {
	case HTTP_WISH_NOT_MODIFIED:
		send_nothing(f, &fields, 304);
		return;
	case HTTP_WISH_FAILED:
		send_nothing(f, &fields, 412);
		return;
	case HTTP_WISH_NO_RANGE:
		send_nothing(f, &fields, 416);
		return;
	case HTTP_WISH_PART:
	case HTTP_WISH_WHOLE:
		f->at = first;
		send_file(f, &fields, wish == HTTP_WISH_PART, last);
		return;
	}
}

/* ---- the beginning ---- */

static void run_open(struct job *j, unused_arg void *thread_ctx)
{
	struct fetch *f = of_job(j);

	f->err = blob_open(uploads_blobs(f->web->home->uploads), f->id, &f->reader);
}

static void on_open(struct job *j)
{
	struct fetch *f = of_job(j);

	f->is_busy = false;
	f->is_open = !f->err;
	if (f->err)
		fail(f, f->err);
	else if (!f->conn)
		fetch_free(f);
	else if (f->reader.size != f->u.size)
		fail(f, ERR_IO);
	else
		answer(f);
}

static void on_found(void *arg, enum err err, const struct upload *u)
{
	struct fetch *f = arg;

	f->is_busy = false;
	if (!f->conn) {
		fetch_free(f);
		return;
	}
	/* Not whole yet, or by another name than it was given. */
	if (!err && (!u->hash.len || !str_eq(u->name, f->name)))
		err = ERR_NOT_FOUND;
	if (err) {
		fail(f, err);
		return;
	}
	f->u = *u;
	f->u.hash = arena_dup(&f->arena, u->hash);
	f->u.type = arena_dup(&f->arena, u->type);
	f->u.name = f->name;
	if (!submit(f, run_open, on_open))
		fail(f, ERR_BUSY);
}

void fetch_run(void *owner, struct http_conn *conn, const struct http_request *request)
{
	struct upload_web *w = owner;
	struct fetch *f = mem_zalloc(1, sizeof(*f));

	w->fetches++;
	arena_init(&f->arena, ARENA_MAX);
	f->web = w;
	f->conn = conn;
	f->request = request;
	f->reader.fd = -1;
	if (upload_link_read(&f->arena, request->head.path, &f->id, &f->name)) {
		fail(f, ERR_NOT_FOUND);
		return;
	}
	if (w->fetches > UPLOAD_FETCHES_MAX) {
		fail(f, ERR_BUSY);
		return;
	}
	f->id = arena_dup(&f->arena, f->id);
	f->is_busy = true;
	http_listen(conn, &events, f);
	uploads_find(w->home->uploads, f->id, on_found, f);
}
