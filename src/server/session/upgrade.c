/* SPDX-License-Identifier: Apache-2.0 */
/* What an account lacks and who makes it, see upgrade.h. */
#include "server/session/upgrade.h"

#include "crypto/secret.h"
#include "xmpp/ns.h"

/* SHA-1 is what accounts are upgraded from. */
static const struct {
	struct str name;
	enum digest_kind hash;
} tasks[] = {
	{ STR_INIT("UPGR-SCRAM-SHA-512"), DIGEST_SHA512 },
	{ STR_INIT("UPGR-SCRAM-SHA-256"), DIGEST_SHA256 },
};

void upgrade_add_offer(struct arena *a, struct xml *authentication)
{
	for (size_t i = 0; i < array_len(tasks); i++)
		(void)xml_add_text_el(a, authentication, NS_UPGRADE, STR("upgrade"), tasks[i].name);
}

void upgrade_read(struct upgrade *u, const struct xml *authenticate)
{
	struct arena a scoped(arena_done) = { 0 };

	arena_init(&a, C2S_LOGIN_BYTES * 2);
	xml_each (child, authenticate) {
		struct str name;

		if (!xml_is(child, NS_UPGRADE, STR("upgrade")))
			continue;
		name = str_trim(xml_text(child, &a));
		for (size_t i = 0; i < array_len(tasks); i++)
			u->wanted |= str_eq(name, tasks[i].name) ? UPGRADE_BIT(tasks[i].hash) : 0;
	}
}

void upgrade_note(struct upgrade *u, const struct scram_verifier *verifiers, size_t count)
{
	if (!count)
		return;
	u->known = verifiers[0];
	u->missing =
		UPGRADE_BIT(DIGEST_SHA1) | UPGRADE_BIT(DIGEST_SHA256) | UPGRADE_BIT(DIGEST_SHA512);
	for (size_t i = 0; i < count; i++)
		u->missing &= ~UPGRADE_BIT(verifiers[i].hash);
}

void upgrade_from_password(struct upgrade *u, const struct sasl_check *check)
{
	for (int hash = 0; hash < DIGEST_KINDS; hash++) {
		if ((u->missing & UPGRADE_BIT(hash)) &&
		    sasl_check_verifier(check, (enum digest_kind)hash, &u->made[u->made_count]) ==
			    OK) {
			u->made_count++;
			u->missing &= ~UPGRADE_BIT(hash);
		}
	}
}

bool upgrade_pick(struct upgrade *u, struct str *ret_task)
{
	u->step = UPGRADE_IDLE;
	for (size_t i = 0; i < array_len(tasks); i++) {
		if (!(u->wanted & u->missing & UPGRADE_BIT(tasks[i].hash)))
			continue;
		u->hash = tasks[i].hash;
		u->step = UPGRADE_ANNOUNCED;
		*ret_task = u->task = tasks[i].name;
		return true;
	}
	return false;
}

void upgrade_wipe(struct upgrade *u)
{
	secret_wipe(u, sizeof(*u));
}
