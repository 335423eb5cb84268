/* SPDX-License-Identifier: Apache-2.0 */
/* What streams between servers have in common, whoever has opened them. */
#pragma once

#include "stream/stream.h"
#include "xep/dialback.h"

/* Of elements before login, and of those that are no stanzas (XMPP.md 5, rows 2 and 4). */
extern const struct xml_limits s2s_wire_limits;

/* Whoever declares the stream's namespace at a stanza, too, means the same. */
void s2s_wire_adopt(struct xml *el);

void s2s_wire_dialback(struct stream *s, const struct dialback *d);

/* A blank, which means nothing. */
void s2s_wire_space(struct stream *s);

/* Whether the opening tag is of XMPP 1.0 or later (RFC 6120 4.7.5). */
bool s2s_wire_is_version_1(const struct xml *open);
