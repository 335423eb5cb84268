/* SPDX-License-Identifier: Apache-2.0 */
/* Text into HTML. Everything that comes from configuration or a peer goes through here. Any thread.
 */
#pragma once

#include "base/sbuf.h"

/* Appends text with & < > " ' written as references: right inside elements and inside quoted
 * attributes. ERR_TOO_BIG past out's limit. */
enum err html_add(struct sbuf *out, struct str text);

/* Appends text so that it can stand in a URI (RFC 3986, 2.3): all but unreserved characters and ':'
 * become %XX. */
enum err html_add_uri(struct sbuf *out, struct str text);
