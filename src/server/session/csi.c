/* SPDX-License-Identifier: Apache-2.0 */
/* Holding back what an inactive client need not see at once, see csi.h. */
#include "server/session/csi.h"

#include "base/mem.h"
#include "xmpp/stanza_text.h"

static void replace_older(struct csi *c, struct str from)
{
	for (size_t i = 0; i < c->count; i++) {
		struct str text = bytes_str(c->held[i].bytes);

		/* Subscriptions and errors matter; available and unavailable can wait. */
		if (!stanza_text_is_state(text) || !str_eq(stanza_text_from(text), from))
			continue;
		c->bytes -= text.len;
		(void)bytes_unref(c->held[i].bytes);
		memmove(&c->held[i], &c->held[i + 1], (c->count - i - 1) * sizeof(*c->held));
		c->count--;
		return;
	}
}

bool csi_hold(struct csi *c, struct bytes *bytes, int64_t seq)
{
	struct str text = bytes_str(bytes);

	if (!c->is_inactive || seq || c->count >= CSI_HELD_MAX || c->bytes >= CSI_BYTES_MAX)
		return false;
	if (stanza_text_is_state(text))
		replace_older(c, stanza_text_from(text));
	else if (!stanza_text_is_chat_state(text))
		return false;
	if (!c->held)
		c->held = mem_zalloc(CSI_HELD_MAX, sizeof(*c->held));
	c->bytes += text.len;
	c->held[c->count++] = (struct csi_held){ .bytes = bytes_ref(bytes), .seq = seq };
	return true;
}

void csi_flush(struct csi *c, void (*send)(void *arg, struct bytes *bytes, int64_t seq), void *arg)
{
	struct csi_held *held = c->held;
	size_t count = c->count;

	c->held = NULL;
	c->count = c->bytes = 0;
	for (size_t i = 0; i < count; i++) {
		send(arg, held[i].bytes, held[i].seq);
		(void)bytes_unref(held[i].bytes);
	}
	mem_free(held);
}

void csi_done(struct csi *c)
{
	for (size_t i = 0; i < c->count; i++)
		(void)bytes_unref(c->held[i].bytes);
	mem_free(c->held);
	*c = (struct csi){ 0 };
}
