/* SPDX-License-Identifier: Apache-2.0 */
/* Pages behind links with a token, see join.h. The token in the path is the right to act; a form is
 * taken only from a page of ours that is not too old (form token, Origin and Sec-Fetch-Site), so
 * that no other site can send it for its visitor (XMPP.md 5, rows 31 and 55). */
#include "server/http/join.h"

#include "base/mem.h"
#include "crypto/secret.h"
#include "server/http/form_body.h"
#include "server/http/invite_page.h"
#include "server/http/page.h"
#include "server/model/account.h"
#include "server/model/invites.h"
#include "server/model/reset.h"
#include "server/model/throttle.h"
#include "server/route/enrol.h"

enum { URI_MAX = 8 * 1024, VISIT_ARENA_MAX = 256 * 1024, CSP_MAX = 2 * 1024 };
static const usec_t FORM_LIFETIME = 4 * USEC_PER_HOUR;

/* One request. */
struct visit {
	struct join *join;
	struct http_conn *conn; /* NULL: it is gone */
	struct arena arena;     /* wiped: there are passwords */
	struct sbuf body;
	bool is_post;
	struct str token, path, user_agent, address; /* in the arena */
	bool is_trusted;
	struct str name; /* that was typed */
	struct enrol_pass *pass;
	enum err why;   /* it could not be done */
	struct str jid; /* reset: the account */
};

static void visit_free(struct visit *v)
{
	if (v->body.ptr)
		secret_wipe(v->body.ptr, v->body.cap);
	sbuf_done(&v->body);
	enrol_pass_free(&v->pass);
	arena_wipe(&v->arena);
	mem_free(v);
}

/* ---- answers; each ends the visit ---- */

static void respond(struct visit *v, unsigned status, enum err err, const struct sbuf *page)
{
	const struct http_field fields[] = {
		{ STR("Cache-Control"), STR("no-store") },
		{ STR("X-Content-Type-Options"), STR("nosniff") },
		{ STR("Referrer-Policy"), STR("same-origin") }, /* so that Origin is told */
		{ STR("X-Robots-Tag"), STR("noindex") },
		{ STR("Content-Security-Policy"), str_from(v->join->csp) },
	};
	struct http_answer answer = { .status = err ? 500 : status,
				      .content_type = STR("text/html; charset=utf-8"),
				      .fields = fields,
				      .count = array_len(fields) };
	struct bytes *body = err ? NULL : bytes_new(sbuf_str(page));

	if (v->conn)
		http_respond(v->conn, &answer, body);
	(void)bytes_unref(body);
	visit_free(v);
}

static void respond_note(struct visit *v, unsigned status, struct str headline, struct str sentence)
{
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX);
	enum err err = invite_page_write_note(&page, v->join->home->domain, headline, sentence);

	respond(v, status, err, &page);
}

static void respond_unknown(struct visit *v)
{
	respond_note(v, 404, STR("This link is not known"),
		     STR("It may have been mistyped, or taken back. Ask whoever sent it for a new "
			 "one."));
}

static void respond_err(struct visit *v)
{
	respond_note(v, 503, STR("Not now"),
		     STR("The server cannot do this at the moment. Please try again later."));
}

static void respond_too_often(struct visit *v)
{
	respond_note(v, 429, STR("Too often"),
		     STR("There were too many tries from your address. Please wait a while."));
}

/* ---- form tokens: minutes since 1970 and a proof that we wrote them for this link ---- */

static struct str form_token_at(const struct visit *v, struct arena *a, uint64_t minute)
{
	struct str text =
		arena_printf(a, "form %llu %.*s", (unsigned long long)minute, STR_ARG(v->token));

	return arena_printf(a, "%llu-%016llx", (unsigned long long)minute,
			    (unsigned long long)siphash(v->join->home->place_key, text));
}

static uint64_t this_minute(void)
{
	return (uint64_t)(wall_now() / USEC_PER_MIN);
}

static struct str form_token(struct visit *v)
{
	return form_token_at(v, &v->arena, this_minute());
}

static bool is_form_fresh(struct visit *v)
{
	struct str sent = form_body_value(&v->arena, sbuf_str(&v->body), STR("form"));
	struct str rest = sent, text, right;
	uint64_t minute, now = this_minute();

	if (!str_split(&rest, '-', &text) || str_to_u64(text, &minute) || minute > now ||
	    now - minute > (uint64_t)(FORM_LIFETIME / USEC_PER_MIN))
		return false;
	right = form_token_at(v, &v->arena, minute);
	return right.len == sent.len && secret_equal(right.ptr, sent.ptr, sent.len);
}

static struct str field(struct visit *v, struct str name)
{
	return form_body_value(&v->arena, sbuf_str(&v->body), name);
}

/* ---- invitations ---- */

static void respond_invite(struct visit *v, unsigned status, const struct invite *i,
			   struct str fault)
{
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX), uri scoped(sbuf_done) = SBUF(URI_MAX);
	struct invite_page p = { .domain = v->join->home->domain,
				 .invite = i,
				 .path = v->path,
				 .form_token = form_token(v),
				 .user_agent = v->user_agent,
				 .name = v->name,
				 .fault = fault };
	enum err err = invite_write_uri(&uri, i, p.domain, v->token);

	p.uri = sbuf_str(&uri);
	/* The client registers with the token; that of a mere contact is for clients of accounts
	 * that are somewhere already. */
	if (v->join->has_client && i->may_register)
		p.open_path = ARENA_JOIN(&v->arena, STR("/join?invite="), v->token);
	if (!err)
		err = invite_page_write(&page, &p);
	respond(v, status, err, &page);
}

/* False: the visit has been answered. */
static bool is_open(struct visit *v, enum err err, const struct invite *i)
{
	if (err == ERR_NOT_FOUND) {
		respond_unknown(v);
		return false;
	}
	if (err) {
		respond_err(v);
		return false;
	}
	switch (invite_state(i, wall_now())) {
	case INVITE_LIVE:
		return true;
	case INVITE_USED:
		respond_note(
			v, 410, STR("This invitation has been used"),
			STR("It was good for a limited number of people. If it was you, log in "
			    "with your client; otherwise ask for a new one."));
		return false;
	case INVITE_ENDED:
		respond_note(v, 410, STR("This invitation has expired"),
			     STR("Ask whoever sent it for a new one."));
		return false;
	}
	return false;
}

/* Why an account could not be made. */
static struct str fault_of(enum err err, unsigned *ret_status)
{
	switch (err) {
	case ERR_EXISTS:
		*ret_status = 409;
		return STR("This name is taken. Please choose another one.");
	case ERR_INVALID:
	case ERR_TOO_BIG:
		*ret_status = 400;
		return STR("This name or password cannot be used. A name has letters, digits and "
			   "signs like - . _, and no spaces.");
	case ERR_DENIED:
		*ret_status = 410;
		return STR("Somebody else was quicker: this invitation has been used.");
	case ERR_BUSY:
		*ret_status = 429;
		return STR("Too many accounts were made from your address. Please wait a while.");
	default:
		*ret_status = 503;
		return STR("The server cannot do this at the moment. Please try again later.");
	}
}

/* The form again, with what was wrong. */
static void on_looked_up_again(void *arg, enum err err, const struct invite *i)
{
	struct visit *v = arg;
	unsigned status = 400;
	struct str fault = fault_of(v->why, &status);

	if (is_open(v, err, i))
		respond_invite(v, status, i, fault);
}

static void on_enrolled(void *arg, enum err err)
{
	struct visit *v = arg;
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX);
	struct str domain = v->join->home->domain, jid;

	if (err) {
		v->why = err;
		invites_look_up(v->join->home->invites, v->token, on_looked_up_again, v);
		return;
	}
	err = account_owner(&v->arena, v->name, domain, &jid);
	if (!err)
		err = invite_page_write_done(&page, domain, jid, v->pass->contact,
					     v->join->has_client ? STR("/login") : STR_NONE);
	respond(v, 200, err, &page);
}

static void make_account(struct visit *v, const struct invite *i)
{
	struct enrolment e = { .password = field(v, STR("password")),
			       .address = v->address,
			       .is_trusted = v->is_trusted };

	v->name = field(v, STR("name"));
	if (!is_form_fresh(v)) {
		respond_invite(v, 403, i,
			       STR("This page has been open for long. Please send it again."));
		return;
	}
	if (!i->may_register) {
		respond_unknown(v);
		return;
	}
	v->pass = enrol_pass_new(i);
	e.name = v->name;
	e.pass = v->pass;
	enrol(v->join->home, &e, on_enrolled, v);
}

static void on_invite(void *arg, enum err err, const struct invite *i)
{
	struct visit *v = arg;

	if (!is_open(v, err, i))
		return;
	if (v->is_post)
		make_account(v, i);
	else
		respond_invite(v, 200, i, STR_NONE);
}

static void begin_invite(struct visit *v)
{
	if (v->join->home->invites)
		invites_look_up(v->join->home->invites, v->token, on_invite, v);
	else
		respond_unknown(v);
}

/* ---- new passwords ---- */

#define RESET_ACCOUNT STR("a reset link") /* what wrong links are counted as */

static void respond_reset(struct visit *v, unsigned status, struct str jid, struct str fault)
{
	struct sbuf page scoped(sbuf_done) = SBUF(PAGE_MAX);
	enum err err =
		reset_page_write(&page, v->join->home->domain, jid, v->path, form_token(v), fault);

	respond(v, status, err, &page);
}

static void on_reset(void *arg, enum err err, struct str owner)
{
	struct visit *v = arg;

	(void)owner;
	if (!err)
		respond_note(v, 200, STR("The password is set"),
			     STR("Log in with it in your clients; they ask for it once."));
	else if (err == ERR_INVALID || err == ERR_TOO_BIG)
		respond_reset(v, 400, v->jid, STR("This password cannot be used."));
	else if (err == ERR_DENIED)
		respond_note(v, 410, STR("This link has been used"),
			     STR("A link sets a password once. Ask for a new one if you need it."));
	else
		respond_err(v);
}

static void set_password(struct visit *v)
{
	struct str password = field(v, STR("password")), again = field(v, STR("again"));

	if (!is_form_fresh(v))
		respond_reset(v, 403, v->jid,
			      STR("This page has been open for long. Please send it again."));
	else if (password.len != again.len ||
		 (password.len && !secret_equal(password.ptr, again.ptr, password.len)))
		respond_reset(v, 400, v->jid, STR("The two passwords are not the same."));
	else
		reset_use(v->join->home->accounts, v->join->home->domain, v->token, password,
			  on_reset, v);
}

static void on_reset_checked(void *arg, enum err err, struct str owner)
{
	struct visit *v = arg;

	if (err == ERR_DENIED) {
		if (!v->is_trusted)
			throttle_failed(v->join->home->throttle, v->address, RESET_ACCOUNT);
		respond_note(v, 410, STR("This link is not valid (any more)"),
			     STR("It sets a password once, and only for some time. Ask the people "
				 "who run this server for a new one."));
		return;
	}
	if (err) {
		respond_err(v);
		return;
	}
	v->jid = arena_dup(&v->arena, owner);
	if (v->is_post)
		set_password(v);
	else
		respond_reset(v, 200, v->jid, STR_NONE);
}

static void begin_reset(struct visit *v)
{
	if (!v->is_trusted &&
	    throttle_check(v->join->home->throttle, v->address, RESET_ACCOUNT) != THROTTLE_GO)
		respond_too_often(v);
	else
		reset_check(v->join->home->accounts, v->join->home->domain, v->token,
			    on_reset_checked, v);
}

/* ---- requests ---- */

static struct visit *visit_new(struct join *j, struct http_conn *conn,
			       const struct http_request *request, struct str prefix)
{
	struct visit *v = mem_zalloc(1, sizeof(*v));
	struct addr network = addr_network(&request->client);
	char address[ADDR_TEXT_MAX];

	arena_init(&v->arena, VISIT_ARENA_MAX);
	v->body = SBUF(FORM_BODY_MAX);
	v->join = j;
	v->conn = conn;
	v->path = arena_dup(&v->arena, request->head.path);
	v->token = str_from_at(v->path, prefix.len);
	v->user_agent = arena_dup(&v->arena, http_head_field(&request->head, STR("User-Agent")));
	v->address = arena_dup(&v->arena, addr_format_ip(&network, address));
	v->is_trusted = addr_nets_have(j->trusted, &request->client);
	v->is_post = request->head.verb == HTTP_VERB_POST;
	return v;
}

static void on_gone(void *arg)
{
	((struct visit *)arg)->conn = NULL;
}

/* While the body comes nothing else holds the visit. */
static void on_gone_early(void *arg)
{
	visit_free(arg);
}

static const struct http_events busy_events = { .on_gone = on_gone };

static void on_body(void *arg, struct str part)
{
	struct visit *v = arg;

	(void)sbuf_add(&v->body, part); /* bounded by http_read_body */
}

static bool is_reset(const struct visit *v)
{
	return str_starts(v->path, STR("/reset/"));
}

static void begin(struct visit *v)
{
	http_listen(v->conn, &busy_events, v);
	if (is_reset(v))
		begin_reset(v);
	else
		begin_invite(v);
}

static void on_body_end(void *arg)
{
	begin(arg);
}

static const struct http_events body_events = { .on_body = on_body,
						.on_body_end = on_body_end,
						.on_gone = on_gone_early };

/* Whether a browser says that one of our pages sends it; other programs say nothing. */
static bool is_from_here(const struct http_head *head)
{
	struct str site = http_head_field(head, STR("Sec-Fetch-Site"));

	return route_may_come_from(http_head_field(head, STR("Origin")), head->host, NULL, 0) &&
	       (!str_is_set(site) || str_eq(site, STR("same-origin")) || str_eq(site, STR("none")));
}

static void run_any(struct join *j, struct http_conn *conn, const struct http_request *request,
		    struct str prefix)
{
	struct visit *v = visit_new(j, conn, request, prefix);

	if (!v->is_post) {
		begin(v);
		return;
	}
	if (!is_from_here(&request->head)) {
		respond_note(v, 403, STR("Not from this page"),
			     STR("Pages of another host may not send this form."));
		return;
	}
	http_listen(conn, &body_events, v);
	if (http_read_body(conn, FORM_BODY_MAX))
		respond_note(v, 413, STR("Too much"), STR("The form is larger than it can be."));
}

static void run_invite(void *owner, struct http_conn *conn, const struct http_request *request)
{
	run_any(owner, conn, request, STR("/i/"));
}

static void run_reset(void *owner, struct http_conn *conn, const struct http_request *request)
{
	run_any(owner, conn, request, STR("/reset/"));
}

const struct http_route join_routes[] = {
	{ STR_INIT("/i/"), true, HTTP_VERB_BIT(HTTP_VERB_GET) | HTTP_VERB_BIT(HTTP_VERB_POST),
	  run_invite },
	{ STR_INIT("/reset/"), true, HTTP_VERB_BIT(HTTP_VERB_GET) | HTTP_VERB_BIT(HTTP_VERB_POST),
	  run_reset },
};
const size_t join_route_count = array_len(join_routes);

void join_init(struct join *j, struct home *home, const struct addr_nets *trusted)
{
	struct sbuf csp scoped(sbuf_done) = SBUF(CSP_MAX);

	must(invite_page_write_csp(&csp) == OK);
	*j = (struct join){ .home = home, .trusted = trusted, .csp = str_dup(sbuf_str(&csp)) };
}

void join_done(struct join *j)
{
	mem_free(j->csp);
}
