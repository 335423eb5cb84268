/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to get a certificate: does what acme/acme.h says, with files in the pool, requests by
 * a fetcher that is there for so long only, and proofs for all loops. On the first worker's loop.
 */
#include "acme/acme.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "fetch/fetch.h"
#include "loop/pool.h"
#include "net/tls_challenges.h"
#include "server/certifier-private.h"

#include <stdio.h>

static const usec_t ATTEMPT_MAX = USEC_PER_HOUR;
enum { SENTENCE_MAX = 900 /* bytes */ };

struct attempt {
	struct certifier *certifier;
	struct certifier_settings settings; /* own */
	struct certifier_account account;
	struct certifier_state state; /* to be written */
	struct sbuf key_pem;
	struct acme *acme;
	const struct acme_task *task;
	struct addr_nets nets;
	struct fetcher *fetcher;
	struct fetch *fetch; /* under way */
	struct timer timer;
	usec_t started;
	struct job job;
	void (*after)(struct attempt *t); /* the job, on the loop */
	enum err err;                     /* of the job */
};

static void carry_on(struct attempt *t);

static void wipe(struct sbuf *b)
{
	if (b->ptr)
		secret_wipe(b->ptr, b->cap);
	sbuf_done(b);
}

void certifier_attempt_free(struct attempt **attempt)
{
	struct attempt *t = *attempt;

	*attempt = NULL;
	if (!t)
		return;
	loop_timer_stop(t->certifier->config.loop, &t->timer);
	fetcher_free(&t->fetcher);
	acme_free(&t->acme);
	wipe(&t->key_pem);
	secret_wipe(&t->account, sizeof(t->account));
	certifier_settings_done(&t->settings);
	mem_free(t);
}

/* ---- jobs ---- */

static void on_job_done(struct job *j)
{
	struct attempt *t = container_of(j, struct attempt, job);

	t->after(t);
}

static void fail(struct attempt *t, struct str why, usec_t retry_after);

static void submit(struct attempt *t, void (*run)(struct job *j, void *ctx),
		   void (*after)(struct attempt *t))
{
	t->job.run = run;
	t->job.done = on_job_done;
	t->after = after;
	if (pool_submit(t->certifier->config.pool, &t->job)) {
		t->err = ERR_BUSY;
		after(t);
	}
}

/* ---- ends ---- */

static void gone(struct attempt *t)
{
	if (t->err)
		log_error(NULL, "the state of certificates cannot be written", F_ERR(t->err));
	certifier_ended(t->certifier);
}

static void run_save_state(struct job *j, unused_arg void *ctx)
{
	struct attempt *t = container_of(j, struct attempt, job);

	t->err = certifier_save_state(t->certifier->config.data_dir, &t->state);
}

/* The certifier knows how it went; that is written, and then the attempt is gone. */
static void end(struct attempt *t)
{
	tls_challenges_clear(t->certifier->config.challenges);
	t->state = t->certifier->state;
	submit(t, run_save_state, gone);
}

static void fail(struct attempt *t, struct str why, usec_t retry_after)
{
	certifier_failed(t->certifier, why, retry_after);
	end(t);
}

static void fail_err(struct attempt *t, const char *what, enum err e)
{
	char text[SENTENCE_MAX];

	(void)snprintf(text, sizeof(text), "%s: %s", what, err_text(e)); /* cut */
	fail(t, str_from(text), 0);
}

/* ---- the certificate ---- */

static void on_saved(struct attempt *t)
{
	struct sbuf why scoped(sbuf_done) = SBUF(SENTENCE_MAX);
	struct certifier *c = t->certifier;

	if (t->err) {
		fail_err(t, "the certificate cannot be written", t->err);
		return;
	}
	if (c->config.on_new(c->config.owner, &why)) {
		fail(t, sbuf_str(&why), 0);
		return;
	}
	log_info(NULL, "a new certificate is in use", F_STR("name", t->settings.names[0]),
		 F_INT("names", t->settings.name_count),
		 F_INT("days", (c->facts.wall_until - wall_now()) / USEC_PER_DAY));
	certifier_succeeded(c);
	end(t);
}

static void run_save_certificate(struct job *j, unused_arg void *ctx)
{
	struct attempt *t = container_of(j, struct attempt, job);

	t->err = certifier_save_certificate(t->certifier->config.data_dir, sbuf_str(&t->key_pem),
					    t->task->chain);
}

/* ---- requests ---- */

static struct str why_of(const struct fetch *f)
{
	if (f->end == FETCH_REFUSED)
		return STR("its address is not public (see acme.private)");
	return str_from(f->why);
}

static void on_answer(struct fetch *f)
{
	struct attempt *t = f->arg;
	struct acme_answer answer = { .why = why_of(f) };

	if (f->end == FETCH_ANSWERED)
		answer = (struct acme_answer){ .status = f->status,
					       .body = sbuf_str(&f->answer),
					       .location = fetch_answer_field(f, "Location"),
					       .nonce = fetch_answer_field(f, "Replay-Nonce"),
					       .retry_after = f->retry_after };
	t->task = acme_take(t->acme, &answer);
	t->fetch = NULL;
	fetch_free(&f);
	carry_on(t);
}

static void ask(struct attempt *t)
{
	static const enum fetch_verb verbs[] = {
		[ACME_GET] = FETCH_GET, [ACME_HEAD] = FETCH_HEAD, [ACME_POST] = FETCH_POST
	};
	struct fetch *f = fetch_new();

	f->url = t->task->url; /* and the body: the machine keeps them until it has the answer */
	f->body = t->task->body;
	f->verb = verbs[t->task->verb];
	f->answer_max = ACME_ANSWER_MAX;
	f->done = on_answer;
	f->arg = t;
	if (f->verb == FETCH_POST)
		fetch_header(f, STR("Content-Type"), STR("application/jose+json"));
	log_debug(NULL, "certificate authority is asked", F_STR("url", f->url));
	t->fetch = f;
	if (fetch_start(t->fetcher, f)) {
		fetch_free(&t->fetch);
		fail_err(t, "the authority cannot be asked", ERR_BUSY);
	}
}

/* ---- tasks ---- */

static void on_waited(struct timer *timer)
{
	struct attempt *t = container_of(timer, struct attempt, timer);

	t->task = acme_go_on(t->acme);
	carry_on(t);
}

static void wait(struct attempt *t)
{
	struct loop *loop = t->certifier->config.loop;

	if (loop_now(loop) + t->task->wait > t->started + ATTEMPT_MAX)
		fail(t, STR("the authority takes too long"), t->task->wait);
	else
		loop_timer(loop, &t->timer, t->task->wait);
}

static enum err show(struct attempt *t)
{
	struct tls_challenges *c = t->certifier->config.challenges;
	const struct acme_task *task = t->task;
	uint8_t digest[DIGEST_MAX];

	log_info(NULL, "the authority is shown that a name is ours", F_STR("name", task->name),
		 F_STR("by", acme_way_name(task->way)));
	if (task->way == ACME_HTTP)
		return tls_challenges_add_text(c, task->token, task->proof);
	digest_of(DIGEST_SHA256, task->proof, digest);
	return tls_challenges_add_certificate(c, task->name, digest);
}

static void run_save_account(struct job *j, unused_arg void *ctx)
{
	struct attempt *t = container_of(j, struct attempt, job);

	t->err = certifier_save_account(t->certifier->config.data_dir, t->settings.directory,
					&t->account);
}

static void on_account_saved(struct attempt *t)
{
	if (t->err) {
		fail_err(t, "the account with the authority cannot be written", t->err);
		return;
	}
	t->task = acme_go_on(t->acme);
	carry_on(t);
}

static void keep_account(struct attempt *t)
{
	struct certifier *c = t->certifier;

	/* acme_is_url has seen it: it fits */
	(void)snprintf(t->account.url, sizeof(t->account.url), "%.*s",
		       STR_ARG(t->task->account_url));
	memcpy(c->account_url, t->account.url, sizeof(c->account_url));
	submit(t, run_save_account, on_account_saved);
}

/* Does what the task says; comes back here when that is done. */
static void carry_on(struct attempt *t)
{
	switch (t->task->want) {
	case ACME_ASK:
		ask(t);
		return;
	case ACME_WAIT:
		wait(t);
		return;
	case ACME_SHOW:
		if (show(t)) {
			fail(t, STR("the challenge cannot be shown"), 0);
			return;
		}
		t->task = acme_go_on(t->acme);
		carry_on(t);
		return;
	case ACME_KEEP_ACCOUNT:
		keep_account(t);
		return;
	case ACME_DONE:
		submit(t, run_save_certificate, on_saved);
		return;
	case ACME_FAILED:
		fail(t, t->task->why, t->task->retry_after);
		return;
	}
}

/* ---- beginning ---- */

/* A key that cannot be read, or is of another kind, makes room for a new one. */
static enum err prepare(struct attempt *t)
{
	struct str data_dir = t->certifier->config.data_dir;
	enum err e = certifier_load_account(data_dir, t->settings.directory, &t->account);

	if (e == ERR_NOT_FOUND || e == ERR_INVALID) {
		p256_generate(&t->account.key);
		t->account.url[0] = '\0';
		e = OK;
	}
	if (!e && !t->settings.rotates && certifier_load_key(data_dir, &t->key_pem) == OK)
		return OK;
	sbuf_reset(&t->key_pem);
	return e ? e : certificate_key_new(&t->key_pem);
}

static void run_prepare(struct job *j, unused_arg void *ctx)
{
	struct attempt *t = container_of(j, struct attempt, job);

	t->err = prepare(t);
}

static enum err start_fetcher(struct attempt *t)
{
	struct fetch_config config = { .exceptions = &t->nets, .ca_file = t->settings.ca_file };

	t->nets = (struct addr_nets){ .items = t->settings.nets, .count = t->settings.net_count };
	return fetcher_new(&config, &t->fetcher);
}

static void on_prepared(struct attempt *t)
{
	const struct certifier_settings *s = &t->settings;
	struct acme_config config = { .directory = s->directory,
				      .account = &t->account.key,
				      .account_url = str_from(t->account.url),
				      .contacts = s->contacts,
				      .contact_count = s->contact_count,
				      .names = s->names,
				      .name_count = s->name_count,
				      .binding_id = s->binding_id,
				      .binding_key = s->binding_key,
				      .way = s->way,
				      .has_other_way = s->has_other_way };

	if (!t->err)
		t->err = start_fetcher(t);
	if (t->err) {
		fail_err(t, "an attempt to get a certificate cannot begin", t->err);
		return;
	}
	config.key_pem = sbuf_str(&t->key_pem);
	/* What has failed one way may work the other way. */
	if (s->has_other_way && t->certifier->state.failures % 2)
		config.way = s->way == ACME_HTTP ? ACME_TLS_ALPN : ACME_HTTP;
	t->acme = acme_new(&config, &t->task);
	carry_on(t);
}

/* Settings of one's own: a reload may come meanwhile. */
static void copy_settings(struct attempt *t)
{
	const struct certifier_settings *s = &t->certifier->settings;
	struct certifier_settings *own = &t->settings;

	*own = *s;
	arena_init(&own->arena, s->arena.limit);
	own->directory = arena_dup(&own->arena, s->directory);
	own->ca_file = arena_dup(&own->arena, s->ca_file);
	own->binding_id = arena_dup(&own->arena, s->binding_id);
	own->binding_key = arena_dup(&own->arena, s->binding_key);
	for (size_t i = 0; i < s->contact_count; i++)
		own->contacts[i] = arena_dup(&own->arena, s->contacts[i]);
	for (size_t i = 0; i < s->name_count; i++)
		own->names[i] = arena_dup(&own->arena, s->names[i]);
}

void certifier_attempt(struct certifier *c)
{
	struct attempt *t = c->attempt = mem_zalloc(1, sizeof(*t));

	t->certifier = c;
	t->key_pem = SBUF(CERTIFICATE_KEY_MAX);
	t->timer.fn = on_waited;
	t->started = loop_now(c->config.loop);
	copy_settings(t);
	if (strcmp(c->state.print, t->settings.print))
		c->state.failures = 0; /* those of other settings */
	c->state.wall_tried = wall_now();
	memcpy(c->state.print, t->settings.print, sizeof(c->state.print));
	log_info(NULL, "a certificate is asked for", F_STR("directory", t->settings.directory),
		 F_STR("name", t->settings.names[0]), F_INT("names", t->settings.name_count));
	submit(t, run_prepare, on_prepared);
}
