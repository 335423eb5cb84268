/* SPDX-License-Identifier: Apache-2.0 */
/* The certifier, see certifier.h: when to ask. How it is asked is in certifier_attempt.c. */
#include "server/certifier-private.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/random.h"

#include <stdio.h>

static const usec_t LOOK_EVERY = USEC_PER_HOUR, WAIT_MAX = USEC_PER_DAY,
		    AUTHORITY_WAIT_MAX = 7 * USEC_PER_DAY, WARN_EVERY = USEC_PER_DAY,
		    SOON = 14 * USEC_PER_DAY;
enum { DOUBLINGS_MAX = 20 };

/* ---- when ---- */

/* Two thirds of its life, less up to a twentieth, so that not all who asked at the same time come
 * again at the same time; always the same for a certificate. */
static usec_t renewal_of(const struct tls_facts *f)
{
	usec_t life = f->wall_until - f->wall_from;
	uint64_t part = (uint64_t)f->fingerprint[0] << 8 | f->fingerprint[1];

	return f->wall_from + life / 3 * 2 - (usec_t)((uint64_t)(life / 20) * part / 65536);
}

/* Whether what is in use is not what is wanted. */
static bool is_missing(const struct certifier *c)
{
	struct str missing;

	return c->source != CERTIFICATE_ACME ||
	       tls_context_missing_name(c->tls, c->settings.names, c->settings.name_count,
					&missing);
}

/* By the clock; 0: never. */
static usec_t due_at(const struct certifier *c)
{
	bool may_wait = !strcmp(c->state.print, c->settings.print);
	usec_t due;

	if (!c->settings.is_on || !c->tls)
		return 0;
	due = is_missing(c) ? 1 : renewal_of(&c->facts);
	if (is_missing(c) && !c->state.failures)
		may_wait = false;
	return may_wait && due < c->state.wall_next ? c->state.wall_next : due;
}

static void arm(struct certifier *c)
{
	usec_t due = due_at(c), delay = due ? due - wall_now() : LOOK_EVERY;

	if (c->attempt)
		delay = LOOK_EVERY; /* its end comes back here */
	if (delay < 0)
		delay = 0;
	/* The clock may be set, the machine may sleep. */
	loop_timer(c->config.loop, &c->timer, delay < LOOK_EVERY ? delay : LOOK_EVERY);
}

/* ---- what there is ---- */

static void warn_of_end(struct certifier *c)
{
	usec_t now = wall_now(), left = c->facts.wall_until - now;
	usec_t life = c->facts.wall_until - c->facts.wall_from;

	if (left > SOON || left > life / 4 || (c->wall_warned && now - c->wall_warned < WARN_EVERY))
		return;
	c->wall_warned = now;
	if (left > 0)
		log_error(NULL, "the certificate ends soon", F_INT("days", left / USEC_PER_DAY),
			  F_STR("last_error", str_from(c->state.error)));
	else
		log_error(NULL, "the certificate has ended: clients refuse it",
			  F_STR("last_error", str_from(c->state.error)));
}

void certifier_watch(struct certifier *c, struct tls_context *tls, enum certificate_source source)
{
	int64_t before = c->facts.wall_until / USEC_PER_SEC;

	(void)tls_context_ref(tls);
	(void)tls_context_unref(c->tls);
	c->tls = tls;
	c->source = source;
	tls_examine_facts(tls, &c->facts);
	metric_add(METRIC_CERTIFICATE_END, c->facts.wall_until / USEC_PER_SEC - before);
	c->wall_warned = 0;
	warn_of_end(c);
	arm(c);
}

static void on_timer(struct timer *t)
{
	struct certifier *c = container_of(t, struct certifier, timer);
	usec_t due = due_at(c);

	if (c->tls)
		warn_of_end(c);
	if (due && due <= wall_now() && !c->attempt)
		certifier_attempt(c);
	else
		arm(c);
}

void certifier_renew(struct certifier *c, void (*fn)(void *arg, enum err e, struct str why),
		     void *arg)
{
	if (!c->settings.is_on || c->attempt) {
		fn(arg, c->attempt ? ERR_BUSY : ERR_UNSUPPORTED, STR_NONE);
		return;
	}
	c->on_end = fn;
	c->on_end_arg = arg;
	certifier_attempt(c);
}

const struct tls_context *certifier_tls(const struct certifier *c)
{
	return c->tls;
}

/* ---- how it went ---- */

void certifier_ended(struct certifier *c)
{
	void (*on_end)(void *, enum err, struct str) = c->on_end;
	struct str why = str_from(c->state.error);

	certifier_attempt_free(&c->attempt);
	arm(c);
	c->on_end = NULL;
	if (on_end)
		on_end(c->on_end_arg, why.len ? ERR_INVALID : OK, why);
}

static usec_t wait_after(const struct certifier *c, usec_t retry_after)
{
	usec_t wait = c->settings.retry;
	unsigned doublings = c->state.failures - 1;

	while (doublings-- && wait < WAIT_MAX)
		wait *= 2;
	if (wait > WAIT_MAX)
		wait = WAIT_MAX;
	wait += (usec_t)(random_u64() % ((uint64_t)wait / 4 + 1));
	if (retry_after > AUTHORITY_WAIT_MAX)
		retry_after = AUTHORITY_WAIT_MAX;
	return retry_after > wait ? retry_after : wait;
}

void certifier_succeeded(struct certifier *c)
{
	usec_t now = wall_now(), least = (c->facts.wall_until - now) / 3;

	metric_inc(METRIC_CERTIFICATE_GOT);
	c->state.failures = 0;
	/* One that was old when it came must not be replaced at once, again and again. */
	c->state.wall_next = now + (least > c->settings.retry ? least : c->settings.retry);
	c->state.error[0] = '\0';
}

void certifier_failed(struct certifier *c, struct str why, usec_t retry_after)
{
	struct certifier_state *s = &c->state;

	metric_inc(METRIC_CERTIFICATE_FAILED);
	if (s->failures < DOUBLINGS_MAX)
		s->failures++;
	s->wall_next = wall_now() + wait_after(c, retry_after);
	(void)snprintf(s->error, sizeof(s->error), "%.*s", STR_ARG(why)); /* cut */
	for (char *p = s->error; *p; p++) {
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	}
	log_warn(NULL, "no certificate could be got", F_STR("why", str_from(s->error)),
		 F_INT("again_in_seconds", (s->wall_next - wall_now()) / USEC_PER_SEC));
}

struct certifier_status certifier_status(const struct certifier *c)
{
	return (struct certifier_status){ .is_on = c->settings.is_on,
					  .is_running = c->attempt != NULL,
					  .source = c->source,
					  .wall_renew = due_at(c),
					  .state = &c->state,
					  .directory = c->settings.directory,
					  .account_url = c->account_url };
}

/* ---- life ---- */

static void read_settings(struct certifier *c, const struct conf *conf)
{
	struct certifier_fault fault;

	certifier_settings_done(&c->settings);
	must(certifier_settings_read(conf, &c->settings, &fault) == OK); /* conf was checked */
}

/* For those who ask before there was an attempt. */
static void read_account(struct certifier *c)
{
	struct certifier_account account;

	c->account_url[0] = '\0';
	if (!c->settings.is_on ||
	    certifier_load_account(c->config.data_dir, c->settings.directory, &account))
		return;
	memcpy(c->account_url, account.url, sizeof(account.url));
	secret_wipe(&account, sizeof(account));
}

struct certifier *certifier_new(const struct certifier_config *config, const struct conf *conf)
{
	struct certifier *c = mem_zalloc(1, sizeof(*c));
	enum err e;

	c->config = *config;
	c->timer.fn = on_timer;
	read_settings(c, conf);
	e = certifier_load_state(config->data_dir, &c->state);
	if (e && e != ERR_NOT_FOUND)
		log_warn(NULL, "how certificates were got before is not known", F_ERR(e));
	read_account(c);
	return c;
}

void certifier_reload(struct certifier *c, const struct conf *conf)
{
	read_settings(c, conf);
	read_account(c);
	arm(c);
}

void certifier_free(struct certifier **certifier)
{
	struct certifier *c = *certifier;

	*certifier = NULL;
	if (!c)
		return;
	certifier_attempt_free(&c->attempt);
	(void)tls_context_unref(c->tls);
	certifier_settings_done(&c->settings);
	mem_free(c);
}
