/* SPDX-License-Identifier: Apache-2.0 */
/* Tree -> text. What is written parses to the same tree in any conforming parser. Any thread. */
#pragma once

#include "base/sbuf.h"
#include "xml/tree.h"

/* Appends x. outer_ns is the default namespace where the text will stand: an element of that
 * namespace gets no xmlns. The stream namespace (http://etherx.jabber.org/streams) is written with
 * the prefix "stream", which the stream declares. ERR_TOO_BIG past the limit of out; ERR_INVALID if
 * a text or value holds what XML cannot carry (controls, bytes that are not UTF-8). Both stick to
 * out, which then ends anywhere. Names are taken as they are. */
enum err xml_write(struct sbuf *out, const struct xml *x, struct str outer_ns);

/* The same for text that stands alone (a WebSocket message, RFC 7395 3.3.3; the archive): it
 * declares all that it uses. */
enum err xml_write_alone(struct sbuf *out, const struct xml *x);

/* What x takes at most when it is written: cheap, and at most some six times too much. Namespaces
 * that a peer declared once are written wherever they change, so that little text can become much.
 */
size_t xml_write_bound(const struct xml *x);

/* Appends s with &, <, >, ' and " escaped, CR as a reference (and LF, TAB in attributes). Errors as
 * above. */
enum err xml_write_text(struct sbuf *out, struct str s);
enum err xml_write_attr(struct sbuf *out, struct str s);
