/* SPDX-License-Identifier: Apache-2.0 */
/* Kills a process that commits, at a random moment, again and again: what was answered OK is there
 * afterwards, and every txn is there whole or not at all. In about every other round entries go to
 * their table (docs/adr/0016) a few at a time, so that it dies between the steps of that, too. */
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
	ROUNDS = 40,
	YOUNG_FEW = 50, /* entries of a generation */
	IN_FLIGHT = 40, /* txns handed over at a time */
	PAGE_ROWS = 1000,
	SESSION = 42,
};

#define ANNA STR("anna@here")
#define BELA STR("bela@here")

/* ---- the child ---- */

struct child {
	struct letter letter; /* starts it */
	struct loop *loop;
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

/* Message, document and counter of one number, in one txn. */
static void send_one(struct child *c)
{
	int64_t n = c->next++;
	struct archive_entry entries[] = {
		{ .owner = ANNA, .seq = n, .peer = BELA, .flags = ARCHIVE_OUT },
		{ .owner = BELA, .seq = n, .peer = ANNA, .flags = ARCHIVE_IN },
	};
	struct sent *s = mem_alloc(sizeof(*s));
	struct txn *t = txn_new();
	char number[24];

	(void)snprintf(number, sizeof(number), "%ld", (long)n);
	*s = (struct sent){ .child = c, .n = n };
	t->done = on_done;
	t->arg = s;
	txn_append(t, n, str_from(number), entries, 2);
	txn_put(t, ANNA, STR("s"), STR("last"), str_from(number));
	txn_counted(t, ANNA, SESSION, (uint32_t)n);
	store_commit(c->store, t);
}

static void start(struct letter *l)
{
	for (unsigned i = 0; i < IN_FLIGHT; i++)
		send_one(container_of(l, struct child, letter));
}

static struct store *open_store(const char *dir, size_t young_limit)
{
	struct store_config config = {
		.backend = &sqlite_backend,
		.data_dir = str_from(dir),
		.readers = 1,
		.queue_limit = 1000,
		.queue_bytes_limit = 16 * MIB,
		.young_limit = young_limit,
		.batch_limit = 7, /* several commits a second turn of the in-flight ones */
	};
	struct store *s = NULL;
	const char *why = "";

	if (store_open(&config, &s, &why)) {
		(void)printf("# the store does not open: %s\n", why);
		return NULL;
	}
	return s;
}

static void run_child(const char *dir, int64_t next, int answers)
{
	struct child c = { .letter.fn = start, .next = next, .answers = answers };

	if (loop_new(0, &c.loop))
		_exit(2);
	c.store = open_store(dir, next % 2 ? YOUNG_FEW : 0);
	if (!c.store)
		_exit(2);
	loop_post(c.loop, &c.letter);
	loop_run(c.loop);
	_exit(4);
}

/* ---- the parent ---- */

/* What the store holds after the kill. */
struct found {
	struct store *store;
	struct store_request request;
	struct letter letter;
	int64_t last, count; /* of Bela's archive */
	int64_t kept;        /* of the document */
	int64_t h;
	bool is_gapless, is_done;
};

static void ask(struct found *f);

static void on_answer(void *arg, struct store_answer *a)
{
	struct found *f = arg;

	if (f->request.kind == READ_ARCHIVE) {
		for (const struct archive_row *r = a->messages; r; r = r->next) {
			int64_t n = 0;

			f->count++;
			if (r->seq != f->last + 1 || str_to_i64(r->stanza, &n) || n != r->seq)
				f->is_gapless = false;
			f->last = r->seq;
		}
		f->request.archive.after = f->last;
		if (a->is_complete)
			f->request.kind = READ_KEYVAL;
	} else if (f->request.kind == READ_KEYVAL) {
		if (a->rows && str_to_i64(a->rows->value, &f->kept))
			f->is_gapless = false;
		f->request.kind = READ_SESSION;
	} else {
		f->h = a->err ? 0 : a->session_h;
		f->is_done = true;
		return;
	}
	ask(f);
}

static void ask(struct found *f)
{
	f->request.owner = f->request.kind == READ_ARCHIVE ? BELA : ANNA;
	store_read(f->store, &f->request, on_answer, f);
}

static void start_asking(struct letter *l)
{
	ask(container_of(l, struct found, letter));
}

static bool look(const char *dir, struct found *f)
{
	struct loop *loop;

	*f = (struct found){ .is_gapless = true, .letter.fn = start_asking };
	f->request = (struct store_request){ .kind = READ_ARCHIVE,
					     .space = STR("s"),
					     .key = STR("last") };
	f->request.session = SESSION;
	f->request.archive = (struct archive_query){ .with = ANNA, .max = PAGE_ROWS };
	if (loop_new(0, &loop))
		return false;
	f->store = open_store(dir, 0);
	if (f->store) {
		loop_post(loop, &f->letter);
		loop_run_until(loop, &f->is_done, 20 * USEC_PER_SEC);
	}
	store_close(&f->store);
	loop_free(&loop);
	return f->is_done;
}

/* Lets a child commit for a while, kills it; *ret_answered: the last number that was answered OK.
 */
static bool run_and_kill(const char *dir, int64_t next, int64_t *ret_answered)
{
	int fds[2], status;
	int64_t n, last = next - 1;
	pid_t pid;

	if (pipe(fds))
		return false;
	pid = fork();
	if (pid == 0) {
		(void)close(fds[0]);
		run_child(dir, next, fds[1]);
	}
	(void)close(fds[1]);
	if (pid < 0 || read(fds[0], &n, sizeof(n)) != sizeof(n)) /* until it works */
		return false;
	last = n;
	(void)usleep((useconds_t)(random_u64() % 120000));
	(void)kill(pid, SIGKILL);
	while (read(fds[0], &n, sizeof(n)) == sizeof(n)) {
		if (n != last + 1)
			return false;
		last = n;
	}
	(void)close(fds[0]);
	if (waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status))
		return false;
	*ret_answered = last;
	return true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

int main(void)
{
	char dir[] = "/tmp/parley-kill-XXXXXX";
	int64_t next = 1;
	int failed = 0;

	(void)alarm(300);
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(dir))
		return 2;
	(void)printf("1..%d\n", ROUNDS);
	for (int round = 1; round <= ROUNDS; round++) {
		struct found f = { .count = 0 };
		int64_t answered = 0;
		bool is_good = run_and_kill(dir, next, &answered) && look(dir, &f) &&
			       f.is_gapless && f.last >= answered && f.count == f.last &&
			       f.kept == f.last && f.h == f.last;

		(void)printf("%sok %d - killed after %ld answers, %ld found\n",
			     is_good ? "" : "not ", round, (long)answered, (long)f.last);
		failed += !is_good;
		next = f.last + 1;
	}
	(void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	return failed ? 1 : 0;
}
