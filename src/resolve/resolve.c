/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to the DNS, see resolve.h. libunbound cannot forget a question without its thread
 * taking part, so one that was given up stays among the asks until its answer comes. */
#include "resolve/resolve.h"

#include "base/list.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <unbound.h>
#include <unistd.h>

enum {
	CLASS_IN = 1,
	RCODE_NONE = 0,
	DNS_PORT = 53,
	LABEL_MAX = 63,
};

struct resolver {
	struct loop *loop;
	struct ub_ctx *ctx;
	struct watch watch;
	struct list asks;
	size_t count;
	bool validates;
};

struct resolve_ask {
	struct list link;
	struct resolver *resolver;
	struct timer timer;
	resolve_fn fn; /* NULL: given up */
	void *owner;
	const char *fault; /* it was not even asked: why */
	enum resolve_outcome fault_outcome;
};

/* ---- the context ---- */

/* What differs from libunbound's own ideas. */
static const struct {
	const char *name, *value;
} options[] = {
	/* The system's resolver may live here (systemd-resolved, a unbound of the machine). */
	{ "do-not-query-localhost:", "no" },
	/* Bytes of its caches, a loop. */
	{ "msg-cache-size:", "2m" },
	{ "rrset-cache-size:", "4m" },
	{ "key-cache-size:", "1m" },
	{ "neg-cache-size:", "1m" },
	/* A domain that has just got its records, or moved, is seen soon. */
	{ "cache-max-ttl:", "3600" },
	{ "cache-max-negative-ttl:", "300" },
	/* After an outage servers are asked again soon. */
	{ "infra-host-ttl:", "60" },
	{ "infra-keep-probing:", "yes" },
	/* Answers that do not fit come by TCP, never in fragments. */
	{ "edns-buffer-size:", "1232" },
};

static enum err blame_config(struct sbuf *blame, enum err e, const char *what, const char *why)
{
	if (blame)
		(void)sbuf_printf(blame, "%s: %s", what, why);
	return e;
}

static enum err set_servers(struct ub_ctx *ctx, const struct resolver_config *config,
			    struct sbuf *blame)
{
	if (config->server_count == 0) {
		/* Without the file it begins at the root by itself. */
		(void)ub_ctx_resolvconf(ctx, NULL);
		return OK;
	}
	for (size_t i = 0; i < config->server_count; i++) {
		char ip[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 8];
		struct str s = addr_format_ip(&config->servers[i], ip);
		unsigned port = config->servers[i].port ? config->servers[i].port : DNS_PORT;

		(void)snprintf(text, sizeof(text), "%.*s@%u", STR_ARG(s), port);
		if (ub_ctx_set_fwd(ctx, text))
			return blame_config(blame, ERR_INVALID, text, "no server of names");
	}
	return OK;
}

static enum err set_anchor(struct ub_ctx *ctx, const char *path, struct sbuf *blame)
{
	if (!path)
		return OK;
	if (access(path, R_OK) != 0) {
		enum err e = err_from_errno(errno);

		return blame_config(blame, e, path, err_text(e));
	}
	if (ub_ctx_add_ta_file(ctx, path))
		return blame_config(blame, ERR_INVALID, path, "no trust anchor");
	return OK;
}

static enum err configure(struct ub_ctx *ctx, const struct resolver_config *config,
			  struct sbuf *blame)
{
	enum err e;
	int fault;

	(void)ub_ctx_debugout(ctx, NULL); /* answers say what is wrong; stderr is the log's */
	for (size_t i = 0; i < array_len(options); i++)
		must(ub_ctx_set_option(ctx, options[i].name, options[i].value) == 0);
	must(ub_ctx_async(ctx, 1) == 0);
	(void)ub_ctx_hosts(ctx, NULL); /* a machine may have none */
	e = set_servers(ctx, config, blame);
	if (!e)
		e = set_anchor(ctx, config->trust_anchor, blame);
	if (e)
		return e;
	/* Closed networks use these names, which it would not ask for. And it settles the context
	 * now, while files can be read and people can be told. */
	fault = ub_ctx_zone_remove(ctx, "test.");
	if (!fault)
		fault = ub_ctx_zone_remove(ctx, "home.arpa.");
	if (fault)
		return blame_config(blame, ERR_INVALID,
				    config->trust_anchor ? config->trust_anchor : "resolve",
				    ub_strerror(fault));
	return OK;
}

static void on_answers(struct watch *w, uint32_t events)
{
	struct resolver *r = container_of(w, struct resolver, watch);

	(void)events;
	/* Its only failure is that its thread has gone; the asks then end by their time. */
	(void)ub_process(r->ctx);
}

enum err resolver_new(struct loop *loop, const struct resolver_config *config,
		      struct resolver **ret_resolver, struct sbuf *blame)
{
	struct resolver *r = mem_zalloc(1, sizeof(*r));
	enum err e;

	r->loop = loop;
	list_init(&r->asks);
	r->validates = config->trust_anchor != NULL;
	r->ctx = ub_ctx_create();
	e = r->ctx ? configure(r->ctx, config, blame) : ERR_BUSY;
	if (!e) {
		r->watch =
			(struct watch){ .fd = ub_fd(r->ctx), .events = EPOLLIN, .fn = on_answers };
		e = loop_watch(loop, &r->watch);
	}
	if (e) {
		ub_ctx_delete(r->ctx);
		mem_free(r);
		return e;
	}
	*ret_resolver = r;
	return OK;
}

static void drop(struct resolve_ask *ask)
{
	loop_timer_stop(ask->resolver->loop, &ask->timer);
	list_remove(&ask->link);
	ask->resolver->count--;
	mem_free(ask);
}

void resolver_free(struct resolver **resolver)
{
	struct resolver *r = *resolver;

	*resolver = NULL;
	if (!r)
		return;
	loop_unwatch(r->loop, &r->watch);
	ub_ctx_delete(r->ctx); /* no callback comes any more */
	list_each (link, &r->asks)
		drop(list_entry(link, struct resolve_ask, link));
	mem_free(r);
}

bool resolver_validates(const struct resolver *r)
{
	return r->validates;
}

/* ---- answers ---- */

static void tell(struct resolve_ask *ask, const struct resolve_answer *answer)
{
	resolve_fn fn = ask->fn;

	ask->fn = NULL;
	loop_timer_stop(ask->resolver->loop, &ask->timer);
	if (fn)
		fn(ask->owner, answer);
}

/* Nothing came in time, or it could not be asked: then libunbound does not know of it. */
static void on_timer(struct timer *t)
{
	struct resolve_ask *ask = container_of(t, struct resolve_ask, timer);
	struct resolve_answer answer = { .outcome = RESOLVE_FAILED,
					 .reason = STR("no answer in time") };

	if (ask->fault) {
		answer.outcome = ask->fault_outcome;
		answer.reason = str_from(ask->fault);
	}
	tell(ask, &answer);
	if (ask->fault)
		drop(ask);
}

static enum resolve_outcome outcome_of(const struct ub_result *result)
{
	if (result->bogus)
		return RESOLVE_BOGUS;
	if (result->havedata)
		return RESOLVE_FOUND;
	if (result->nxdomain)
		return RESOLVE_NO_NAME;
	return result->rcode == RCODE_NONE ? RESOLVE_NO_DATA : RESOLVE_FAILED;
}

static struct str reason_of(const struct ub_result *result, enum resolve_outcome outcome)
{
	if (outcome == RESOLVE_BOGUS)
		return result->why_bogus
			       ? str_sub(str_from(result->why_bogus), 0, RESOLVE_REASON_MAX)
			       : STR("DNSSEC validation failed");
	return outcome == RESOLVE_FAILED ? STR("the servers of names do not answer") : STR("");
}

static void on_result(void *arg, int fault, struct ub_result *result)
{
	struct resolve_ask *ask = arg;
	struct str rows[RESOLVE_ROWS_MAX];
	struct resolve_answer answer = { .outcome = RESOLVE_FAILED, .rows = rows };

	if (fault || !result) {
		answer.reason = str_from(ub_strerror(fault));
	} else {
		answer.outcome = outcome_of(result);
		answer.is_secure = result->secure && answer.outcome <= RESOLVE_NO_NAME;
		answer.reason = reason_of(result, answer.outcome);
		for (; answer.outcome == RESOLVE_FOUND && result->data[answer.count] &&
		       answer.count < RESOLVE_ROWS_MAX;
		     answer.count++)
			rows[answer.count] = str_make(result->data[answer.count],
						      (size_t)result->len[answer.count]);
	}
	tell(ask, &answer);
	drop(ask);
	ub_resolve_free(result);
}

/* ---- questions ---- */

static bool is_name(struct str name)
{
	struct str label;

	if (str_is_empty(name) || name.len > RESOLVE_NAME_MAX || memchr(name.ptr, '\0', name.len) ||
	    memchr(name.ptr, '\\', name.len))
		return false;
	while (str_split(&name, '.', &label)) {
		if (label.len == 0 || label.len > LABEL_MAX)
			return false;
	}
	return true;
}

static void ask_unbound(struct resolve_ask *ask, struct str name, enum resolve_type type)
{
	char *text;
	int fault;

	if (!is_name(name)) {
		ask->fault_outcome = RESOLVE_NO_NAME;
		ask->fault = "this is no name of the DNS";
		return;
	}
	text = str_dup(name);
	fault = ask->resolver->count > RESOLVE_ASKS_MAX
			? UB_NOMEM
			: ub_resolve_async(ask->resolver->ctx, text, (int)type, CLASS_IN, ask,
					   on_result, NULL);
	mem_free(text);
	if (fault) {
		ask->fault_outcome = fault == UB_SYNTAX ? RESOLVE_NO_NAME : RESOLVE_FAILED;
		ask->fault = fault == UB_NOMEM ? "too many open questions" : ub_strerror(fault);
	}
}

struct resolve_ask *resolve_begin(struct resolver *r, struct str name, enum resolve_type type,
				  resolve_fn fn, void *owner)
{
	struct resolve_ask *ask = mem_zalloc(1, sizeof(*ask));

	ask->resolver = r;
	ask->fn = fn;
	ask->owner = owner;
	ask->timer.fn = on_timer;
	list_append(&r->asks, &ask->link);
	r->count++;
	ask_unbound(ask, name, type);
	loop_timer(r->loop, &ask->timer, ask->fault ? 0 : RESOLVE_USEC);
	return ask;
}

void resolve_end(struct resolve_ask **ask)
{
	struct resolve_ask *a = *ask;

	*ask = NULL;
	if (!a)
		return;
	a->fn = NULL;
	loop_timer_stop(a->resolver->loop, &a->timer);
	if (a->fault)
		drop(a);
}
