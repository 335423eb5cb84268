/* SPDX-License-Identifier: Apache-2.0 */
/* From a connection to the disk, see receive.h. One job of the pool at a time; what has come
 * meanwhile is looked at when it is back. */
#include "server/upload/receive.h"

#include "base/log.h"
#include "base/mem.h"
#include "loop/pool.h"
#include "server/store/blob.h"

enum { ARENA_MAX = 16 * 1024 };

/* Bytes on their way, at an address that disks like. */
struct step {
	char *ptr;
	size_t len, cap; /* bytes */
};

struct receiver {
	struct receive r;
	struct http_conn *conn; /* NULL: it is gone, or answered */
	struct arena arena;
	struct upload u;
	struct job job;
	bool is_busy;      /* the job, or the book, has it */
	bool is_open;      /* there is a file */
	bool is_body_over; /* all has come */
	struct receive_end end;
	struct blob_file file;
	struct step filling, writing;
	uint64_t come; /* bytes of the file */
	char hash[BLOB_HASH_LEN + 1];
};

static void proceed(struct receiver *v);

static void step_grow(struct step *s, size_t cap)
{
	char *grown = mem_alloc_aligned(cap);

	if (s->len)
		memcpy(grown, s->ptr, s->len);
	mem_free(s->ptr);
	s->ptr = grown;
	s->cap = cap;
}

static void step_add(struct step *s, struct str bytes)
{
	memcpy(s->ptr + s->len, bytes.ptr, bytes.len);
	s->len += bytes.len;
}

static void step_done(struct step *s)
{
	mem_free(s->ptr);
	*s = (struct step){ .ptr = NULL };
}

static struct str step_str(const struct step *s)
{
	return str_make(s->ptr, s->len);
}

static void receiver_free(struct receiver *v)
{
	step_done(&v->filling);
	step_done(&v->writing);
	arena_done(&v->arena);
	mem_free(v);
}

/* ---- the pool ---- */

static void submit(struct receiver *v, void (*run)(struct job *j, void *thread_ctx),
		   void (*done)(struct job *j))
{
	v->is_busy = true;
	v->job.run = run;
	v->job.done = done;
	if (pool_submit(uploads_pool(v->r.uploads), &v->job) == OK)
		return;
	/* So many jobs wait that this one could not: the same as a disk that does not answer. */
	v->is_busy = false;
	v->end.err = ERR_BUSY;
}

static struct receiver *of_job(struct job *j)
{
	return container_of(j, struct receiver, job);
}

/* ---- the end ---- */

static void answer(struct receiver *v)
{
	struct http_conn *conn = v->conn;

	v->conn = NULL;
	if (!conn)
		return;
	http_listen(conn, NULL, NULL);
	v->r.fn(v->r.owner, conn, &v->end);
}

static void end(struct receiver *v)
{
	answer(v);
	receiver_free(v);
}

static void run_drop(struct job *j, unused_arg void *thread_ctx)
{
	struct receiver *v = of_job(j);

	blob_drop(uploads_blobs(v->r.uploads), &v->file);
}

/* What came of a part is kept, also behind an error: it is not more than was said to be there. */
static void run_leave(struct job *j, unused_arg void *thread_ctx)
{
	struct receiver *v = of_job(j);
	enum err e = OK;

	if (v->filling.len && !v->end.err)
		e = blob_write(&v->file, step_str(&v->filling));
	v->end.size = v->file.size;
	if (blob_leave(&v->file) && !e)
		e = ERR_IO;
	if (!v->end.err)
		v->end.err = e;
}

static void on_closed(struct job *j)
{
	struct receiver *v = of_job(j);

	uploads_give_up(v->r.uploads, v->u.id);
	end(v);
}

/* Without anything to keep, or with a part. */
static void give_up(struct receiver *v)
{
	if (!v->is_open) {
		uploads_give_up(v->r.uploads, v->u.id);
		end(v);
		return;
	}
	v->is_open = false;
	submit(v, v->r.is_part ? run_leave : run_drop, on_closed);
	if (v->is_busy)
		return;
	/* The pool is full: the file is dropped at the next start, the descriptor now. */
	if (blob_leave(&v->file))
		log_error(NULL, "an upload could not be closed", F_STR("id", v->u.id));
	uploads_give_up(v->r.uploads, v->u.id);
	end(v);
}

static void run_remove(struct job *j, unused_arg void *thread_ctx)
{
	struct receiver *v = of_job(j);

	if (blob_delete(uploads_blobs(v->r.uploads), v->u.id, str_from(v->hash)))
		log_error(NULL, "an upload without a row is still on the disk",
			  F_STR("id", v->u.id));
}

static void on_removed(struct job *j)
{
	end(of_job(j));
}

static void on_recorded(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct receiver *v = arg;

	v->is_busy = false;
	v->end.err = err;
	v->end.is_whole = !err;
	if (!err) {
		end(v);
		return;
	}
	submit(v, run_remove, on_removed); /* its row could not be written */
	if (!v->is_busy)
		end(v);
}

static void run_finish(struct job *j, unused_arg void *thread_ctx)
{
	struct receiver *v = of_job(j);

	if (v->filling.len)
		v->end.err = blob_write(&v->file, step_str(&v->filling));
	if (v->end.err)
		return;
	v->end.size = v->file.size;
	v->end.err = blob_finish(uploads_blobs(v->r.uploads), &v->file, v->hash);
}

static void on_finished(struct job *j)
{
	struct receiver *v = of_job(j);

	v->is_busy = false;
	v->is_open = v->end.err && v->file.fd >= 0;
	if (v->end.err) {
		give_up(v);
		return;
	}
	v->is_busy = true;
	v->u.hash = str_from(v->hash);
	v->u.wall_end = v->r.wall_end;
	uploads_end(v->r.uploads, &v->u, on_recorded, v);
}

/* ---- writing ---- */

/* Bytes to be written at a time. */
static size_t step_of(const struct receiver *v)
{
	return v->come < BLOB_DIRECT_FROM ? RECEIVE_STEP : RECEIVE_STEP_DIRECT;
}

static void run_write(struct job *j, unused_arg void *thread_ctx)
{
	struct receiver *v = of_job(j);

	v->end.err = blob_write(&v->file, step_str(&v->writing));
}

static void on_wrote(struct job *j)
{
	struct receiver *v = of_job(j);

	v->is_busy = false;
	if (v->filling.len < step_of(v))
		step_done(&v->writing); /* the disk is quicker than the peer: one is enough */
	v->writing.len = 0;
	proceed(v);
}

/* There is room for a whole step, and what comes behind it in one reading: HTTP_PIPELINE_MAX bounds
 * that. */
static void fill(struct receiver *v, struct str bytes)
{
	size_t want = v->filling.len + bytes.len, usual = step_of(v) + NET_READ_MAX;

	if (want > v->filling.cap)
		step_grow(&v->filling, want > usual ? want : usual);
	step_add(&v->filling, bytes);
}

/* Only whole blocks of the disk: the rest goes with what follows. */
static void write_step(struct receiver *v)
{
	struct step full = v->filling;
	size_t rest = full.len % MEM_ALIGNED;

	v->filling = v->writing;
	full.len -= rest;
	if (rest)
		fill(v, str_make(full.ptr + full.len, rest));
	v->writing = full;
	submit(v, run_write, on_wrote);
	if (!v->is_busy)
		return;
	if (v->conn)
		http_hold_body(v->conn, false);
}

/* What is next, with nothing under way. v may be gone afterwards. */
static void proceed(struct receiver *v)
{
	bool is_all = v->is_body_over && v->file.size + v->filling.len == v->u.size;

	if (v->end.err || (!v->conn && !v->is_body_over) || (v->is_body_over && !is_all)) {
		give_up(v);
		return;
	}
	if (is_all)
		submit(v, run_finish, on_finished);
	else if (v->filling.len >= step_of(v))
		write_step(v);
	else
		return;
	if (!v->is_busy) /* the pool is full */
		give_up(v);
}

/* ---- events of the connection ---- */

static void on_body(void *arg, struct str part)
{
	struct receiver *v = arg;

	v->come += part.len;
	fill(v, part);
	if (v->filling.len < step_of(v))
		return;
	if (v->is_busy)
		http_hold_body(v->conn, true);
	else
		proceed(v);
}

static void on_body_end(void *arg)
{
	struct receiver *v = arg;

	v->is_body_over = true;
	if (!v->is_busy)
		proceed(v);
}

static void on_gone(void *arg)
{
	struct receiver *v = arg;

	v->conn = NULL;
	if (!v->is_busy)
		proceed(v);
}

static const struct http_events events = {
	.on_body = on_body,
	.on_body_end = on_body_end,
	.on_gone = on_gone,
};

/* ---- the beginning ---- */

static void run_open(struct job *j, unused_arg void *thread_ctx)
{
	struct receiver *v = of_job(j);
	struct blob_store *blobs = uploads_blobs(v->r.uploads);

	if (v->r.is_part)
		v->end.err = blob_resume(blobs, v->u.id, false, &v->file);
	else
		v->end.err = blob_create(blobs, v->u.id, &v->file);
}

static void on_open(struct job *j)
{
	struct receiver *v = of_job(j);

	v->is_busy = false;
	v->is_open = !v->end.err;
	if (!v->end.err && v->r.is_part && v->file.size != v->r.offset)
		v->end.err = ERR_INVALID;
	if (!v->end.err && v->conn && http_read_body(v->conn, v->r.length))
		v->end.err = ERR_TOO_BIG;
	if (v->end.err || !v->conn)
		proceed(v);
}

static void on_begun(void *arg, enum err err, unused_arg const struct upload *u)
{
	struct receiver *v = arg;

	v->is_busy = false;
	v->end.err = err;
	if (err) {
		end(v);
		return;
	}
	submit(v, run_open, on_open);
	if (!v->is_busy)
		give_up(v);
}

void receive_start(struct http_conn *conn, const struct receive *r)
{
	struct receiver *v = mem_zalloc(1, sizeof(*v));

	arena_init(&v->arena, ARENA_MAX);
	v->r = *r;
	v->conn = conn;
	v->u = *r->u;
	v->u.id = arena_dup(&v->arena, r->u->id);
	v->u.owner = arena_dup(&v->arena, r->u->owner);
	v->u.name = arena_dup(&v->arena, r->u->name);
	v->u.type = arena_dup(&v->arena, r->u->type);
	v->u.hash = STR("");
	v->r.u = &v->u;
	v->file.fd = -1;
	v->come = r->offset;
	v->is_busy = true;
	http_listen(conn, &events, v);
	if (r->is_part)
		uploads_resume(r->uploads, &v->u, on_begun, v);
	else
		uploads_begin(r->uploads, &v->u, &r->rules, on_begun, v);
}
