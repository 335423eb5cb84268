/* SPDX-License-Identifier: Apache-2.0 */
/* /.well-known/host-meta and host-meta.json (XEP-0156, RFC 6415): where the WebSocket is. Any
 * thread. */
#pragma once

#include "base/sbuf.h"

/* Appends the XRD document; websocket_url unset: one without links. ERR_TOO_BIG: out's limit. */
must_check enum err well_known_write_xml(struct sbuf *out, struct str websocket_url);

/* The same as JSON. */
must_check enum err well_known_write_json(struct sbuf *out, struct str websocket_url);
