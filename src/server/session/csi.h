/* SPDX-License-Identifier: Apache-2.0 */
/* Client State Indication (XEP-0352 1.0.0): while the client is inactive, presence and chat states
 * wait, the newest of each sender only, until something that matters comes. Part of a session. */
#pragma once

#include "base/bytes.h"

/* With more they are sent. */
enum { CSI_HELD_MAX = 200 /* stanzas */, CSI_BYTES_MAX = 1024 * 1024 };

struct csi_held {
	struct bytes *bytes;
	int64_t seq;
};

struct csi {
	bool is_inactive;
	struct csi_held *held; /* NULL while nothing is held */
	size_t count, bytes;
};

/* Whether bytes can wait; if so it is held (a count of its own). False: it must be sent, after what
 * is held. */
bool csi_hold(struct csi *c, struct bytes *bytes, int64_t seq);

/* Hands out what is held, in order. */
void csi_flush(struct csi *c, void (*send)(void *arg, struct bytes *bytes, int64_t seq), void *arg);

void csi_done(struct csi *c);
