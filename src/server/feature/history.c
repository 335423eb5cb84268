/* SPDX-License-Identifier: Apache-2.0 */
/* A user's archive for his clients (XEP-0313), see history.h. */
#include "server/feature/history.h"

#include "server/route/archive_union.h"
#include "server/store/archive.h"

static const struct conf_key keys[] = {
	{ "archive.page_max", CONF_INT, "250", 1, ARCHIVE_PAGE_MAX,
	  "Messages that one query of an archive gives at most." },
	{ .path = NULL },
};

static const struct conf_table table = { .module = "Archive", .keys = keys };

/* Nobody asks any more when the client has gone meanwhile. */
static void send(struct dispatch *d, struct bytes *bytes)
{
	struct resource *r = resource_by_id(&d->entity->resources, d->resource_id);

	if (r)
		dispatch_deliver_bytes(d, r, bytes);
}

static enum verdict on_set(struct dispatch *d)
{
	return archive_page_send(d, &(struct archive_door){
					    .to = arena_dup(d->arena, d->stanza.from.full),
					    .send = send,
					    .read = archive_union_read });
}

/* 10.1: an archive is its owner's alone. */
static enum verdict on_foreign(struct dispatch *d)
{
	return dispatch_error(d, COND_FORBIDDEN);
}

#define MAM STR_INIT("urn:xmpp:mam:2")

static const struct iq_handler iq[] = {
	{ MAM, STR_INIT("query"), IQ_GET, TARGET_SELF, archive_page_form },
	{ MAM, STR_INIT("query"), IQ_SET, TARGET_SELF, on_set },
	{ MAM, STR_INIT("metadata"), IQ_GET, TARGET_SELF, archive_page_metadata },
	{ MAM, STR_INIT("query"), IQ_GET, TARGET_OTHER, on_foreign },
	{ MAM, STR_INIT("query"), IQ_SET, TARGET_OTHER, on_foreign },
	{ MAM, STR_INIT("metadata"), IQ_GET, TARGET_OTHER, on_foreign },
	{ .run = NULL },
};

static const struct str disco[] = { MAM,
				    STR_INIT("urn:xmpp:mam:2#extended"),
				    STR_INIT("urn:xmpp:mam:2#groupchat-field"),
				    STR_INIT("urn:xmpp:fulltext:0"),
				    STR_INIT("urn:parley:search:0"),
				    STR_INIT("urn:xmpp:mam:2#groupchat-available"),
				    { .ptr = NULL } };

const struct feature feature_history = {
	.name = "history",
	.spec = "XEP-0313 1.1.3, XEP-0059 1.0, XEP-0431 0.2.0",
	.test = "history/mam-query.talk, history/mam-form.talk, history/mam-paging.talk, "
		"history/mam-ids.talk, history/mam-flip.talk, history/mam-metadata.talk, "
		"history/search.talk, history/search-rooms.talk, history/search-pages.talk, "
		"inbox/groupchat.talk",
	.disco_account = disco,
	.iq = iq,
	.conf = &table,
};
