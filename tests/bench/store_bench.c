/* SPDX-License-Identifier: Apache-2.0 */
/* What a message costs in SQLite: one body and two entries with their index rows, in commits of
 * several sizes. Prints a table. store_bench [MESSAGES]: in each form; default 50,000. */
#include "base/mem.h"
#include "base/random.h"
#include "server/store/sqlite/sqlite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	OWNERS = 10000,
	PEERS = 8, /* of an owner */
	STANZA_BYTES = 370,
	COMMITS_MAX = 2000, /* for the small batches: the disk is slow */
	PAGE_ROWS = 50,
};

struct bench {
	void *backend;
	int64_t seq;
	char stanza[STANZA_BYTES];
};

static struct txn *make_txn(struct bench *b)
{
	char names[2][32];
	struct archive_entry entries[2] = { { .flags = ARCHIVE_OUT }, { .flags = ARCHIVE_IN } };
	struct txn *t = txn_new();
	unsigned n[2];

	n[0] = (unsigned)(random_u64() % (OWNERS / 2)) * 2;
	n[1] = (n[0] + 1 + 2 * (unsigned)(random_u64() % PEERS)) % OWNERS;
	for (unsigned i = 0; i < 2; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "user%u@example.org", n[i]);
		entries[i].owner = str_from(names[i]);
		entries[1 - i].peer = str_from(names[i]);
		entries[i].seq = b->seq;
	}
	entries[0].dedup = random_u64();
	txn_append(t, b->seq++, str_make(b->stanza, sizeof(b->stanza)), entries, 2);
	return t;
}

static enum err run_batch(struct bench *b, struct txn **txns, unsigned count)
{
	enum err e = sqlite_backend.begin(b->backend);

	for (unsigned i = 0; i < count && !e; i++)
		e = sqlite_backend.apply(b->backend, txns[i]->first);
	return e ? e : sqlite_backend.commit(b->backend);
}

static enum err measure(struct bench *b, unsigned batch, unsigned messages)
{
	struct txn **txns = mem_alloc(batch * sizeof(struct txn *));
	unsigned commits = messages / batch < COMMITS_MAX ? messages / batch : COMMITS_MAX;
	usec_t cpu = 0, wall = 0, worst = 0;
	enum err e = OK;

	for (unsigned i = 0; i < commits && !e; i++) {
		usec_t cpu_began, began, took;

		for (unsigned k = 0; k < batch; k++)
			txns[k] = make_txn(b);
		cpu_began = clock_thread_cpu();
		began = clock_now();
		e = run_batch(b, txns, batch);
		took = clock_now() - began;
		cpu += clock_thread_cpu() - cpu_began;
		wall += took;
		worst = took > worst ? took : worst;
		for (unsigned k = 0; k < batch; k++)
			txn_free(&txns[k]);
	}
	(void)printf("| %5u | %8u | %8.1f | %8.0f | %8.2f | %8.1f |\n", batch, commits * batch,
		     (double)cpu / (commits * batch), 1e6 * commits * batch / (double)wall,
		     (double)wall / commits / 1000, (double)worst / 1000);
	mem_free(txns);
	return e;
}

/* The newest page of random owners. */
static void measure_pages(struct bench *b, bool has_peer)
{
	enum { READS = 5000 };
	void *reader = sqlite_backend.reader_open(b->backend);
	unsigned rows = 0;
	usec_t cpu = clock_thread_cpu();

	for (unsigned i = 0; i < READS && reader; i++) {
		unsigned n = (unsigned)(random_u64() % (OWNERS / 2)) * 2;
		struct store_request r = { .kind = READ_ARCHIVE };
		struct store_answer a = { .err = OK };
		char owner[32], peer[32];

		(void)snprintf(owner, sizeof(owner), "user%u@example.org", n);
		(void)snprintf(peer, sizeof(peer), "user%u@example.org", n + 1);
		r.owner = str_from(owner);
		r.archive.max = PAGE_ROWS;
		r.archive.is_backward = true;
		r.archive.with = has_peer ? str_from(peer) : STR_NONE;
		arena_init(&a.arena, 64 * MIB);
		if (!sqlite_backend.read(reader, &r, &a)) {
			for (const struct archive_row *row = a.messages; row; row = row->next)
				rows++;
		}
		arena_done(&a.arena);
	}
	cpu = clock_thread_cpu() - cpu;
	(void)printf("newest page of %s: %.1f us CPU, %.1f rows\n",
		     has_peer ? "a conversation" : "an owner", (double)cpu / READS,
		     (double)rows / READS);
	if (reader)
		sqlite_backend.reader_close(reader);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static enum err run(const char *dir, unsigned messages)
{
	static const unsigned batches[] = { 1, 10, 100, 1000 };
	struct store_config config = { .data_dir = str_from(dir) };
	struct bench b = { .seq = 1 };
	const char *why = "";
	enum err e = sqlite_backend.open(&config, &b.backend, &why);

	if (e) {
		(void)fprintf(stderr, "%s\n", why);
		return e;
	}
	memset(b.stanza, 'x', sizeof(b.stanza));
	(void)printf("| batch | messages | CPU us/m | messages/s | commit ms | worst ms |\n"
		     "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < array_len(batches) && !e; i++)
		e = measure(&b, batches[i], messages);
	measure_pages(&b, false);
	measure_pages(&b, true);
	sqlite_backend.close(b.backend);
	return e;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/parley-bench-XXXXXX";
	uint64_t messages = 50000;
	enum err e;

	if ((argc > 1 && str_to_u64(str_from(argv[1]), &messages)) || messages < 1000 ||
	    messages > 10000000) {
		(void)fprintf(stderr, "store_bench [MESSAGES]: 1000 to 10000000\n");
		return 2;
	}
	if (!mkdtemp(dir))
		return 2;
	random_seed_for_test(1);
	e = run(dir, (unsigned)messages);
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return e ? 1 : 0;
}
