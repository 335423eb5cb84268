/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks between a proof and <success/> (XEP-0388 2.7): those of XEP-0480, in which the client
 * computes what a new verifier needs. On the connection's loop. */
#include "base/random.h"
#include "codec/base64.h"
#include "crypto/secret.h"
#include "server/session/auth-private.h"
#include "xmpp/ns.h"

bool tasks_next(struct auth *x)
{
	struct upgrade *u = &x->upgrade;
	struct xml *el, *holder;
	struct str task;

	if (!upgrade_pick(u, &task))
		return false;
	el = xml_new(&x->arena, NS_SASL2, STR("continue"));
	if (x->success_data.ptr)
		(void)xml_add_text_el(&x->arena, el, NS_SASL2, STR("additional-data"),
				      x->success_data);
	x->success_data = STR_NONE; /* it is not said twice */
	holder = xml_add_new(&x->arena, el, NS_SASL2, STR("tasks"));
	(void)xml_add_text_el(&x->arena, holder, NS_SASL2, STR("task"), task);
	conn_send(x->conn, el);
	return true;
}

/* <next/>: the client begins, and gets a fresh salt. */
static bool send_salt(struct auth *x, const struct xml *next)
{
	struct upgrade *u = &x->upgrade;
	struct xml *el, *salt;

	if (!str_eq(xml_attr(next, STR("task")), u->task))
		return auth_fail_now(x, SASL_MALFORMED_REQUEST);
	random_fill(u->salt, sizeof(u->salt));
	u->step = UPGRADE_SALTED;
	el = xml_new(&x->arena, NS_SASL2, STR("task-data"));
	salt = xml_add_text_el(&x->arena, el, NS_SCRAM_UPGRADE, STR("salt"),
			       auth_encode(x, str_make(u->salt, sizeof(u->salt))));
	xml_set(&x->arena, salt, STR("iterations"),
		arena_printf(&x->arena, "%u", (unsigned)SCRAM_ITERATIONS));
	conn_send(x->conn, el);
	return true;
}

static bool take_hash(struct auth *x, const struct xml *data)
{
	struct upgrade *u = &x->upgrade;
	struct str text = str_trim(xml_child_text(data, NS_SCRAM_UPGRADE, STR("hash"), &x->arena));
	struct str salted;

	if (!text.len || base64_decode(&x->arena, text, &salted) ||
	    scram_salted_verifier(u->hash, salted, str_make(u->salt, sizeof(u->salt)),
				  SCRAM_ITERATIONS, &u->made[u->made_count]))
		return auth_fail_now(x, SASL_MALFORMED_REQUEST);
	secret_wipe((void *)(uintptr_t)salted.ptr, salted.len);
	secret_wipe((void *)(uintptr_t)text.ptr, text.len);
	u->made_count++;
	u->missing &= ~UPGRADE_BIT(u->hash);
	return tasks_next(x) ? true : auth_proved(x);
}

bool tasks_element(struct auth *x, const struct xml *el)
{
	if (x->upgrade.step == UPGRADE_ANNOUNCED && str_eq(el->name, STR("next")))
		return send_salt(x, el);
	if (x->upgrade.step == UPGRADE_SALTED && str_eq(el->name, STR("task-data")))
		return take_hash(x, el);
	return auth_fail_now(x, SASL_MALFORMED_REQUEST);
}
