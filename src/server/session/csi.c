/* SPDX-License-Identifier: Apache-2.0 */
/* Holding back what an inactive client need not see at once, see csi.h. */
#include "server/session/csi.h"

#include "base/mem.h"

/* The start tag of a serialised stanza. */
static struct str start_tag(struct str text)
{
	ptrdiff_t end = str_index(text, '>');

	return end < 0 ? text : str_sub(text, 0, (size_t)end + 1);
}

/* Value of from='…' or from="…" in a start tag as it is written by xml/write: unescaped text is not
 * needed to compare. */
static struct str sender(struct str tag)
{
	ptrdiff_t at = str_find(tag, STR(" from="));
	struct str rest;
	ptrdiff_t end;

	if (at < 0)
		return STR_NONE;
	rest = str_from_at(tag, (size_t)at + 6);
	if (rest.len < 2)
		return STR_NONE;
	end = str_index(str_from_at(rest, 1), rest.ptr[0]);
	return end < 0 ? STR_NONE : str_sub(rest, 1, (size_t)end);
}

static bool has(struct str text, struct str what)
{
	return str_find(text, what) >= 0;
}

static bool is_presence(struct str text)
{
	struct str tag = start_tag(text);

	/* Subscriptions and errors matter; available and unavailable can wait. */
	return str_starts(text, STR("<presence")) &&
	       (!has(tag, STR(" type=")) || has(tag, STR(" type='unavailable'")) ||
		has(tag, STR(" type=\"unavailable\"")));
}

static bool is_chat_state(struct str text)
{
	return str_starts(text, STR("<message")) &&
	       has(text, STR("http://jabber.org/protocol/chatstates")) &&
	       !has(text, STR("<body")) && !has(text, STR("<forwarded"));
}

static void replace_older(struct csi *c, struct str from)
{
	for (size_t i = 0; i < c->count; i++) {
		struct str text = bytes_str(c->held[i].bytes);

		if (!is_presence(text) || !str_eq(sender(start_tag(text)), from))
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
	if (is_presence(text))
		replace_older(c, sender(start_tag(text)));
	else if (!is_chat_state(text))
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
