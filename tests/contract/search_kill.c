/* SPDX-License-Identifier: Apache-2.0 */
/* Kills a process that commits messages and takes others back, at a random moment, again and again:
 * a search then finds every message of the archive exactly once, and none that was taken back. */
#include "base/mem.h"
#include "base/random.h"
#include "server/store/sqlite/sqlite.h"
#include "server/store/store.h"

#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	ROUNDS = 15,
	IN_FLIGHT = 40, /* txns handed over at a time */
	PAGE_ROWS = 200,
	TAKEN_BACK = 7, /* so many messages later */
	SEQS_MAX = 1000000,
};

#define ANNA STR("anna@here")
#define BELA STR("bela@here")

/* ---- the child ---- */

struct child {
	struct letter letter; /* starts it */
	struct store *store;
	int64_t next;
	int answers; /* pipe */
};

struct sent {
	struct child *child;
	int64_t n;
};

static void send_one(struct child *c);

static void on_done(struct txn *t)
{
	struct sent *s = t->arg;

	if (t->err || write(s->child->answers, &s->n, sizeof(s->n)) != sizeof(s->n))
		_exit(3);
	send_one(s->child);
	mem_free(s);
	txn_free(&t);
}

/* A message; every third one takes an earlier one back. */
static void send_one(struct child *c)
{
	int64_t n = c->next++;
	struct archive_entry entries[] = {
		{ .owner = ANNA, .seq = n, .peer = BELA, .flags = ARCHIVE_OUT },
		{ .owner = BELA, .seq = n, .peer = ANNA, .flags = ARCHIVE_IN },
	};
	struct sent *s = mem_alloc(sizeof(*s));
	struct txn *t = txn_new();
	char text[128];

	(void)snprintf(text, sizeof(text), "<message><body>rose number %ld</body></message>",
		       (long)n);
	*s = (struct sent){ .child = c, .n = n };
	t->done = on_done;
	t->arg = s;
	txn_append(t, n, str_from(text), entries, 2);
	if (n % 3 == 0 && n > TAKEN_BACK)
		txn_blank(t, ANNA, n - TAKEN_BACK, STR("<message><body>rose</body></message>"));
	store_commit(c->store, t);
}

static void start(struct letter *l)
{
	for (unsigned i = 0; i < IN_FLIGHT; i++)
		send_one(container_of(l, struct child, letter));
}

static struct store *open_store(const char *dir)
{
	struct store_config config = {
		.backend = &sqlite_backend,
		.data_dir = str_from(dir),
		.readers = 1,
		.queue_limit = 1000,
		.queue_bytes_limit = 16 * MIB,
		.batch_limit = 100,
	};
	struct store *s = NULL;
	const char *why = "";

	if (store_open(&config, &s, &why))
		(void)printf("# the store does not open: %s\n", why);
	return s;
}

static void run_child(const char *dir, int64_t next, int answers)
{
	struct child c = { .letter.fn = start, .next = next, .answers = answers };
	struct loop *loop;

	if (loop_new(0, &loop))
		_exit(2);
	c.store = open_store(dir);
	if (!c.store)
		_exit(2);
	loop_post(loop, &c.letter);
	loop_run(loop);
	_exit(4);
}

/* ---- the parent ---- */

/* What the store holds after the kill. */
struct found {
	struct store *store;
	struct store_request request;
	struct letter letter;
	int64_t last;     /* of the archive */
	uint8_t *seen;    /* by seq: 1: in the archive, 2: found, too */
	uint64_t entries; /* in the index */
	bool is_wrong, is_done;
};

static const struct query_term rose = { .token = STR_INIT("rose") };

static void next_question(struct found *f)
{
	f->request.archive.after = 0;
	if (f->request.kind == READ_ARCHIVE) {
		f->request.kind = READ_SEARCH;
		f->request.search = (struct search_ask){ .terms = &rose, .term_count = 1 };
	} else {
		f->request.kind = READ_SEARCH_STATUS;
	}
}

static void note(struct found *f, const struct archive_row *r)
{
	bool is_search = f->request.kind == READ_SEARCH;

	if (r->seq <= 0 || r->seq >= SEQS_MAX)
		f->is_wrong = true;
	else if (is_search && (f->seen[r->seq] != 1 || r->flags & ARCHIVE_BLANKED))
		f->is_wrong = true; /* twice, taken back, or out of nowhere */
	else if (!(r->flags & ARCHIVE_BLANKED))
		f->seen[r->seq]++;
	if (!is_search)
		f->last = r->seq;
}

static void on_answer(void *arg, struct store_answer *a)
{
	struct found *f = arg;

	f->is_wrong |= a->err != OK;
	if (f->request.kind == READ_SEARCH_STATUS) {
		f->entries = a->search.entries;
		f->is_done = true;
		return;
	}
	for (const struct archive_row *r = a->messages; r; r = r->next)
		note(f, r);
	f->request.archive.after = a->examined_seq;
	if (a->is_complete || a->err)
		next_question(f);
	store_read(f->store, &f->request, on_answer, f);
}

static void start_asking(struct letter *l)
{
	struct found *f = container_of(l, struct found, letter);

	store_read(f->store, &f->request, on_answer, f);
}

/* Whether all is as it should be; *ret_last is the newest message. */
static bool look(const char *dir, int64_t *ret_last)
{
	struct found f = { .letter.fn = start_asking };
	struct loop *loop;
	uint64_t living = 0;
	bool is_good;

	f.seen = mem_zalloc(SEQS_MAX, 1);
	f.request = (struct store_request){ .kind = READ_ARCHIVE, .owner = BELA };
	f.request.archive.max = PAGE_ROWS;
	if (loop_new(0, &loop))
		return false;
	f.store = open_store(dir);
	if (f.store) {
		loop_post(loop, &f.letter);
		loop_run_until(loop, &f.is_done, 60 * USEC_PER_SEC);
	}
	is_good = f.is_done && !f.is_wrong;
	for (int64_t i = 1; i < SEQS_MAX; i++) {
		is_good &= f.seen[i] != 1; /* in the archive, and not found */
		living += f.seen[i] == 2;
	}
	is_good &= f.entries == 2 * living; /* both sides' */
	*ret_last = f.last;
	store_close(&f.store);
	loop_free(&loop);
	mem_free(f.seen);
	return is_good;
}

/* Lets a child commit for a while, kills it; *ret_answered: the last number that was answered OK.
 */
static bool run_and_kill(const char *dir, int64_t next, int64_t *ret_answered)
{
	int fds[2], status;
	pid_t pid;

	if (pipe(fds))
		return false;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		run_child(dir, next, fds[1]);
	}
	(void)close(fds[1]);
	if (pid < 0 || read(fds[0], ret_answered, sizeof(*ret_answered)) <= 0)
		return false;
	(void)usleep((useconds_t)(random_u64() % 300000));
	(void)kill(pid, SIGKILL);
	while (read(fds[0], ret_answered, sizeof(*ret_answered)) == sizeof(*ret_answered))
		;
	(void)close(fds[0]);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

int main(void)
{
	char dir[] = "/tmp/parley-kill-XXXXXX";
	int64_t last = 0;
	int failed = 0;

	(void)alarm(600);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(dir))
		return 2;
	(void)printf("1..%d\n", ROUNDS);
	for (int round = 1; round <= ROUNDS; round++) {
		int64_t answered = 0;
		bool is_good = run_and_kill(dir, last + 1, &answered) && look(dir, &last) &&
			       last >= answered;

		(void)printf("%sok %d - killed after %ld answers, %ld found\n",
			     is_good ? "" : "not ", round, (long)answered, (long)last);
		failed += !is_good;
	}
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return failed ? 1 : 0;
}
