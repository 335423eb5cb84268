/* SPDX-License-Identifier: Apache-2.0 */
/* What searching costs: messages of 400 rooms in SQLite, the index over them, and searches of one
 * account that is in 300 of the rooms. Words are as unequal as in a language, a tenth of the
 * messages is Chinese. Prints tables. search_bench [MESSAGES [DIR]]: default 1,000,000; with a
 * folder, the store in it only gets the messages, for a server to index (search_live.py).
 * search_bench index DIR [TIMES]: only makes the index over such a store, so many times. */
#include "base/mem.h"
#include "base/random.h"
#include "server/store/sqlite/sqlite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ROOMS = 400,
	JOINED = 300,
	VOCABULARY = 20000,
	BATCH = 1000, /* messages of a commit */
	STEP = 5000,  /* of a step of the index, as store/indexer.c has it */
	SEARCHES = 300,
	PAGE_ROWS = 50,
	FIRST_HAN = 0x4e00,
	HANS = 3000, /* characters in use */
};

struct bench {
	void *backend;
	int64_t first, seq;
	char names[ROOMS][32];
	struct str rooms[ROOMS];
};

/* Small numbers are frequent: about as Zipf has it. */
static unsigned unequal(unsigned max)
{
	double u = (double)(random_u64() % 1000003 + 1) / 1000003.0;
	double n = 1.0;

	for (unsigned bits = 1; bits < max; bits *= 2) /* max^u - 1, without libm */
		n *= 1.0 + u * (u < 0.5 ? 0.62 + 0.2 * u : 0.48 + 0.52 * u);
	return (unsigned)(n - 1.0) < max ? (unsigned)(n - 1.0) : max - 1;
}

static void add_han(struct sbuf *out)
{
	uint32_t cp = FIRST_HAN + unequal(HANS);
	char utf8[3] = { (char)(0xe0 | cp >> 12), (char)(0x80 | (cp >> 6 & 0x3f)),
			 (char)(0x80 | (cp & 0x3f)) };

	(void)sbuf_add(out, str_make(utf8, sizeof(utf8)));
}

static void write_message(struct sbuf *out, unsigned room)
{
	unsigned words = 4 + (unsigned)(random_u64() % 14);

	sbuf_reset(out);
	(void)sbuf_printf(
		out,
		"<message type='groupchat' id='%llx' from='room%u@conference.localhost/nick%u'>"
		"<body>",
		(unsigned long long)random_u64(), room, (unsigned)(random_u64() % 50));
	for (unsigned i = 0; i < words; i++) {
		if (room % 10 == 0)
			add_han(out);
		else
			(void)sbuf_printf(out, "%sw%x", i ? " " : "", unequal(VOCABULARY));
	}
	(void)sbuf_printf(out,
			  "</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='%llx%llx'/>"
			  "<x xmlns='http://jabber.org/protocol/muc#user'><item "
			  "jid='user%u@example.org'/></x></message>",
			  (unsigned long long)random_u64(), (unsigned long long)random_u64(),
			  (unsigned)(random_u64() % 5000));
}

static enum err fill_batch(struct bench *b, struct sbuf *text)
{
	enum err e = sqlite_backend.begin(b->backend);

	for (unsigned i = 0; i < BATCH && !e; i++) {
		unsigned room = (unsigned)(random_u64() % ROOMS);
		struct archive_entry entry = { .owner = b->rooms[room],
					       .peer = STR("user@example.org"),
					       .flags = ARCHIVE_IN };
		struct txn *t = txn_new();

		b->seq += 1 + (int64_t)(random_u64() % 1000000);
		entry.seq = b->seq;
		write_message(text, room);
		txn_append(t, b->seq, sbuf_str(text), &entry, 1);
		e = sqlite_backend.apply(b->backend, t->first);
		txn_free(&t);
	}
	return e ? e : sqlite_backend.commit(b->backend);
}

static enum err fill(struct bench *b, unsigned messages)
{
	struct sbuf text scoped(sbuf_done) = SBUF(64 * KIB);
	usec_t cpu = clock_thread_cpu();
	enum err e = OK;

	for (unsigned done = 0; done < messages && !e; done += BATCH)
		e = fill_batch(b, &text);
	(void)printf("messages: %u; %.1f us CPU each to make and to store\n", messages,
		     (double)(clock_thread_cpu() - cpu) / messages);
	return e;
}

static enum err make_index(struct bench *b, unsigned times)
{
	double lowest = 0;
	void *index;
	enum err e = sqlite_backend.index_open(b->backend, &index);

	for (unsigned i = 0; i < times && !e; i++) {
		struct index_step step = { .max = STEP };
		usec_t cpu = clock_thread_cpu(), began = clock_now();
		uint64_t added = 0;
		double each;

		e = sqlite_backend.index_reset(index);
		while (!e && !step.is_done) {
			step = (struct index_step){ .max = STEP };
			e = sqlite_backend.index_step(index, &step);
			added += step.added;
		}
		each = (double)(clock_thread_cpu() - cpu) / (double)(added ? added : 1);
		lowest = i && lowest < each ? lowest : each;
		(void)printf("index: %llu entries, %.2f us CPU each, %.0f/s\n",
			     (unsigned long long)added, each,
			     1e6 * (double)added / (double)(clock_now() - began));
	}
	(void)printf("index: the lowest of %u: %.2f us CPU each\n", times, lowest);
	sqlite_backend.index_close(index);
	return e;
}

static int by_time(const void *a, const void *b)
{
	const usec_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The same question again and again, from changing places of the archive. */
static enum err measure(struct bench *b, void *reader, const char *name, struct str token,
			unsigned owners)
{
	const struct query_term term = { .token = token };
	usec_t took[SEARCHES], cpu = 0;
	uint64_t rows = 0;

	for (unsigned i = 0; i < SEARCHES; i++) {
		struct store_request r = { .kind = READ_SEARCH, .owner = b->rooms[1] };
		struct store_answer a = { .err = OK };
		usec_t began = clock_now(), cpu_began = clock_thread_cpu();
		enum err e;

		r.search = (struct search_ask){ .terms = &term, .term_count = 1 };
		r.search.owners = owners > 1 ? b->rooms : NULL;
		r.search.owner_count = owners;
		r.archive.max = PAGE_ROWS;
		r.archive.is_backward = true;
		r.archive.before = b->first + (b->seq - b->first) / 4 * (4 - i % 4) + 1;
		arena_init(&a.arena, 64 * MIB);
		e = sqlite_backend.read(reader, &r, &a);
		took[i] = clock_now() - began;
		cpu += clock_thread_cpu() - cpu_began;
		for (const struct archive_row *row = a.messages; row; row = row->next)
			rows++;
		arena_done(&a.arena);
		if (e)
			return e;
	}
	qsort(took, SEARCHES, sizeof(took[0]), by_time);
	(void)printf("| %-24s | %5u | %6.1f | %8.2f | %8.2f | %8.2f |\n", name, owners,
		     (double)rows / SEARCHES, (double)cpu / SEARCHES / 1000,
		     (double)took[SEARCHES / 2] / 1000, (double)took[SEARCHES * 95 / 100] / 1000);
	return OK;
}

static enum err measure_all(struct bench *b)
{
	static const struct {
		const char *name;
		struct str token;
	} words[] = {
		{ "a common word", STR_INIT("w1") },
		{ "a rare word", STR_INIT("w4bf0") },
		{ "two Chinese characters", STR_INIT("\xe4\xb8\x83\xe4\xb8\x85") },
	};
	void *reader = sqlite_backend.reader_open(b->backend);
	enum err e = reader ? OK : ERR_IO;

	(void)printf("| for | archives | matches | CPU ms | p50 ms | p95 ms |\n"
		     "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < array_len(words) && !e; i++) {
		e = measure(b, reader, words[i].name, words[i].token, JOINED);
		if (!e)
			e = measure(b, reader, words[i].name, words[i].token, 1);
	}
	if (reader)
		sqlite_backend.reader_close(reader);
	return e;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

struct work {
	unsigned messages, indexed; /* to be written; times that the index is made */
	bool is_searched;
};

static enum err run(const char *dir, struct work work)
{
	struct store_config config = { .data_dir = str_from(dir) };
	struct bench *b = mem_zalloc(1, sizeof(*b));
	const char *why = "";
	enum err e = sqlite_backend.open(&config, &b->backend, &why);

	b->first = b->seq = 1600000000 * USEC_PER_SEC;
	for (unsigned i = 0; i < ROOMS; i++) {
		(void)snprintf(b->names[i], sizeof(b->names[i]), "room%u@conference.localhost", i);
		b->rooms[i] = str_from(b->names[i]);
	}
	if (!e && work.messages)
		e = fill(b, work.messages);
	if (!e && work.indexed)
		e = make_index(b, work.indexed);
	if (!e && work.is_searched)
		e = measure_all(b);
	if (e)
		(void)fprintf(stderr, "%s %s\n", err_text(e), why);
	if (b->backend)
		sqlite_backend.close(b->backend);
	mem_free(b);
	return e;
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/parley-bench-XXXXXX";
	bool is_index = argc > 2 && str_eq(str_from(argv[1]), STR("index"));
	uint64_t number = 1000000, times = 1;
	enum err e;

	if ((argc > 1 && !is_index && str_to_u64(str_from(argv[1]), &number)) || number < BATCH ||
	    number > 100000000 ||
	    (argc > 3 && (!is_index || str_to_u64(str_from(argv[3]), &times)))) {
		(void)fprintf(stderr, "search_bench [MESSAGES [DIR]]: 1000 to 100000000\n"
				      "search_bench index DIR [TIMES]\n");
		return 2;
	}
	random_seed_for_test(1);
	if (is_index)
		return run(argv[2], (struct work){ .indexed = (unsigned)times }) ? 1 : 0;
	if (argc > 2)
		return run(argv[2], (struct work){ .messages = (unsigned)number }) ? 1 : 0;
	if (!mkdtemp(dir))
		return 2;
	e = run(dir, (struct work){ (unsigned)number, 1, true });
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return e ? 1 : 0;
}
