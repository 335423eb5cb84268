/* SPDX-License-Identifier: Apache-2.0 */
/* Stored messages that are sent late, see late.h. Texts are spliced; nothing is parsed again. */
#include "server/route/late.h"

#include "server/route/archive_id.h"
#include "xml/write.h"
#include "xmpp/datetime.h"

struct bytes *late_message(struct dispatch *d, struct str text, int64_t seq, struct str from,
			   usec_t wall)
{
	static const struct str end = STR_INIT("</message>");
	struct sbuf *out = &d->home->scratch;

	if (!str_ends(text, end))
		return bytes_new(text);
	sbuf_reset(out);
	(void)sbuf_add(out, str_sub(text, 0, text.len - end.len));
	if (seq) {
		(void)sbuf_lit(out, "<stanza-id xmlns='urn:xmpp:sid:0' by='");
		(void)xml_write_attr(out, d->entity->jid.full);
		(void)sbuf_lit(out, "' id='");
		(void)sbuf_add(out, archive_id_write(d->home, d->arena, seq));
		(void)sbuf_lit(out, "'/>");
	}
	(void)sbuf_lit(out, "<delay xmlns='urn:xmpp:delay' from='");
	(void)xml_write_attr(out, from);
	(void)sbuf_lit(out, "' stamp='");
	(void)sbuf_add(out, datetime_format(d->arena, wall));
	(void)sbuf_lit(out, "'/>");
	(void)sbuf_add(out, end);
	return bytes_new(sbuf_str(out));
}
