/* SPDX-License-Identifier: Apache-2.0 */
/* New accounts of strangers, see enrol.h. */
#include "server/route/enrol.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "crypto/secret.h"
#include "server/model/account.h"
#include "server/model/throttle.h"
#include "server/route/abuse_book.h"
#include "server/route/admins.h"
#include "server/route/banned.h"
#include "server/route/befriend.h"

enum { ENROL_ARENA_MAX = 64 * 1024 /* bytes */ };

/* One under way. */
struct enrolling {
	struct letter letter;
	struct home *home;
	struct arena arena; /* wiped */
	struct str owner, password, address;
	bool is_trusted, is_trapped;
	struct str key, contact; /* of the invitation; without pointer: none */
	enum err err;
	void (*fn)(void *arg, enum err err);
	void *arg;
};

/* ---- invitations ---- */

static struct str own(struct str s)
{
	return str_make(str_dup(s), s.len);
}

struct enrol_pass *enrol_pass_new(const struct invite *i)
{
	struct enrol_pass *pass = mem_zalloc(1, sizeof(*pass));

	pass->key = own(i->key);
	pass->contact = own(i->contact);
	pass->name = own(i->name);
	pass->is_trap = i->is_trap;
	return pass;
}

void enrol_pass_free(struct enrol_pass **pass)
{
	if (!*pass)
		return;
	mem_free((void *)(uintptr_t)(*pass)->key.ptr);
	mem_free((void *)(uintptr_t)(*pass)->contact.ptr);
	mem_free((void *)(uintptr_t)(*pass)->name.ptr);
	mem_free(*pass);
	*pass = NULL;
}

/* ---- the way of one ---- */

static void finish(struct enrolling *x, enum err err)
{
	x->fn(x->arg, err);
	arena_wipe(&x->arena);
	mem_free(x);
}

static void on_refused(struct letter *l)
{
	struct enrolling *x = container_of(l, struct enrolling, letter);

	finish(x, x->err);
}

/* The account is there: a contact that could not be made does not change that. */
static void on_friends(void *arg, enum err err)
{
	struct enrolling *x = arg;

	if (err)
		log_warn(NULL, "an invited account has no contact", F_STR("account", x->owner),
			 F_STR("contact", x->contact), F_ERR(err));
	finish(x, OK);
}

static void on_created(void *arg, enum err err)
{
	struct enrolling *x = arg;

	if (err) {
		log_info(NULL, "registration failed", F_STR("account", x->owner),
			 F_STR("peer", x->address), F_ERR(err));
		finish(x, err);
		return;
	}
	log_info(NULL, "account registered", F_STR("account", x->owner), F_STR("peer", x->address),
		 F_BOOL("invited", x->key.len > 0));
	if (x->is_trapped) {
		log_warn(NULL, "an account was made with an invitation that is a trap: it is held",
			 F_STR("account", x->owner), F_STR("peer", x->address));
		abuse_trapped(x->home);
	}
	if (x->contact.len)
		befriend(x->home, x->contact, x->owner, on_friends, x);
	else
		finish(x, OK);
}

/* The name is free: hashing begins, which is what costs and therefore counts. Who was invited is
 * bounded by the invitation. */
static void on_looked_up(void *arg, struct store_answer *answer)
{
	struct enrolling *x = arg;
	struct accounts *accounts = x->home->accounts;
	enum err err = answer->err ? answer->err : ERR_EXISTS;

	if (err == ERR_NOT_FOUND)
		err = OK;
	if (!err && !x->key.len && !x->is_trusted &&
	    throttle_register(x->home->throttle, x->address) != THROTTLE_GO)
		err = ERR_BUSY;
	if (err)
		on_created(x, err);
	else if (x->key.len)
		accounts_create_invited(accounts, x->owner, x->password, x->key, on_created, x);
	else
		accounts_create(accounts, x->owner, x->password, false, on_created, x);
}

/* Such a name is as good as taken. */
static bool is_banned(struct enrolling *x)
{
	struct jid jid;

	if (jid_parse(&x->arena, x->owner, &jid) || !banned_covers(x->home, jid))
		return false;
	metric_inc(METRIC_BANNED_REGISTRATION);
	return true;
}

static enum err read_owner(struct enrolling *x, const struct enrolment *e)
{
	const struct enrol_pass *pass = e->pass;
	struct str owner, node;
	enum err err = account_owner(&x->arena, e->name, x->home->domain, &owner);

	if (err)
		return err;
	if (!e->password.len)
		return ERR_INVALID;
	if (e->password.len > SCRAM_PASSWORD_MAX)
		return ERR_TOO_BIG;
	node = str_sub(owner, 0, owner.len - x->home->domain.len - 1);
	x->owner = owner;
	if (pass && pass->name.len)
		return str_eq(node, pass->name) ? OK : ERR_DENIED;
	if (is_banned(x))
		return ERR_EXISTS;
	/* A name of the configuration's administrators is not for whoever comes first. */
	return admins_have(x->home, owner) ? ERR_EXISTS : OK;
}

void enrol(struct home *h, const struct enrolment *e, void (*fn)(void *arg, enum err err),
	   void *arg)
{
	struct store_request request = { .kind = READ_ACCOUNT };
	struct enrolling *x = mem_zalloc(1, sizeof(*x));

	arena_init(&x->arena, ENROL_ARENA_MAX);
	x->home = h;
	x->fn = fn;
	x->arg = arg;
	x->err = read_owner(x, e);
	if (x->err) {
		x->letter.fn = on_refused;
		loop_post(h->loop, &x->letter);
		return;
	}
	x->password = arena_dup(&x->arena, e->password);
	x->address = arena_dup(&x->arena, e->address);
	x->is_trusted = e->is_trusted;
	if (e->pass) {
		x->key = arena_dup(&x->arena, e->pass->key);
		x->contact = arena_dup(&x->arena, e->pass->contact);
		x->is_trapped = e->pass->is_trap;
	}
	request.owner = x->owner;
	store_read(h->store, &request, on_looked_up, x);
}
