/* SPDX-License-Identifier: Apache-2.0 */
/* An attempt to get a certificate, see acme.h: directory, account, order, authorizations, request,
 * chain, in this order. */
#include "acme/acme.h"

#include "acme/jws.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/certificate.h"

#include <stdarg.h>
#include <stdio.h>

enum { NONCE_MAX = 512, WHY_MAX = 700 /* bytes */ };
static const usec_t POLL_STEP = 250 * USEC_PER_MSEC, POLL_SLOWEST = 10 * USEC_PER_SEC;

/* A request, and what is done with its answer. */
struct step {
	const char *what; /* for people */
	void (*take)(struct acme *a, const struct acme_answer *answer);
};

struct acme {
	struct acme_config config;
	struct arena arena;
	struct acme_task task;
	struct acme_directory directory;
	struct acme_order order;
	struct acme_authorization authorization; /* number at of the order */
	struct sbuf body;
	struct str account_url, order_url;
	struct str url, payload; /* of the request that waits for its answer, or for a nonce */
	const struct step *step;
	void (*go_on)(struct acme *a);
	size_t at;
	enum acme_way way; /* of what is shown for the authorization */
	unsigned requests, polls, bad_nonces;
	bool asks_nonce, is_shown, was_lost;
	char nonce[NONCE_MAX + 1]; /* empty: none */
};

static void read_authorization(struct acme *a);
static void read_order(struct acme *a);
static void order_go_on(struct acme *a, usec_t retry_after);

/* ---- ends ---- */

static void fail(struct acme *a, usec_t retry_after, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void fail(struct acme *a, usec_t retry_after, const char *fmt, ...)
{
	char *text = arena_alloc(&a->arena, WHY_MAX);
	va_list list;

	va_start(list, fmt);
	(void)vsnprintf(text, WHY_MAX, fmt, list); /* cut where it is longer */
	va_end(list);
	a->task = (struct acme_task){ .want = ACME_FAILED,
				      .why = str_from(text),
				      .retry_after = retry_after };
}

/* The authority's own words, in brackets the kind of error. */
static void fail_as(struct acme *a, usec_t retry_after, struct str what,
		    const struct acme_problem *problem)
{
	struct str detail = problem->detail.len ? problem->detail : STR("it does not say why");

	if (problem->type.len)
		fail(a, retry_after, "%.*s: %.*s (%.*s)", STR_ARG(what), STR_ARG(detail),
		     STR_ARG(problem->type));
	else
		fail(a, retry_after, "%.*s: %.*s", STR_ARG(what), STR_ARG(detail));
}

static void fail_reading(struct acme *a)
{
	fail(a, 0, "the authority's answer to the %s makes no sense", a->step->what);
}

/* ---- requests ---- */

static void ask(struct acme *a, enum acme_verb verb, struct str url, struct str body)
{
	if (++a->requests > ACME_REQUESTS_MAX)
		fail(a, 0, "the authority asks for too many steps");
	else
		a->task = (struct acme_task){
			.want = ACME_ASK, .verb = verb, .url = url, .body = body
		};
}

/* A nonce is good for one request (RFC 8555 6.5). */
static void send(struct acme *a)
{
	struct jws_head head = { .account = a->account_url,
				 .nonce = str_from(a->nonce),
				 .url = a->url };

	a->asks_nonce = !a->nonce[0];
	if (a->asks_nonce) {
		ask(a, ACME_HEAD, a->directory.new_nonce, STR_NONE);
		return;
	}
	sbuf_reset(&a->body);
	if (jws_sign(&a->body, a->config.account, &head, a->payload)) {
		fail(a, 0, "the request for the %s is too long", a->step->what);
		return;
	}
	a->nonce[0] = '\0';
	ask(a, ACME_POST, a->url, sbuf_str(&a->body));
}

/* payload empty: POST-as-GET (RFC 8555 6.3). */
static void post(struct acme *a, const struct step *step, struct str url, struct str payload)
{
	a->step = step;
	a->url = url;
	a->payload = payload;
	send(a);
}

static struct str text_kept(struct acme *a, const struct sbuf *text)
{
	return arena_dup(&a->arena, sbuf_str(text));
}

static void wait(struct acme *a, usec_t retry_after, void (*go_on)(struct acme *a))
{
	usec_t delay = POLL_STEP * ++a->polls;

	if (a->polls > ACME_POLLS_MAX) {
		fail(a, 0, "the authority does not decide about the %s", a->step->what);
		return;
	}
	if (delay > POLL_SLOWEST)
		delay = POLL_SLOWEST;
	if (retry_after)
		delay = retry_after < ACME_POLL_WAIT_MAX ? retry_after : ACME_POLL_WAIT_MAX;
	a->go_on = go_on;
	a->task = (struct acme_task){ .want = ACME_WAIT, .wait = delay };
}

/* ---- chain ---- */

static void take_chain(struct acme *a, const struct acme_answer *answer)
{
	struct sbuf why scoped(sbuf_done) = SBUF(WHY_MAX);

	if (certificate_check(answer->body, a->config.key_pem, a->config.names,
			      a->config.name_count, wall_now(), &why)) {
		fail(a, 0, "%.*s", STR_ARG(sbuf_str(&why)));
		return;
	}
	a->task = (struct acme_task){ .want = ACME_DONE,
				      .chain = arena_dup(&a->arena, answer->body) };
}

static const struct step step_chain = { "certificate", take_chain };

/* ---- order ---- */

static void take_order(struct acme *a, const struct acme_answer *answer)
{
	if (acme_read_order(&a->arena, answer->body, &a->order))
		fail_reading(a);
	else
		order_go_on(a, answer->retry_after);
}

static const struct step step_order = { "order", take_order };
static const struct step step_finalize = { "certificate request", take_order };

static void read_order(struct acme *a)
{
	post(a, &step_order, a->order_url, STR(""));
}

static void finalize(struct acme *a)
{
	struct sbuf der scoped(sbuf_done) = SBUF(CERTIFICATE_REQUEST_MAX),
			text scoped(sbuf_done) = SBUF(ACME_REQUEST_MAX);

	if (certificate_request(&der, a->config.key_pem, a->config.names, a->config.name_count)) {
		fail(a, 0, "the certificate request cannot be made");
		return;
	}
	sbuf_lit(&text, "{\"csr\":\"");
	base64_url_encode(&text, sbuf_str(&der));
	sbuf_lit(&text, "\"}");
	post(a, &step_finalize, a->order.finalize, text_kept(a, &text));
}

static void order_go_on(struct acme *a, usec_t retry_after)
{
	switch (a->order.status) {
	case ACME_PENDING:
		if (a->at < a->order.count)
			read_authorization(a);
		else
			wait(a, retry_after, read_order);
		return;
	case ACME_READY:
		if (a->step == &step_finalize) /* it was not taken: the next look tells why */
			wait(a, retry_after, read_order);
		else
			finalize(a);
		return;
	case ACME_PROCESSING:
		wait(a, retry_after, read_order);
		return;
	case ACME_VALID:
		if (a->order.certificate.len)
			post(a, &step_chain, a->order.certificate, STR(""));
		else
			fail_reading(a);
		return;
	case ACME_INVALID:
		fail_as(a, retry_after, STR("the authority has given the order up"),
			&a->order.problem);
		return;
	}
}

static void take_new_order(struct acme *a, const struct acme_answer *answer)
{
	if (!acme_is_url(answer->location)) {
		fail_reading(a);
		return;
	}
	a->order_url = arena_dup(&a->arena, answer->location);
	take_order(a, answer);
}

static const struct step step_new_order = { "new order", take_new_order };

static void new_order(struct acme *a)
{
	struct sbuf text scoped(sbuf_done) = SBUF(ACME_REQUEST_MAX);

	sbuf_lit(&text, "{\"identifiers\":[");
	for (size_t i = 0; i < a->config.name_count; i++) {
		sbuf_add(&text, i ? STR(",{\"type\":\"dns\",\"value\":")
				  : STR("{\"type\":\"dns\",\"value\":"));
		json_add_text(&text, a->config.names[i]);
		sbuf_lit(&text, "}");
	}
	sbuf_lit(&text, "]}");
	post(a, &step_new_order, a->directory.new_order, text_kept(a, &text));
}

/* ---- authorizations ---- */

static void fail_authorization(struct acme *a, const struct acme_answer *answer)
{
	const struct acme_challenge *c = &a->authorization.challenges[a->way];
	struct str what;

	for (enum acme_way way = 0; way < ACME_WAYS && !c->problem.type.len; way++)
		c = &a->authorization.challenges[way];
	what = arena_printf(&a->arena, "the authority has not found %.*s to be ours",
			    STR_ARG(a->authorization.name));
	fail_as(a, answer->retry_after, what, &c->problem);
}

static const struct step step_challenge;

static void answer_challenge(struct acme *a)
{
	a->is_shown = true;
	post(a, &step_challenge, a->authorization.challenges[a->way].url, STR("{}"));
}

static void show(struct acme *a)
{
	enum acme_way way = a->config.way;
	char thumbprint[JWS_THUMBPRINT + 1];
	const struct acme_challenge *c;

	if (!a->authorization.challenges[way].url.len && a->config.has_other_way)
		way = way == ACME_HTTP ? ACME_TLS_ALPN : ACME_HTTP;
	c = &a->authorization.challenges[way];
	if (!c->url.len) {
		fail(a, 0, "the authority offers no %.*s for %.*s", STR_ARG(acme_way_name(way)),
		     STR_ARG(a->authorization.name));
		return;
	}
	jws_thumbprint(a->config.account->pub, thumbprint);
	a->way = way;
	a->go_on = answer_challenge;
	a->task = (struct acme_task){
		.want = ACME_SHOW, .way = way, .name = a->authorization.name, .token = c->token
	};
	a->task.proof = ARENA_JOIN(&a->arena, c->token, STR("."), str_from(thumbprint));
}

static void take_authorization(struct acme *a, const struct acme_answer *answer)
{
	if (acme_read_authorization(&a->arena, answer->body, &a->authorization)) {
		fail_reading(a);
		return;
	}
	if (a->authorization.status == ACME_VALID) {
		a->at++;
		a->polls = 0;
		a->is_shown = false;
		if (a->at < a->order.count)
			read_authorization(a);
		else
			read_order(a);
	} else if (a->authorization.status != ACME_PENDING) {
		fail_authorization(a, answer);
	} else if (a->is_shown) {
		wait(a, answer->retry_after, read_authorization);
	} else {
		show(a);
	}
}

static const struct step step_authorization = { "authorization", take_authorization };

static void read_authorization(struct acme *a)
{
	post(a, &step_authorization, a->order.authorizations[a->at], STR(""));
}

static void take_challenge(struct acme *a, const struct acme_answer *answer)
{
	a->polls = 0;
	wait(a, answer->retry_after, read_authorization);
}

static const struct step step_challenge = { "challenge", take_challenge };

/* ---- account ---- */

static void take_account(struct acme *a, const struct acme_answer *answer)
{
	if (!acme_is_url(answer->location)) {
		fail_reading(a);
		return;
	}
	a->account_url = arena_dup(&a->arena, answer->location);
	a->go_on = new_order;
	a->task = (struct acme_task){ .want = ACME_KEEP_ACCOUNT, .account_url = a->account_url };
}

static const struct step step_account = { "new account", take_account };

static void new_account(struct acme *a)
{
	struct sbuf text scoped(sbuf_done) = SBUF(ACME_REQUEST_MAX);
	const struct acme_config *config = &a->config;

	a->account_url = STR("");
	sbuf_lit(&text, "{\"termsOfServiceAgreed\":true");
	for (size_t i = 0; i < config->contact_count; i++) {
		sbuf_add(&text, i ? STR(",") : STR(",\"contact\":["));
		json_add_text(&text, config->contacts[i]);
	}
	if (config->contact_count)
		sbuf_lit(&text, "]");
	if (config->binding_id.len) {
		sbuf_lit(&text, ",\"externalAccountBinding\":");
		if (jws_bind(&text, config->account->pub, a->directory.new_account,
			     config->binding_id, config->binding_key)) {
			fail(a, 0, "acme.key_id is too long");
			return;
		}
	}
	sbuf_lit(&text, "}");
	post(a, &step_account, a->directory.new_account, text_kept(a, &text));
}

/* ---- directory ---- */

static void take_directory(struct acme *a, const struct acme_answer *answer)
{
	if (acme_read_directory(&a->arena, answer->body, &a->directory))
		fail_reading(a);
	else if (a->directory.needs_binding && !a->config.binding_id.len)
		fail(a, 0,
		     "the authority wants to know you already: set acme.key_id and acme.hmac_key");
	else if (a->account_url.len)
		new_order(a);
	else
		new_account(a);
}

static const struct step step_directory = { "directory", take_directory };

/* ---- answers ---- */

/* RFC 8555 6.5.1: base64url. What is something else cannot be sent back. */
static void keep_nonce(struct acme *a, struct str nonce)
{
	if (!nonce.len || nonce.len > NONCE_MAX)
		return;
	for (size_t i = 0; i < nonce.len; i++) {
		if (nonce.ptr[i] <= ' ' || nonce.ptr[i] >= 0x7f)
			return;
	}
	memcpy(a->nonce, nonce.ptr, nonce.len);
	a->nonce[nonce.len] = '\0';
}

static void take_refusal(struct acme *a, const struct acme_answer *answer)
{
	struct acme_problem problem;

	acme_read_problem(&a->arena, answer->body, &problem);
	if (str_eq(problem.type, STR("badNonce")) && a->bad_nonces < ACME_BAD_NONCES_MAX) {
		a->bad_nonces++;
		send(a);
	} else if (str_eq(problem.type, STR("accountDoesNotExist")) && a->account_url.len &&
		   !a->was_lost) {
		a->was_lost = true; /* once */
		new_account(a);
	} else if (problem.type.len || problem.detail.len) {
		fail_as(a, answer->retry_after,
			arena_printf(&a->arena, "the authority refuses the %s", a->step->what),
			&problem);
	} else {
		fail(a, answer->retry_after, "the authority answers the %s with status %u",
		     a->step->what, answer->status);
	}
}

const struct acme_task *acme_take(struct acme *a, const struct acme_answer *answer)
{
	must(a->task.want == ACME_ASK);
	keep_nonce(a, answer->nonce);
	if (!answer->status) {
		fail(a, 0, "no answer to the %s: %.*s", a->step->what, STR_ARG(answer->why));
	} else if (a->asks_nonce) {
		if (a->nonce[0])
			send(a);
		else
			fail(a, answer->retry_after, "the authority gives no nonce");
	} else if (answer->status / 100 != 2) {
		take_refusal(a, answer);
	} else {
		a->bad_nonces = 0;
		a->step->take(a, answer);
	}
	if (arena_is_over(&a->arena) && a->task.want != ACME_FAILED)
		fail(a, 0, "the authority says too much");
	return &a->task;
}

const struct acme_task *acme_go_on(struct acme *a)
{
	void (*go_on)(struct acme *) = a->go_on;

	must(go_on);
	a->go_on = NULL;
	go_on(a);
	return &a->task;
}

/* ---- life ---- */

struct acme *acme_new(const struct acme_config *config, const struct acme_task **ret_task)
{
	struct acme *a = mem_zalloc(1, sizeof(*a));

	must(config->name_count && config->name_count <= ACME_NAMES_MAX);
	a->config = *config;
	a->account_url = config->account_url;
	a->body = SBUF(ACME_REQUEST_MAX);
	arena_init(&a->arena, ACME_ARENA_MAX);
	a->step = &step_directory;
	ask(a, ACME_GET, config->directory, STR_NONE);
	*ret_task = &a->task;
	return a;
}

void acme_free(struct acme **acme)
{
	struct acme *a = *acme;

	*acme = NULL;
	if (!a)
		return;
	sbuf_done(&a->body);
	arena_done(&a->arena);
	mem_free(a);
}
