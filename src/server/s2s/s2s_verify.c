/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of dialback between loops, see s2s_verify.h. */
#include "server/s2s/s2s_verify.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/s2s/s2s.h"

static struct str put(char **at, struct str s)
{
	char *p = *at;

	memcpy(p, s.ptr, s.len);
	*at += s.len;
	return str_make(p, s.len);
}

static void on_question(struct letter *l)
{
	struct s2s_verify *v = container_of(l, struct s2s_verify, letter);
	const struct s2s *s = v->home->remote_owner;

	s->on_question(v);
}

static void on_answer(struct letter *l)
{
	struct s2s_verify *v = container_of(l, struct s2s_verify, letter);

	list_remove(&v->link);
	if (v->stream)
		v->on_answer(v->stream, v);
	secret_wipe(v->text, v->ours.len + v->theirs.len + v->id.len + v->key.len);
	mem_free(v);
}

struct s2s_verify *s2s_verify_new(struct home *from, const struct dialback *what, struct str id,
				  void *stream,
				  void (*answered)(void *stream, struct s2s_verify *v))
{
	size_t bytes = what->to.len + what->from.len + id.len + what->key.len;
	struct s2s_verify *v = mem_zalloc(1, sizeof(*v) + bytes);
	char *at = v->text;

	v->ours = put(&at, what->to);
	v->theirs = put(&at, what->from);
	v->id = put(&at, id);
	v->key = put(&at, what->key);
	v->from = from;
	v->home = home_of(from, v->theirs);
	v->stream = stream;
	v->on_answer = answered;
	list_init(&v->link);
	list_init(&v->wait);
	v->letter.fn = on_question;
	loop_post(v->home->loop, &v->letter);
	return v;
}

void s2s_verify_forget(struct s2s_verify *v)
{
	v->stream = NULL;
	list_remove(&v->link);
}

void s2s_verify_answer(struct s2s_verify *v, bool is_valid, enum s2s_trouble trouble)
{
	list_remove(&v->wait);
	v->is_valid = is_valid;
	v->trouble = trouble;
	v->letter.fn = on_answer;
	loop_post(v->from->loop, &v->letter);
}
