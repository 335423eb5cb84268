/* SPDX-License-Identifier: Apache-2.0 */
/* The front of the store, see store.h: hands writes to the writer (writer.c), reads and backups to
 * pools, and answers on the loop that asked. */
#include "server/store/store.h"

#include "base/mem.h"
#include "loop/pool.h"
#include "server/store/backend.h"
#include "server/store/indexer.h"
#include "server/store/writer.h"

enum {
	READS_MAX = 10000, /* reads waiting for a thread */
	BACKUPS_MAX = 2,   /* backups waiting */
	ANSWER_BYTES_MAX = 256 * 1024 * 1024,
};

struct store {
	struct store_config config;
	void *backend;
	struct writer *writer;
	struct indexer *indexer; /* NULL: the back end has no index */
	struct pool *readers;
	struct pool *copier; /* one thread: a backup takes long and must hold up no read */
};

struct read_job {
	struct job job;
	struct index_wait wait; /* of a search */
	struct store *store;
	struct store_request request;
	struct arena arena; /* of the request's strings */
	struct store_answer answer;
	void (*fn)(void *arg, struct store_answer *answer);
	void *arg;
};

struct backup_job {
	struct job job;
	struct store *store;
	enum err err;
	void (*fn)(void *arg, enum err e);
	void *arg;
	struct str path;
	char buf[];
};

/* A pool thread's own. */
struct reader {
	struct store *store;
	void *ctx; /* of the back end; NULL: not open yet, or could not be opened */
};

static void *reader_start(void *arg)
{
	struct reader *r = mem_zalloc(1, sizeof(*r));

	r->store = arg;
	return r;
}

static void reader_end(void *thread_ctx)
{
	struct reader *r = thread_ctx;

	if (r->ctx)
		r->store->config.backend->reader_close(r->ctx);
	mem_free(r);
}

static void ring_indexer(void *arg)
{
	indexer_ring(arg);
}

static enum err start_threads(struct store *s)
{
	struct pool_config readers = {
		.name = "store-reader",
		.threads = s->config.readers ? s->config.readers : 1,
		.queue_limit = READS_MAX,
		.open = reader_start,
		.close = reader_end,
		.open_arg = s,
	};
	struct pool_config copier = {
		.name = "store-copier",
		.threads = 1,
		.queue_limit = BACKUPS_MAX,
	};
	enum err e = writer_new(&s->config, s->backend, &s->writer);

	if (!e && s->config.backend->index_open)
		e = indexer_new(&s->config, s->backend, &s->indexer);
	if (!e && s->indexer)
		e = indexer_start(s->indexer, s->writer);
	if (!e)
		writer_watch(s->writer, s->indexer ? ring_indexer : NULL, s->indexer);
	if (!e)
		e = pool_new(&readers, &s->readers);
	if (!e)
		e = pool_new(&copier, &s->copier);
	return e;
}

enum err store_open(const struct store_config *config, struct store **ret_store,
		    const char **ret_why)
{
	struct store *s = mem_zalloc(1, sizeof(*s));
	enum err e;

	s->config = *config;
	s->config.data_dir = STR_NONE; /* borrowed for the time of this call only */
	e = config->backend->open(config, &s->backend, ret_why);
	if (e) {
		mem_free(s);
		return e;
	}
	e = start_threads(s);
	if (e) {
		*ret_why = "the threads of the store could not be started";
		store_close(&s);
		return e;
	}
	*ret_store = s;
	return OK;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	*store = NULL;
	if (!s)
		return;
	pool_free(&s->copier);
	pool_free(&s->readers);
	if (s->writer) /* what it still commits is indexed after the next start */
		writer_watch(s->writer, NULL, NULL);
	indexer_free(&s->indexer);
	writer_free(&s->writer);
	s->config.backend->close(s->backend);
	mem_free(s);
}

void store_commit(struct store *s, struct txn *t)
{
	writer_commit(s->writer, t);
}

void store_expire(struct store *s, struct str owner, usec_t wall_before,
		  void (*fn)(void *arg, enum err e, uint64_t removed), void *arg)
{
	writer_expire(s->writer, owner, wall_before, fn, arg);
}

/* ---- reads ---- */

static struct str keep(struct arena *a, struct str s)
{
	return str_is_set(s) ? arena_dup(a, s) : s;
}

static const struct str *keep_all(struct arena *a, const struct str *from, unsigned count)
{
	struct str *to = arena_alloc(a, count * sizeof(*to));

	for (unsigned i = 0; i < count; i++)
		to[i] = keep(a, from[i]);
	return to;
}

static const struct talk_query *keep_talks(struct arena *a, const struct talk_query *from,
					   unsigned count)
{
	struct talk_query *to = arena_alloc(a, count * sizeof(*to));

	for (unsigned i = 0; i < count; i++) {
		int64_t *places = arena_alloc(a, from[i].place_count * sizeof(*places));

		to[i] = from[i];
		to[i].owner = keep(a, from[i].owner);
		to[i].with = keep(a, from[i].with);
		to[i].not_from = keep(a, from[i].not_from);
		if (from[i].place_count)
			memcpy(places, from[i].places, from[i].place_count * sizeof(*places));
		to[i].places = places;
	}
	return to;
}

static const struct search_name *keep_names(struct arena *a, const struct search_name *from,
					    unsigned count)
{
	struct search_name *to = arena_alloc(a, count * sizeof(*to));

	for (unsigned i = 0; i < count; i++)
		to[i] = (struct search_name){ .owner = keep(a, from[i].owner),
					      .phrase = keep(a, from[i].phrase) };
	return to;
}

static void keep_search(struct arena *a, struct search_ask *ask)
{
	struct query_term *terms = arena_alloc(a, ask->term_count * sizeof(*terms));

	for (unsigned i = 0; i < ask->term_count; i++) {
		terms[i] = ask->terms[i];
		terms[i].token = arena_dup(a, terms[i].token);
	}
	ask->terms = terms;
	ask->phrases = keep_all(a, ask->phrases, ask->phrase_count);
	if (ask->owners)
		ask->owners = keep_all(a, ask->owners, ask->owner_count);
	if (ask->names)
		ask->names = keep_names(a, ask->names, ask->name_count);
}

static void keep_request(struct read_job *r, const struct store_request *request)
{
	struct store_request *to = &r->request;
	int64_t *ids;

	*to = *request;
	to->owner = keep(&r->arena, request->owner);
	to->space = keep(&r->arena, request->space);
	to->key = keep(&r->arena, request->key);
	to->after_key = keep(&r->arena, request->after_key);
	to->archive.with = keep(&r->arena, request->archive.with);
	to->archive.with_resource = keep(&r->arena, request->archive.with_resource);
	if (request->archive.ids) {
		size_t size = request->archive.id_count * sizeof(*ids);

		ids = arena_alloc(&r->arena, size);
		memcpy(ids, request->archive.ids, size);
		to->archive.ids = ids;
	}
	to->talks = keep_talks(&r->arena, request->talks, request->talk_count);
	keep_search(&r->arena, &to->search);
	to->keys = keep_all(&r->arena, request->keys, request->key_count);
	to->spaces = keep_all(&r->arena, request->spaces, request->space_count);
}

static void read_run(struct job *j, void *thread_ctx)
{
	struct read_job *r = container_of(j, struct read_job, job);
	struct reader *reader = thread_ctx;
	const struct store_backend *vt = reader->store->config.backend;

	if (!reader->ctx)
		reader->ctx = vt->reader_open(reader->store->backend);
	r->answer.err = reader->ctx ? vt->read(reader->ctx, &r->request, &r->answer) : ERR_IO;
	if (arena_is_over(&r->answer.arena))
		r->answer.err = ERR_TOO_BIG;
}

static void read_done(struct job *j)
{
	struct read_job *r = container_of(j, struct read_job, job);

	r->fn(r->arg, &r->answer);
	arena_done(&r->answer.arena);
	arena_done(&r->arena);
	mem_free(r);
}

static void read_refused(struct letter *l)
{
	struct job *j = container_of(l, struct job, letter);

	read_done(j);
}

static void submit(struct read_job *r)
{
	enum err e = pool_submit(r->store->readers, &r->job);

	if (e) {
		r->answer.err = e;
		r->job.letter.fn = read_refused;
		loop_post(loop_current(), &r->job.letter);
	}
}

static void on_indexed(struct letter *l)
{
	submit(container_of(l, struct read_job, wait.letter));
}

void store_read(struct store *s, const struct store_request *request,
		void (*fn)(void *arg, struct store_answer *answer), void *arg)
{
	struct read_job *r = mem_zalloc(1, sizeof(*r));

	r->store = s;
	r->fn = fn;
	r->arg = arg;
	r->job.run = read_run;
	r->job.done = read_done;
	arena_init(&r->arena, SIZE_MAX);
	arena_init(&r->answer.arena, ANSWER_BYTES_MAX);
	keep_request(r, request);
	r->wait.fn = on_indexed;
	if (request->kind == READ_SEARCH && s->indexer)
		indexer_await(s->indexer, &r->wait);
	else
		submit(r);
}

bool store_rebuild_search(struct store *s)
{
	if (s->indexer)
		indexer_rebuild(s->indexer);
	return s->indexer != NULL;
}

/* ---- backup ---- */

static void backup_run(struct job *j, void *thread_ctx)
{
	struct backup_job *b = container_of(j, struct backup_job, job);

	(void)thread_ctx;
	b->err = b->store->config.backend->backup(b->store->backend, b->path);
}

static void backup_done(struct job *j)
{
	struct backup_job *b = container_of(j, struct backup_job, job);

	b->fn(b->arg, b->err);
	mem_free(b);
}

static void backup_refused(struct letter *l)
{
	struct job *j = container_of(l, struct job, letter);

	backup_done(j);
}

void store_backup(struct store *s, struct str path, void (*fn)(void *arg, enum err e), void *arg)
{
	struct backup_job *b = mem_zalloc(1, sizeof(*b) + path.len + 1);
	enum err e;

	if (path.len)
		memcpy(b->buf, path.ptr, path.len);
	b->path = str_make(b->buf, path.len);
	b->store = s;
	b->fn = fn;
	b->arg = arg;
	b->job.run = backup_run;
	b->job.done = backup_done;
	e = pool_submit(s->copier, &b->job);
	if (e) {
		b->err = e;
		b->job.letter.fn = backup_refused;
		loop_post(loop_current(), &b->job.letter);
	}
}
