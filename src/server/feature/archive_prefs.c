/* SPDX-License-Identifier: Apache-2.0 */
/* Archiving preferences, see archive_prefs.h. feature/archive keeps to them; what is not archived
 * waits for its receiver all the same (feature/offline). */
#include "server/feature/archive_prefs.h"

#include "server/route/archive_rule.h"
#include "xmpp/ns.h"

static enum verdict answer(struct dispatch *d, const struct mam_prefs *prefs)
{
	struct xml *reply = reply_result(d->arena, &d->stanza);

	xml_add(reply, mam_prefs_new(d->arena, prefs));
	return dispatch_reply(d, reply);
}

static enum verdict on_get(struct dispatch *d)
{
	struct mam_prefs prefs = archive_rule_of(d->entity);

	return answer(d, &prefs);
}

static enum verdict on_set(struct dispatch *d)
{
	struct mam_prefs asked;
	struct archive_prefs *applied;
	enum condition why;
	struct str text;

	if (!mam_prefs_read(stanza_payload(&d->stanza), d->arena, &asked, &why))
		return dispatch_error(d, why);
	text = archive_prefs_encode(&asked, d->arena);
	if (archive_prefs_decode(text, &applied))
		return dispatch_error(d, COND_INTERNAL_SERVER_ERROR);
	archive_prefs_free(&d->entity->archive_prefs);
	d->entity->archive_prefs = applied;
	txn_put(dispatch_txn(d), d->entity->jid.full, ARCHIVE_PREFS_SPACE, STR(""), text);
	return answer(d, &asked);
}

static enum verdict on_foreign(struct dispatch *d)
{
	return dispatch_error(d, COND_FORBIDDEN);
}

/* ---- loading ---- */

static void on_load(struct entity *e, const struct keyval_row *rows)
{
	for (; rows; rows = rows->next) {
		if (str_eq(rows->space, ARCHIVE_PREFS_SPACE) &&
		    archive_prefs_decode(rows->value, &e->archive_prefs))
			log_error(&e->log, "archiving preferences cannot be read",
				  F_INT("bytes", rows->value.len));
	}
}

static void on_unload(struct entity *e)
{
	archive_prefs_free(&e->archive_prefs);
}

#define MAM STR_INIT("urn:xmpp:mam:2")

static const struct iq_handler iq[] = {
	{ MAM, STR_INIT("prefs"), IQ_GET, TARGET_SELF, on_get },
	{ MAM, STR_INIT("prefs"), IQ_SET, TARGET_SELF, on_set },
	{ MAM, STR_INIT("prefs"), IQ_GET, TARGET_OTHER, on_foreign },
	{ MAM, STR_INIT("prefs"), IQ_SET, TARGET_OTHER, on_foreign },
	{ .run = NULL },
};

static const struct str spaces[] = { STR_INIT("archive_prefs"), { .ptr = NULL } };

const struct feature feature_archive_prefs = {
	.name = "archive_prefs",
	.spec = "XEP-0441 0.2.0",
	.test = "history/prefs.talk, history/prefs-offline.talk, history/prefs-crash.talk",
	.iq = iq,
	.spaces = spaces,
	.on_load = on_load,
	.on_unload = on_unload,
};
