/* SPDX-License-Identifier: Apache-2.0 */
/* Links, see link.h. A field is touched on one loop only: "conn" fields on the connection's,
 * "session" fields on the home's. A link ends so: the connection's end sends LEAVE (when it goes by
 * itself, or when it is told OVER), the home answers FREED, the link is freed. */
#include "server/session/link.h"

#include "base/mem.h"
#include "stream/stream.h"

/* What a letter costs beside its text, and how much a home takes before it says so. */
enum { TEXT_COST = 512, CREDIT_STEP = 64 * 1024 };

struct link {
	struct loop *conn_loop;
	struct home *home;
	const struct link_conn_ops *conn_ops;
	const struct link_session_ops *session_ops;
	void *conn;        /* conn: NULL when it has left */
	size_t under_way;  /* conn: bytes of texts that the home has not taken */
	bool is_paused[2]; /* conn: by the session, by under_way */
	size_t taken;      /* session: bytes of texts since the last NOTE_CREDIT */
	size_t waiting;    /* session: bytes that the connection has not taken */
	size_t got;        /* conn: bytes since the last NOTE_TAKEN */
	size_t unsent;     /* session: what the connection had not sent when it was asked */
	enum { MEASURE_NONE, MEASURE_ASKED, MEASURE_KNOWN } measure; /* session */
	void *session;  /* session: NULL when there is none (any more) */
	bool is_left;   /* session: the connection has let go */
	unsigned holds; /* session */
};

enum note_kind {
	NOTE_REQUEST,
	NOTE_TEXT,
	NOTE_LEAVE,
	NOTE_TAKEN,
	NOTE_ANSWER,
	NOTE_BYTES,
	NOTE_PAUSE,
	NOTE_MEASURE, /* there and back */
	NOTE_CREDIT,
	NOTE_OVER,
	NOTE_FREED
};

/* A letter to the other end. */
struct note {
	struct letter letter;
	struct link *link;
	enum note_kind kind;
	bool flag;
	unsigned condition;
	size_t credit;
	struct bytes *bytes;
	usec_t received;
	struct bind_request *request;
	struct bind_answer answer;
	struct arena arena; /* of request and answer */
};

static void note_free(struct note *n)
{
	(void)bytes_unref(n->bytes);
	if (n->request) {
		(void)bytes_unref(n->request->inline_el);
		(void)bytes_unref(n->request->resume_el);
		mem_free((void *)(uintptr_t)n->request->scope);
	}
	arena_done(&n->arena);
	mem_free(n);
}

static struct note *note_new(struct link *l, enum note_kind kind)
{
	struct note *n = mem_zalloc(1, sizeof(*n));

	n->link = l;
	n->kind = kind;
	arena_init(&n->arena, MIB);
	return n;
}

/* ---- what arrives ---- */

static void at_home(struct note *n);

enum { BY_SESSION, BY_UNDER_WAY };

static void set_paused(struct link *l, int by, bool is_paused)
{
	bool before = l->is_paused[BY_SESSION] || l->is_paused[BY_UNDER_WAY];

	l->is_paused[by] = is_paused;
	if ((l->is_paused[BY_SESSION] || l->is_paused[BY_UNDER_WAY]) != before)
		l->conn_ops->on_pause(l->conn, !before);
}

static void send_home(struct note *n);

static void take_bytes(struct link *l, struct bytes *bytes)
{
	struct note *taken;

	l->conn_ops->on_bytes(l->conn, bytes);
	l->got += TEXT_COST + bytes->len;
	if (l->got < CREDIT_STEP)
		return;
	taken = note_new(l, NOTE_TAKEN);
	taken->credit = l->got;
	l->got = 0;
	send_home(taken);
}

/* One that has left is silent: nothing of it may come behind NOTE_LEAVE. */
static void answer_measure(struct link *l)
{
	struct note *answer = note_new(l, NOTE_MEASURE);

	answer->credit = l->conn_ops->unsent(l->conn);
	send_home(answer);
}

static void at_conn(struct note *n)
{
	struct link *l = n->link;

	if (n->kind == NOTE_FREED) {
		mem_free(l);
		note_free(n);
		return;
	}
	if (l->conn) {
		switch (n->kind) {
		case NOTE_ANSWER:
			l->conn_ops->on_answer(l->conn, &n->answer);
			break;
		case NOTE_BYTES:
			take_bytes(l, n->bytes);
			break;
		case NOTE_PAUSE:
			set_paused(l, BY_SESSION, n->flag);
			break;
		case NOTE_MEASURE:
			answer_measure(l);
			break;
		case NOTE_CREDIT:
			l->under_way -= n->credit;
			if (l->under_way <= LINK_BYTES_MAX / 2)
				set_paused(l, BY_UNDER_WAY, false);
			break;
		default:
			l->conn_ops->on_over(l->conn, n->flag, n->condition, bytes_str(n->bytes));
			break;
		}
	}
	note_free(n);
}

static void on_letter_at_conn(struct letter *letter)
{
	at_conn(container_of(letter, struct note, letter));
}

static void on_letter_at_home(struct letter *letter)
{
	at_home(container_of(letter, struct note, letter));
}

static void send(struct note *n, struct loop *to, void (*direct)(struct note *),
		 void (*fn)(struct letter *))
{
	if (to == loop_current()) {
		direct(n);
		return;
	}
	n->letter.fn = fn;
	loop_post(to, &n->letter);
}

static void send_to_conn(struct note *n)
{
	send(n, n->link->conn_loop, at_conn, on_letter_at_conn);
}

static void send_home(struct note *n)
{
	send(n, n->link->home->loop, at_home, on_letter_at_home);
}

static void at_home(struct note *n)
{
	struct link *l = n->link;
	void *session = l->session;

	switch (n->kind) {
	case NOTE_REQUEST:
		l->session_ops->on_request(l, n->request);
		break;
	case NOTE_TEXT:
		l->taken += TEXT_COST + n->bytes->len;
		if (l->taken >= CREDIT_STEP) {
			struct note *credit = note_new(l, NOTE_CREDIT);

			credit->credit = l->taken;
			l->taken = 0;
			send_to_conn(credit);
		}
		if (session)
			l->session_ops->on_text(session, bytes_str(n->bytes), n->received);
		break;
	case NOTE_TAKEN:
		l->waiting -= n->credit;
		break;
	case NOTE_MEASURE:
		l->unsent = n->credit;
		l->measure = MEASURE_KNOWN;
		break;
	default:
		l->is_left = true;
		l->session = NULL;
		if (session)
			l->session_ops->on_gone(session, n->flag);
		if (!l->holds)
			send_to_conn(note_new(l, NOTE_FREED));
		break;
	}
	note_free(n);
}

/* ---- connection's end ---- */

struct link *link_new(const struct link_conn_ops *conn_ops, void *conn,
		      const struct link_session_ops *session_ops, struct home *home)
{
	struct link *l = mem_zalloc(1, sizeof(*l));

	l->conn_loop = loop_current();
	l->home = home;
	l->conn_ops = conn_ops;
	l->session_ops = session_ops;
	l->conn = conn;
	return l;
}

void link_request(struct link *l, const struct bind_request *request)
{
	struct note *n = note_new(l, NOTE_REQUEST);

	n->request = arena_new(&n->arena, struct bind_request);
	*n->request = *request;
	n->request->bare = arena_dup(&n->arena, request->bare);
	n->request->resource = arena_dup(&n->arena, request->resource);
	n->request->agent_id = arena_dup(&n->arena, request->agent_id);
	n->request->peer = arena_dup(&n->arena, request->peer);
	n->request->lang = arena_dup(&n->arena, request->lang);
	n->request->scope = stream_scope_dup(request->scope);
	if (request->inline_el)
		(void)bytes_ref(request->inline_el);
	if (request->resume_el)
		(void)bytes_ref(request->resume_el);
	send_home(n);
}

void link_text(struct link *l, struct str text)
{
	struct note *n;

	if (l->home->loop == loop_current()) {
		if (l->session)
			l->session_ops->on_text(l->session, text, clock_now());
		return;
	}
	n = note_new(l, NOTE_TEXT);
	n->bytes = bytes_new(text);
	n->received = clock_now();
	l->under_way += TEXT_COST + text.len;
	send_home(n);
	if (l->under_way > LINK_BYTES_MAX)
		set_paused(l, BY_UNDER_WAY, true);
}

void link_leave(struct link **link, bool is_in_order)
{
	struct link *l = *link;
	struct note *n;

	*link = NULL;
	if (!l)
		return;
	l->conn = NULL;
	n = note_new(l, NOTE_LEAVE);
	n->flag = is_in_order;
	send_home(n);
}

/* ---- session's end ---- */

struct home *link_home(const struct link *l)
{
	return l->home;
}

void link_attach(struct link *l, void *session)
{
	l->session = session;
}

bool link_is_left(const struct link *l)
{
	return l->is_left;
}

void link_hold(struct link *l)
{
	l->holds++;
}

void link_release(struct link *l)
{
	if (--l->holds == 0 && l->is_left)
		send_to_conn(note_new(l, NOTE_FREED));
}

void link_answer(struct link *l, const struct bind_answer *answer)
{
	struct note *n = note_new(l, NOTE_ANSWER);

	n->answer = *answer;
	n->answer.jid = arena_dup(&n->arena, answer->jid);
	n->answer.elements = arena_dup(&n->arena, answer->elements);
	send_to_conn(n);
}

void link_bytes(struct link *l, struct bytes *bytes)
{
	struct note *n;

	if (l->conn_loop == loop_current()) {
		if (l->conn)
			l->conn_ops->on_bytes(l->conn, bytes);
		return;
	}
	n = note_new(l, NOTE_BYTES);
	n->bytes = bytes_ref(bytes);
	l->waiting += TEXT_COST + bytes->len;
	send_to_conn(n);
}

size_t link_waiting(const struct link *l)
{
	return l->waiting;
}

bool link_measure(struct link *l, size_t *ret_bytes)
{
	if (l->measure == MEASURE_NONE) {
		l->measure = MEASURE_ASKED;
		send_to_conn(note_new(l, NOTE_MEASURE));
	}
	if (l->measure != MEASURE_KNOWN)
		return false;
	l->measure = MEASURE_NONE;
	*ret_bytes = l->unsent; /* with all that was on its way to it */
	return true;
}

void link_pause(struct link *l, bool is_paused)
{
	struct note *n = note_new(l, NOTE_PAUSE);

	n->flag = is_paused;
	send_to_conn(n);
}

void link_over(struct link **link, bool is_error, unsigned stream_condition, struct str text)
{
	struct link *l = *link;
	struct note *n;

	*link = NULL;
	if (!l)
		return;
	l->session = NULL;
	n = note_new(l, NOTE_OVER);
	n->flag = is_error;
	n->condition = stream_condition;
	n->bytes = bytes_new(text);
	send_to_conn(n);
}
