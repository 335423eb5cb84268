/* SPDX-License-Identifier: Apache-2.0 */
/* Host metadata (XEP-0156). Any thread. */
#include "server/http/well_known.h"

#include "server/http/html.h"

#include <jansson.h>

#define REL_WEBSOCKET "urn:xmpp:alt-connections:websocket"

enum err well_known_write_xml(struct sbuf *out, struct str websocket_url)
{
	sbuf_lit(out, "<?xml version='1.0' encoding='utf-8'?>\n"
		      "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'>\n");
	if (str_is_set(websocket_url)) {
		sbuf_lit(out, "<Link rel='" REL_WEBSOCKET "' href='");
		html_add(out, websocket_url);
		sbuf_lit(out, "'/>\n");
	}
	sbuf_lit(out, "</XRD>\n");
	return out->err;
}

static int add(const char *bytes, size_t len, void *out)
{
	return sbuf_add(out, str_make(bytes, len)) ? -1 : 0;
}

enum err well_known_write_json(struct sbuf *out, struct str websocket_url)
{
	json_t *links = json_array();
	json_t *root;

	if (str_is_set(websocket_url))
		json_array_append_new(links, json_pack("{s:s, s:s%}", "rel", REL_WEBSOCKET, "href",
						       websocket_url.ptr, websocket_url.len));
	root = json_pack("{s:o}", "links", links);
	must(root != NULL);
	(void)json_dump_callback(root, add, out, JSON_COMPACT); /* out->err tells */
	json_decref(root);
	sbuf_add_char(out, '\n');
	return out->err;
}
