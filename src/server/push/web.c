/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications to push services of the web (RFC 8030), see push.h. What they say is in
 * docs/push.md. */
#include "server/push/push-private.h"

#include "base/mem.h"
#include "base/random.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "crypto/secret.h"
#include "fetch/fetch.h"
#include "server/push/web_message.h"
#include "server/route/router.h"

/* How long a service keeps what it cannot deliver yet; a call has ended by then. */
#define TTL_SECONDS      STR("86400")
#define TTL_CALL_SECONDS STR("60")
/* RFC 8292 2: less than a day. */
#define TOKEN_USEC (12 * USEC_PER_HOUR)
/* Longer than that nobody may make us wait. */
#define RETRY_MAX USEC_PER_DAY

/* A request under way. */
struct push_flight {
	struct list link;       /* in line->flights */
	struct push_line *line; /* NULL: the registration has gone meanwhile */
	struct push_due *due;
	struct fetch *fetch;
};

/* ---- what is told ---- */

static void add_member(struct sbuf *out, struct str name, struct str value)
{
	if (!value.len)
		return;
	(void)sbuf_lit(out, ",");
	(void)json_add_text(out, name);
	(void)sbuf_lit(out, ":");
	(void)json_add_text(out, value);
}

static enum err write_payload(struct sbuf *out, const struct push_line *line,
			      const struct push_event *e, enum push_content content)
{
	static const struct str kinds[] = { [PUSH_MESSAGE] = STR_INIT("message"),
					    [PUSH_CALL] = STR_INIT("call"),
					    [PUSH_REQUEST] = STR_INIT("request") };

	(void)sbuf_lit(out, "{\"type\":");
	(void)json_add_text(out, kinds[e->kind]);
	add_member(out, STR("account"), line->push->entity->jid.full);
	(void)sbuf_printf(out, ",\"count\":%u,\"mention\":%s", line->unseen,
			  e->is_mention ? "true" : "false");
	if (content != PUSH_CONTENT_NONE) {
		add_member(out, STR("conversation"), e->conversation);
		add_member(out, STR("sender"), e->sender);
	}
	if (content == PUSH_CONTENT_BODY)
		add_member(out, STR("body"), e->body);
	return sbuf_lit(out, "}");
}

/* As much as fits. */
static enum err choose_payload(struct sbuf *out, const struct push_line *line,
			       const struct push_event *e)
{
	enum push_content content = line->target->web.content;
	enum err err;

	do {
		sbuf_reset(out);
		err = write_payload(out, line, e, content);
	} while (err && content++ < PUSH_CONTENT_NONE);
	return err;
}

static enum err seal(struct sbuf *out, const struct push_line *line, const struct push_event *e)
{
	struct sbuf plain scoped(sbuf_done) = SBUF(WEB_MESSAGE_PLAIN_MAX);
	const struct push_web *web = &line->target->web;
	struct web_message_keys keys = { .receiver = (const uint8_t *)web->key.ptr,
					 .auth = (const uint8_t *)web->auth.ptr };
	enum err err = choose_payload(&plain, line, e);

	if (err)
		return err;
	p256_generate(&keys.sender);
	random_fill(keys.salt, sizeof(keys.salt));
	err = web_message_seal(out, &keys, sbuf_str(&plain));
	secret_wipe(&keys, sizeof(keys));
	secret_wipe(plain.ptr, plain.len);
	return err;
}

/* ---- the request ---- */

/* RFC 8030 5.4: of one conversation the service keeps the newest only; whose it is stays our
 * secret. */
static struct str topic_of(const struct push_line *line, const struct push_event *e,
			   struct arena *a)
{
	const struct home *h = line->push->entity->home;
	struct siphash_key key = { h->id_key[1], h->id_key[2] };
	struct sbuf out scoped(sbuf_done) = SBUF(32);
	uint64_t hash = siphash(key, ARENA_JOIN(a, line->push->entity->jid.full, STR("\n"),
						e->conversation));

	(void)base64_url_encode(&out, str_make((const char *)&hash, sizeof(hash)));
	return arena_dup(a, sbuf_str(&out));
}

static struct str subject_of(const struct home *h, struct arena *a)
{
	struct str contact = conf_str(h->conf, "push.contact");

	return contact.len ? contact : ARENA_JOIN(a, STR("https://"), h->domain);
}

static enum err add_authorization(struct fetch *f, const struct push_line *line)
{
	const struct home *h = line->push->entity->home;
	struct sbuf value scoped(sbuf_done) = SBUF(WEB_MESSAGE_AUTHORIZATION_MAX);
	struct url url;
	enum err err = url_read(f->url, &url);

	if (!err)
		err = web_message_authorize(&value, h->push_key, &url, subject_of(h, &f->arena),
					    wall_now() + TOKEN_USEC);
	if (!err)
		fetch_header(f, STR("Authorization"), sbuf_str(&value));
	return err;
}

static enum err fill(struct fetch *f, const struct push_line *line, const struct push_due *x)
{
	struct sbuf body scoped(sbuf_done) = SBUF(WEB_MESSAGE_MAX);
	const struct push_web *web = &line->target->web;
	bool is_call = x->event.kind == PUSH_CALL;
	enum err err = OK;

	f->url = arena_dup(&f->arena, web->endpoint);
	fetch_header(f, STR("TTL"), is_call ? TTL_CALL_SECONDS : TTL_SECONDS);
	fetch_header(f, STR("Urgency"),
		     is_call || x->event.is_readable ? STR("high") : STR("normal"));
	if (!is_call)
		fetch_header(f, STR("Topic"), topic_of(line, &x->event, &f->arena));
	if (web->key.len && !x->is_bare) {
		err = seal(&body, line, &x->event);
		f->body = arena_dup(&f->arena, sbuf_str(&body));
		fetch_header(f, STR("Content-Encoding"), STR("aes128gcm"));
		fetch_header(f, STR("Content-Type"), STR("application/octet-stream"));
	}
	if (!err && !web->is_anonymous)
		err = add_authorization(f, line);
	return err;
}

/* ---- the answer ---- */

static struct push_outcome judge(const struct push_flight *flight, struct arena *a)
{
	const struct fetch *f = flight->fetch;
	struct push_outcome o = { .line = flight->line, .retry_after = f->retry_after };

	if (o.retry_after > RETRY_MAX)
		o.retry_after = RETRY_MAX;
	if (f->end == FETCH_REFUSED) {
		o.answer = STR("address is not public");
		o.is_final = true;
	} else if (f->end == FETCH_FAILED) {
		o.answer = arena_dup(a, str_from(f->why));
	} else {
		o.answer = arena_printf(a, "HTTP %u", f->status);
		o.is_ok = f->status >= 200 && f->status < 300;
		o.is_gone = f->status == 404 || f->status == 410;
		o.is_final = f->status != 408 && f->status != 429 && f->status < 500;
	}
	return o;
}

/* RFC 8030 7.2: too large; what it was about is still worth a wake-up. */
static bool is_too_large(const struct push_flight *flight)
{
	return flight->fetch->end == FETCH_ANSWERED && flight->fetch->status == 413 &&
	       !flight->due->is_bare;
}

static void flight_free(struct push_flight *flight)
{
	if (flight->line)
		list_remove(&flight->link);
	push_due_free(&flight->due);
	fetch_free(&flight->fetch);
	mem_free(flight);
}

static void take_off(struct push_line *line, struct push_due *x);

static void land(struct dispatch *d, void *arg)
{
	struct push_flight *flight = arg;
	struct push_line *line = flight->line;
	struct push_outcome o = judge(flight, d->arena);

	list_remove(&flight->link);
	flight->line = NULL;
	if (is_too_large(flight)) {
		flight->due->is_bare = true;
		take_off(line, flight->due);
		flight->due = NULL;
		return;
	}
	if (!o.is_ok) {
		o.again = flight->due;
		flight->due = NULL;
	}
	push_line_settle(d, &o);
}

static void on_done(struct fetch *f)
{
	struct push_flight *flight = f->arg;
	struct entity *e = flight->line ? flight->line->push->entity : NULL;

	if (e) {
		entity_pin(e);
		router_act(e, land, flight);
	}
	flight_free(flight);
	if (e)
		entity_unpin(e);
}

static void take_off(struct push_line *line, struct push_due *x)
{
	struct push_flight *flight = mem_zalloc(1, sizeof(*flight));
	enum err err;

	flight->line = line;
	flight->due = x;
	flight->fetch = fetch_new();
	flight->fetch->arg = flight;
	flight->fetch->done = on_done;
	list_append(&line->flights, &flight->link);
	err = fill(flight->fetch, line, x);
	if (!err)
		err = fetch_start(line->push->entity->home->fetcher, flight->fetch);
	if (err) {
		/* Too much waits, or (not after push_web_check) it cannot be encrypted. */
		flight->fetch->end = FETCH_FAILED;
		(void)memcpy(flight->fetch->why, "busy", sizeof("busy"));
		on_done(flight->fetch);
	}
}

void push_web_send(struct push_line *line, struct push_due *const *due, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take_off(line, due[i]);
	push_line_arm(line);
}

void push_web_forget(struct push_line *line)
{
	list_each (link, &line->flights) {
		struct push_flight *flight = list_entry(link, struct push_flight, link);

		list_remove(link);
		flight->line = NULL;
	}
}

/* ---- before ---- */

bool push_web_check(const struct home *h, const struct push_web *web, struct push_fault *ret_fault)
{
	*ret_fault = (struct push_fault){ .condition = COND_NOT_ACCEPTABLE };
	if (!h->fetcher) {
		ret_fault->condition = COND_SERVICE_UNAVAILABLE;
		return false;
	}
	switch (fetch_check(h->fetcher, web->endpoint)) {
	case OK:
		break;
	case ERR_DENIED:
		ret_fault->text = STR("the endpoint's address is not public");
		return false;
	default:
		ret_fault->text = STR("the endpoint must be an https URL");
		return false;
	}
	if (web->key.len && !p256_is_point((const uint8_t *)web->key.ptr)) {
		ret_fault->text = STR("p256dh is no key");
		return false;
	}
	return true;
}
