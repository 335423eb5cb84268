/* SPDX-License-Identifier: Apache-2.0 */
/* The way of stanzas from another server's stream to those whom they are for. So many may be under
 * way to other loops; then nothing more is read until they have arrived. On the stream's loop. */
#pragma once

#include "server/route/home.h"
#include "stream/stream.h"
#include "xmpp/condition.h"

enum {
	S2S_GATE_STANZAS = 512,
	S2S_GATE_BYTES = 4 * 1024 * 1024,
};

struct receipt;

/* Embedded in what owns the stream, which must stay in memory while is_fenced. */
struct s2s_gate {
	struct home *home;
	void (*on_passed)(struct s2s_gate *g); /* all have arrived */
	struct receipt *receipt; /* of the stanza that is posted next; borrowed, NULL: none */
	struct letter fence;
	unsigned next; /* index of the home that the fence goes to next */
	unsigned stanzas;
	size_t bytes; /* since the last fence */
	bool is_fenced;
};

/* Brings a stanza (with from and to, both looked at by the caller) on its way. lang: that of the
 * stream, may be empty. */
void s2s_gate_post(struct s2s_gate *g, struct arena *a, struct stanza *s, struct str lang);

/* Answers a stanza that cannot be handled with an error, if it may be. */
void s2s_gate_refuse(struct s2s_gate *g, struct arena *a, struct stanza *s, enum condition why);

/* Whether enough is under way: s2s_gate_close then, and nothing more until on_passed. */
bool s2s_gate_is_full(const struct s2s_gate *g);
void s2s_gate_close(struct s2s_gate *g);
