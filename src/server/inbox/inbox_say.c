/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to conversations, see inbox_say.h. */
#include "server/inbox/inbox_say.h"

#include "server/inbox/inbox_fold.h"
#include "server/inbox/inbox_tell.h"

/* ---- what clients say ---- */

static void on_said(struct entity *e, void *arg, enum err err)
{
	(void)arg;
	if (!err && e->conversations &&
	    (e->conversations->pending >= INBOX_LOG_MAX || inbox_is_watched(e)))
		inbox_fold(e);
}

void inbox_say(struct dispatch *d, enum inbox_saying saying, struct str conversation, struct str id)
{
	struct inbox_log l = { .saying = saying, .conversation = conversation, .id = id };
	struct inbox *x = d->entity->conversations;

	if (!x || id.len > INBOX_ID_MAX || !conversation.len || conversation.len > INBOX_JID_MAX)
		return;
	x->pending++;
	txn_put(dispatch_txn(d), d->entity->jid.full, INBOX_LOG_SPACE,
		inbox_log_key(++x->last_number, d->arena), inbox_log_encode(&l, d->arena));
	dispatch_call(d, on_said, NULL);
}

/* ---- what has changed ---- */

static void on_changed(struct entity *e, void *arg, enum err err)
{
	(void)arg;
	if (!err && e->conversations)
		inbox_tell(e);
}

void inbox_change(struct dispatch *d, struct str conversation)
{
	if (!d->entity->conversations || !inbox_is_watched(d->entity))
		return;
	inbox_note(d->entity->conversations, conversation);
	dispatch_call(d, on_changed, NULL);
}

void inbox_changed(struct entity *e, struct str conversation)
{
	if (!e->conversations || !inbox_is_watched(e))
		return;
	inbox_note(e->conversations, conversation);
	inbox_tell(e);
}
