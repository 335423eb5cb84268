/* SPDX-License-Identifier: Apache-2.0 */
/* Small things of streams between servers, see s2s_wire.h. */
#include "server/s2s/s2s_wire.h"

#include "xmpp/ns.h"

const struct xml_limits s2s_wire_limits = {
	.stanza_bytes = 10000, .depth = 16, .attrs = 32, .name_bytes = 256, .children = 200
};

void s2s_wire_adopt(struct xml *el)
{
	if (str_eq(el->ns, NS_SERVER))
		el->ns = NS_CLIENT;
	xml_each (child, el)
		s2s_wire_adopt(child);
}

void s2s_wire_dialback(struct stream *s, const struct dialback *d)
{
	struct sbuf out scoped(sbuf_done) = SBUF(DIALBACK_ELEMENT_MAX);
	struct bytes *bytes;

	if (dialback_write(&out, d))
		return; /* an id or key with characters that XML does not carry */
	bytes = bytes_new(sbuf_str(&out));
	stream_send_bytes(s, bytes);
	(void)bytes_unref(bytes);
}

void s2s_wire_space(struct stream *s)
{
	struct bytes *space = bytes_new(STR(" "));

	transport_send(s->transport, space);
	(void)bytes_unref(space);
}

bool s2s_wire_is_version_1(const struct xml *open)
{
	struct str version = xml_attr(open, STR("version")), major;
	uint64_t n;

	return version.ptr && str_split(&version, '.', &major) && str_to_u64(major, &n) == OK &&
	       n >= 1;
}
