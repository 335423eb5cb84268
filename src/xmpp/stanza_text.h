/* SPDX-License-Identifier: Apache-2.0 */
/* What can be told of a stanza that was serialised (xml/write.h), without reading it again: for
 * queues of what waits for a client. The text must be one of ours. Any thread. */
#pragma once

#include "base/str.h"

/* Value of from in the start tag, as it is written: good for comparing. STR_NONE: it has none. */
struct str stanza_text_from(struct str text);

/* The same of type. */
struct str stanza_text_type(struct str text);

/* A request or an answer (RFC 6120 8.2.3). */
bool stanza_text_is_iq(struct str text);

/* Presence that tells a state, which the sender's next one replaces: available or unavailable, no
 * subscription and no error. */
bool stanza_text_is_state(struct str text);

/* A chat state and nothing that a person reads (XEP-0085 5.1), no copy of one (XEP-0280) either. */
bool stanza_text_is_chat_state(struct str text);
